/** Words of the colour picker, fetched with it. */

import { i18n, type Language } from "./index.svelte.ts";

export const colourEn = {
  title: (name: string) => `Colour of ${name}`,
  eight: "The eight colours, told apart by all eyes",
  /** As they look in the light theme, then the dark one. */
  names: [
    "navy, lilac",
    "olive, lemon",
    "sky blue, orange",
    "brown, mint",
    "plum, teal",
    "mauve, aqua",
    "blue, violet",
    "pink, gold",
  ],
  own: "Any other",
  pick: "Pick",
  wrong: "A colour is # and six digits from 0 to f, as #1d55c4.",
  faint: (contrast: string, themes: string) =>
    `Hard to see in the ${themes} theme: contrast ${contrast}, lines need 3.`,
  themes: { light: "light", dark: "dark" } as Record<"light" | "dark", string>,
  and: " and ",
  taken: (name: string) => `as ${name}`,
  reset: "Usual colour",
  close: "Close",
  note: "The same in every view, for everyone who opens this folder here. z takes it back.",
};

export const colourKo: typeof colourEn = {
  title: (name) => `색: ${name}`,
  eight: "누구나 구별할 수 있는 여덟 색",
  names: [
    "남색, 연보라",
    "올리브, 레몬",
    "하늘색, 주황",
    "갈색, 민트",
    "자두색, 청록",
    "연자주, 물색",
    "파랑, 보라",
    "분홍, 금색",
  ],
  own: "다른 색",
  pick: "고르기",
  wrong: "색은 #과 0~f 여섯 자리로 적어 주세요. 예: #1d55c4",
  faint: (contrast, themes) => `${themes} 테마에서 잘 보이지 않습니다: 대비 ${contrast}, 선에는 3 이상이 필요합니다.`,
  themes: { light: "밝은", dark: "어두운" },
  and: ", ",
  taken: (name) => `같은 색: ${name}`,
  reset: "원래 색",
  close: "닫기",
  note: "모든 보기에서, 이 폴더를 여기서 여는 모두에게 같습니다. z로 되돌립니다.",
};

const words: Record<Language, typeof colourEn> = { en: colourEn, ko: colourKo };

/** The words in the reader's language; reactive. */
export function colourWords(): typeof colourEn {
  return words[i18n.language];
}
