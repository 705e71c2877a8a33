// A message's own name: a UUIDv7, so that the server's index of them grows at its end. Names made in one millisecond
// keep their order, by which the outbox sorts.
let lastTime = 0;
let sequence = 0;

export function uuid7(now = Date.now()): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  if (now > lastTime) {
    lastTime = now;
    sequence = random[6]! & 0x07; // small, so that there is room to count within the millisecond
  } else {
    sequence++; // also when the clock was set back
    if (sequence > 0xfff) {
      lastTime++;
      sequence = 0;
    }
  }
  let time = lastTime;
  for (let i = 5; i >= 0; i--) {
    random[i] = time % 256;
    time = Math.floor(time / 256);
  }
  random[6] = 0x70 | (sequence >> 8);
  random[7] = sequence & 0xff;
  random[8] = 0x80 | (random[8]! & 0x3f);
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
