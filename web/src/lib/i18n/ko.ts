// Korean, the language that the interface is written in first; en.ts has the same keys or it doesn't compile.
import { talk } from './talk.ko';

const ko = {
  'app.name': '스몰톡',
  'app.motto': '동네 사랑방처럼, 관심사로 모여 이야기해요',
  'app.skip': '본문으로 건너뛰기',

  'nav.label': '주 메뉴',
  'nav.discover': '찾기',
  'nav.chats': '대화',
  'nav.friends': '친구',
  'nav.settings': '설정',
  'nav.back': '뒤로',

  'person.deleted': '(알 수 없음)',

  'time.now': '방금',
  'time.today': '오늘',
  'time.yesterday': '어제',

  'refusal.offline': '서버에 연결하지 못했어요. 인터넷 연결을 확인해 주세요.',
  'refusal.failed': '문제가 생겨 마치지 못했어요. 잠시 뒤 다시 해 주세요.',

  'action.retry': '다시 시도',
  'action.cancel': '취소',
  'action.close': '닫기',
  'action.save': '저장',
  'action.more': '더 보기',

  'field.show': '비밀번호 보기',
  'field.hide': '비밀번호 가리기',
  'field.optional': '선택',

  'state.loading': '불러오는 중이에요',
  'state.offline': '지금은 연결이 끊겨 있어요. 연결되면 이어서 보여 드릴게요.',

  'missing.title': '여기에는 아무것도 없어요',
  'missing.text': '주소가 바뀌었거나 사라진 곳이에요.',
  'missing.home': '처음으로',
  'failure.title': '화면을 그리지 못했어요',
  'failure.text': '잠깐의 문제일 수 있어요. 다시 불러와 주세요.',
  'failure.reload': '다시 불러오기',

  'welcome.title': '불 켜진 방에 들러\n이야기 나눠요',
  'welcome.text':
    '관심사가 같은 사람들이 모여 있는 방이 있어요. 조용히 둘러보다가, 마음이 가는 곳에 한마디 남겨 보세요.',
  'welcome.signup': '가입하고 시작하기',
  'welcome.look': '방 둘러보기',
  'welcome.live': '지금 이야기 중인 방',
  'welcome.empty': '아직 열린 방이 없어요',
  'welcome.emptyText': '첫 번째 방의 주인이 되어 주세요.',
  'welcome.interests': '무엇을 좋아하세요?',
  'welcome.foot': '누구나 한 줄로 열 수 있는 동네 사랑방, 스몰톡',

  'signup.title': '회원 가입',
  'signup.text': '닉네임과 비밀번호만 있으면 돼요.',
  'signup.submit': '가입하기',
  'signup.haveAccount': '이미 계정이 있나요?',

  'signin.title': '로그인',
  'signin.text': '다시 와 주셔서 반가워요.',
  'signin.ended': '로그인이 풀렸어요. 다시 로그인해 주세요.',
  'signin.noAccount': '처음이신가요?',

  'search.clear': '검색어 지우기',

  'discover.title': '방 찾기',
  'discover.search': '방 이름, 소개, 해시태그로 찾기',
  'discover.create': '방 만들기',
  'discover.categories': '관심사',
  'discover.all': '전체',
  'discover.sort': '정렬',
  'discover.active': '활발한 순',
  'discover.new': '새로운 순',
  'discover.popular': '인기순',
  'discover.removeTag': '해시태그 {tag} 빼기',
  'discover.results': '찾은 방',
  'discover.news': '소식이 있는 방 {count}개 더 보기',
  'discover.notFound': '‘{query}’에 맞는 방이 없어요',
  'discover.nothingHere': '여기에 맞는 방이 아직 없어요',
  'discover.notFoundText': '다른 말로 찾거나 조건을 줄여 보세요. 초성(ㅊㄱ)으로도 찾을 수 있어요.',
  'discover.showAll': '모든 방 보기',
  'discover.empty': '아직 열린 방이 없어요',
  'discover.emptyText': '좋아하는 주제로 첫 번째 방을 열어 보세요.',

  'room.here': '지금 {count}명',
  'room.members': '{count}명',
  'room.locked': '비밀번호가 있는 방',
  'room.tags': '해시태그',
  'room.joined': '참여 중',
  'room.lastActive': '마지막 대화 {when}',
  'room.unread': '안 읽은 메시지 {count}개',
  'room.visited': '마지막 방문 {when}',
  'room.left': '나간 때 {when}',
  'room.neverVisited': '아직 들르지 않았어요',
  'room.noMessages': '아직 나눈 이야기가 없어요',
  'room.noPreview': '방에 들어가면 볼 수 있어요',
  'room.deletedMessage': '삭제된 메시지예요',

  'newRoom.title': '방 만들기',
  'newRoom.submit': '방 열기',

  'chats.title': '내 대화',
  'chats.lists': '대화 목록',
  'chats.search': '내 대화에서 찾기',
  'chats.joined': '참여 중',
  'chats.direct': '1:1',
  'chats.created': '만든 방',
  'chats.left': '나간 방',
  'chats.joined.empty': '아직 참여한 방이 없어요',
  'chats.joined.emptyText': '마음이 가는 방을 찾아 들러 보세요.',
  'chats.direct.empty': '아직 1:1 대화가 없어요',
  'chats.direct.emptyText': '친구에게 먼저 말을 걸어 보세요.',
  'chats.created.empty': '아직 만든 방이 없어요',
  'chats.created.emptyText': '좋아하는 주제로 방을 열어 보세요.',
  'chats.left.empty': '나간 방이 없어요',
  'chats.left.emptyText': '방에서 나와도 여기에 남아, 다시 찾아갈 수 있어요.',
  'chats.notFound': '‘{query}’에 맞는 대화가 없어요',
  'chats.notFoundText': '다른 목록에 있을 수도 있어요.',
  'chats.toFriends': '친구 보러 가기',
  'chats.toDiscover': '방 찾으러 가기',
  'chats.choose': '어느 방으로 갈까요?',
  'chats.chooseText': '왼쪽에서 대화를 고르거나, 새로운 방을 찾아보세요.',

  'nav.unread': ', 안 읽은 메시지 {count}개',
  'nav.requests': ', 받은 친구 요청 {count}개',

  'person.me': '나',

  ...talk,
};

export type Messages = Record<keyof typeof ko, string>;
export const messages: Messages = ko;
