class MyRooms {
  unread = $state(0);
}

export const myRooms = new MyRooms();
