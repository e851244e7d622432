/** Words of forecasts; they come with the first forecast, so that the first load does not carry them. */

import { i18n, type Language } from "./index.svelte.ts";

export const forecastEn = {
  title: "Forecast",
  /** `validation loss` */
  of: (half: string, metric: string) => `${half} ${metric}`,
  ends: (what: string, low: string, high: string, when: string) => `${what} ends at ${low} to ${high} ${when}.`,
  goes: (what: string, low: string, high: string, when: string) =>
    `${what} will be at ${low} to ${high} ${when}, if it goes on that long.`,
  wouldBe: (what: string, low: string, high: string, when: string) =>
    `Had it gone on, ${what} would be at ${low} to ${high} ${when}.`,
  inTime: (time: string) => `in about ${time}`,
  soon: "at any moment",
  moreTime: (time: string) => `after about ${time} more`,
  atStep: (step: string) => `at step ${step}`,
  time: {
    seconds: (n: number) => `${n} s`,
    minutes: (n: number) => `${n} min`,
    hours: (h: number, min: number) => (min ? `${h} h ${min} min` : `${h} h`),
    days: (d: number, h: number) => (h ? `${d} d ${h} h` : `${d} d`),
  },
  refused: (n: number) => `No forecast: too few points (${n}, at least 5 are needed).`,
  doNotTrust: (why: string) => `Do not trust the forecast: ${why}.`,
  trustLess: (why: string) => `Trust the forecast less: ${why}.`,
  trusted: "Nothing speaks against it: on curves never seen before, about 8 in 10 such bands held the value.",
  cautions: {
    few_points: "too few points",
    far_ahead: "the end is more than ten times as far away as the curve is long",
    ends_in_nan: "the curve ends in NaN",
    diverging: "the curve is diverging",
    rate_just_cut: "the learning rate was cut just now, and what that does is not seen yet",
    rate_cut_ahead: "a cut of the learning rate lies ahead; it is counted as half of what the last one did",
    schedule_ends: "the learning-rate schedule ends before",
  } as Record<string, string>,
  advice: {
    go_on: (gain: string, hourly: string | null) =>
      `Going on is expected to improve the best by ${gain}${hourly === null ? "" : `, ${hourly} an hour`}.`,
    stop: (gain: string) => `Nothing to be seen is expected of going on (${gain}): it can be stopped.`,
    unknown: "Whether going on pays cannot be told.",
  },
  better: (step: string, when: string) => `A new best is as likely as not by step ${step}, ${when}.`,
  betterNever: (chance: string) => `A new best by then has a chance of ${chance}.`,
  end: "At the end",
  band: (share: string) => `${share} band`,
  median: "median",
  when: "When",
  endFrom: {
    hparams: "the steps or epochs among its hyperparameters",
    schedule: "the end of its learning-rate schedule",
    others: "the lengths of its siblings that have ended",
    share: "nothing tells the end, so half as long again",
  } as Record<string, string>,
  endKnown: "The end is known from",
  trust: "Can it be trusted?",
  adviceTitle: "Stop or go on",
  restsOn: (points: number, alike: number) =>
    `Rests on ${points.toLocaleString("en-US")} points${alike ? ` and ${alike} earlier runs that went the same way` : ""}.`,
  target: "When is this value reached?",
  targetAt: (step: string, when: string, chance: string) =>
    `As likely as not by step ${step}, ${when}; by the end with a chance of ${chance}.`,
  targetNever: (chance: string) => `Not before the end, more likely than not: the chance is ${chance}.`,
  note: (share: string) => `forecast: long dashes, ${share} band`,
  noteLess: (why: string) => `trust the forecast less: ${why}`,
  notDrawn: (name: string, why: string) => `no forecast of ${name}: ${why}`,
  spoken: (name: string, median: string, low: string, high: string, share: string) =>
    `forecast of ${name} ${median}, ${share} band ${low} to ${high}`,
  failed: "The forecast could not be read:",
};

export const forecastKo: typeof forecastEn = {
  title: "예측",
  of: (half, metric) => `${half} ${metric}`,
  ends: (what, low, high, when) => `${when} ${what}: ${low}~${high}에서 끝날 것으로 예측됩니다.`,
  goes: (what, low, high, when) => `계속하면 ${when} ${what}: ${low}~${high}에 이를 것으로 예측됩니다.`,
  wouldBe: (what, low, high, when) => `계속했다면 ${when} ${what}: ${low}~${high}에 이르렀을 것으로 예측됩니다.`,
  inTime: (time) => `약 ${time} 뒤`,
  soon: "곧",
  moreTime: (time) => `약 ${time} 더 학습한 뒤`,
  atStep: (step) => `${step} 스텝에`,
  time: {
    seconds: (n) => `${n}초`,
    minutes: (n) => `${n}분`,
    hours: (h, min) => (min ? `${h}시간 ${min}분` : `${h}시간`),
    days: (d, h) => (h ? `${d}일 ${h}시간` : `${d}일`),
  },
  refused: (n) => `예측할 수 없습니다: 점이 너무 적습니다 (${n}개, 5개 이상 필요).`,
  doNotTrust: (why) => `예측을 믿지 마세요: ${why}.`,
  trustLess: (why) => `예측을 덜 믿어 주세요: ${why}.`,
  trusted: "믿지 못할 까닭이 없습니다. 처음 보는 곡선에서 이런 구간 10개 중 약 8개가 실제 값을 담았습니다.",
  cautions: {
    few_points: "점이 너무 적습니다",
    far_ahead: "끝이 지금까지 길이의 열 배보다 멉니다",
    ends_in_nan: "곡선이 NaN으로 끝납니다",
    diverging: "곡선이 발산하고 있습니다",
    rate_just_cut: "학습률이 방금 낮아져 그 효과가 아직 보이지 않습니다",
    rate_cut_ahead: "앞으로 학습률이 낮아질 예정이며, 지난번 효과의 절반으로 셈했습니다",
    schedule_ends: "학습률 스케줄이 그 전에 끝납니다",
  },
  advice: {
    go_on: (gain, hourly) =>
      `계속하면 가장 좋은 값이 ${gain}만큼 나아질 것으로 예상됩니다${hourly === null ? "" : ` (시간당 ${hourly})`}.`,
    stop: (gain) => `계속해도 눈에 띄는 개선을 기대하기 어렵습니다 (${gain}). 멈춰도 됩니다.`,
    unknown: "계속할 만한지 알 수 없습니다.",
  },
  better: (step, when) => `${step} 스텝까지(${when}) 최고 기록이 바뀔 확률이 절반을 넘습니다.`,
  betterNever: (chance) => `그때까지 최고 기록이 바뀔 확률: ${chance}.`,
  end: "끝에서",
  band: (share) => `${share} 구간`,
  median: "중앙값",
  when: "시점",
  endFrom: {
    hparams: "하이퍼파라미터의 스텝 또는 에폭 수",
    schedule: "학습률 스케줄의 끝",
    others: "이미 끝난 같은 작업 실행들의 길이",
    share: "끝을 알 수 없어 지금까지의 절반만큼 더",
  },
  endKnown: "끝을 아는 근거",
  trust: "믿어도 되나요?",
  adviceTitle: "멈출지 계속할지",
  restsOn: (points, alike) =>
    `점 ${points.toLocaleString("ko-KR")}개${alike ? `와, 비슷하게 진행된 이전 실행 ${alike}개` : ""}를 근거로 합니다.`,
  target: "이 값에 언제 이르나요?",
  targetAt: (step, when, chance) => `${step} 스텝까지(${when}) 확률이 절반을 넘고, 끝까지의 확률은 ${chance}입니다.`,
  targetNever: (chance) => `끝까지 이르지 못할 가능성이 더 큽니다. 확률은 ${chance}입니다.`,
  note: (share) => `예측: 긴 점선, ${share} 구간`,
  noteLess: (why) => `예측을 덜 믿어 주세요: ${why}`,
  notDrawn: (name, why) => `예측 없음 (${name}): ${why}`,
  spoken: (name, median, low, high, share) => `예측 ${name} ${median}, ${share} 구간 ${low}~${high}`,
  failed: "예측을 읽지 못했습니다:",
};

export type ForecastWords = typeof forecastEn;

const words: Record<Language, ForecastWords> = { en: forecastEn, ko: forecastKo };

/** The words in the reader's language; reactive. */
export function forecastWords(): ForecastWords {
  return words[i18n.language];
}
