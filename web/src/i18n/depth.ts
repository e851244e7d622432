/**
 * Words of the views that are fetched when first opened: formulas, layouts, embeddings, meshes. They come with those views,
 * so that the first load does not carry them; the type of the one language is that of the other.
 */

import { i18n, type Language } from "./index.svelte.ts";

const plural = (n: number, one: string, many: string) => `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;

export const depthEn = {
  formula: {
    y: "y: a formula",
    x: "x",
    ownX: "x: a formula",
    sharedX: "as all charts",
    formulaX: "a metric or formula",
    insert: "Insert a metric",
    add: "Add chart",
    remove: "Remove chart",
    title: "Your charts",
    help: "Metrics as val/loss and train/loss, + − * / ^, log, log10, exp, sqrt, abs, min, max, ema(x, 0.9), diff, cummin, cummax, cumsum. Metrics meet at the steps that all of them have.",
    over: (y: string, x: string) => `${y} over ${x}`,
    leftOut: {
      no_metric: (n: number, names: string) => `${plural(n, "run has", "runs have")} no ${names}`,
      no_common_step: (n: number, names: string) => `${plural(n, "run has", "runs have")} no common step of ${names}`,
      no_finite_x: (n: number, names: string) => `${plural(n, "run has", "runs have")} no finite x of ${names}`,
    },
    withoutX: (n: number) => `${plural(n, "point", "points")} without a finite x left out`,
    reduced: "points of a pixel column as their mean",
    wrong: {
      empty: "Write a formula.",
      too_long: "The formula is too long.",
      too_deep: "The formula is nested too deeply.",
      too_many_parts: "The formula has too many parts.",
      too_many_names: "The formula names too many metrics.",
      unknown_name: "No metric is called so:",
      unknown_function: "No function is called so:",
      wrong_count: "This function takes another number of values:",
      wrong_weight: "The weight of ema is a number from 0 to below 1.",
      unclosed: "What is opened here is never closed.",
      ends_early: "A value is missing at the end.",
      unexpected: "This was not expected here:",
      no_metric: "The formula names no metric.",
    } as Record<string, string>,
    at: (position: number) => `character ${position}`,
  },
};

export const depthKo: typeof depthEn = {
  formula: {
    y: "y: 수식",
    x: "x",
    ownX: "x: 수식",
    sharedX: "모든 차트와 같게",
    formulaX: "지표 또는 수식",
    insert: "지표 넣기",
    add: "차트 추가",
    remove: "차트 삭제",
    title: "내 차트",
    help: "지표는 val/loss, train/loss처럼 씁니다. + − * / ^, log, log10, exp, sqrt, abs, min, max, ema(x, 0.9), diff, cummin, cummax, cumsum을 쓸 수 있습니다. 지표는 모두가 가진 스텝에서 만납니다.",
    over: (y: string, x: string) => `${y} / x: ${x}`,
    leftOut: {
      no_metric: (n: number, names: string) => `실행 ${n}개에 없음: ${names}`,
      no_common_step: (n: number, names: string) => `실행 ${n}개에 공통 스텝 없음: ${names}`,
      no_finite_x: (n: number, names: string) => `실행 ${n}개에 유한한 x 없음: ${names}`,
    },
    withoutX: (n: number) => `x가 유한하지 않은 점 ${n.toLocaleString("ko-KR")}개 제외`,
    reduced: "픽셀 열마다 점들의 평균",
    wrong: {
      empty: "수식을 입력해 주세요.",
      too_long: "수식이 너무 깁니다.",
      too_deep: "괄호가 너무 깊습니다.",
      too_many_parts: "수식의 항이 너무 많습니다.",
      too_many_names: "수식의 지표가 너무 많습니다.",
      unknown_name: "이런 지표가 없습니다:",
      unknown_function: "이런 함수가 없습니다:",
      wrong_count: "이 함수의 값 개수가 다릅니다:",
      wrong_weight: "ema의 가중치는 0 이상 1 미만의 수입니다.",
      unclosed: "여기서 연 것이 닫히지 않았습니다.",
      ends_early: "끝에 값이 빠졌습니다.",
      unexpected: "여기에 올 수 없습니다:",
      no_metric: "수식에 지표가 없습니다.",
    } as Record<string, string>,
    at: (position: number) => `${position}번째 글자`,
  },
};

const words: Record<Language, typeof depthEn> = { en: depthEn, ko: depthKo };

/** The words in the reader's language; reactive. */
export function depth(): typeof depthEn {
  return words[i18n.language];
}
