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
  'state.offline': '지금은 오프라인이에요. 연결되면 이어서 보여 드릴게요.',

  'missing.title': '여기에는 아무것도 없어요',
  'missing.text': '주소가 바뀌었거나 사라진 곳이에요.',
  'missing.home': '처음으로',
  'failure.title': '화면을 그리지 못했어요',
  'failure.text': '잠깐의 문제일 수 있어요. 다시 불러와 주세요.',
  'failure.reload': '다시 불러오기',

  ...talk,
};

export type Messages = Record<keyof typeof ko, string>;
export const messages: Messages = ko;
