/** Words of the picture behind a finding: what each letter marks, and how to read the whole. Fetched with the first picture. */

import { i18n, type Language } from "./index.svelte.ts";

/** Values of one shape and of the finding, already as text; what there is not is a dash. */
export interface Said {
  readonly step: string;
  readonly from: string;
  readonly to: string;
  readonly value: string;
  readonly lo: string;
  readonly hi: string;
  readonly half: string;
  /** A number of the finding by its name. */
  readonly number: (name: string) => string;
}

export const evidenceEn = {
  picture: (rule: string, metric: string) => `What the rule measured: ${rule}, ${metric}`,
  read: "How to read it",
  failed: "The curve could not be read:",
  shape: {
    onset: ({ step, from, to }: Said) =>
      from === to
        ? `it begins at step ${step}`
        : `it begins at step ${step}; the shading is how exactly that is known, ${from} to ${to}`,
    at: ({ step }: Said) => `step ${step}`,
    best: ({ step, value }: Said) => `the best value, ${value} at step ${step}: the checkpoint to keep`,
    firstBest: ({ step, value }: Said) => `the first valley, ${value} at step ${step}`,
    chance: ({ lo, hi }: Said) => `how far chance reaches: two standard errors around the best level, ${lo} to ${hi}`,
    tail: ({ from, to }: Said) => `the last tenth, steps ${from} to ${to}, whose median is the level at the end`,
    rise: ({ number }: Said) =>
      `by how much the end is worse: ${number("rise")}, which is ${number("rise_sigmas")} standard errors`,
    window: ({ from, to }: Said) => `the window that the trend is taken from, steps ${from} to ${to}`,
    level: ({ value }: Said) => `the level, ${value}`,
    tolerance: ({ lo, hi, number }: Said) =>
      `the tolerance, ${lo} to ${hi}: going on is expected to change the level by ${number("change")} only`,
    peak: ({ step, value }: Said) => `the spike, ${value} at step ${step}`,
    usual: ({ value }: Said) => `the usual level before it, ${value}`,
    height: ({ number }: Said) => `its height: ${number("height_sigmas")} widths of the noise`,
    recovered: ({ step }: Said) => `recovered by step ${step}`,
    first: ({ value }: Said) => `the level at the beginning, ${value}`,
    peakLevel: ({ value }: Said) => `the highest it rose to in between, ${value}`,
    end: ({ value }: Said) => `the level at the end, ${value}`,
    before: ({ value }: Said) => `the level before, ${value}`,
    after: ({ value }: Said) => `the level after, ${value}`,
    train: ({ lo, hi }: Said) => `train meanwhile: from ${lo} to ${hi}`,
    gap: ({ lo, hi }: Said) => `the distance between train and validation at the end, ${lo} to ${hi}`,
    noise: ({ number }: Said) => `the noise from point to point: ± ${number("noise")}`,
    others: ({ value }: Said) => `the siblings: ${value}`,
    lastGood: ({ step }: Said) => `the last finite value, step ${step}`,
    zero: ({ step }: Said) => `zero since step ${step}`,
    cut: ({ step }: Said) => `the last cut of the learning rate, step ${step}`,
    period: ({ number }: Said) => `one swing: ${number("period_step")} steps`,
    epoch: ({ number }: Said) => `one epoch: ${number("epoch_step")} steps`,
  } as Record<string, (said: Said) => string>,
  reading: {
    overfit:
      "Validation (dashed) was at its best and then got worse by more than chance can do, while train (solid) did not. The farther the end lies outside the grey band, the surer it is.",
    best_is_not_last:
      "The end is worse than the best by more than chance can do: keep the best checkpoint, not the last.",
    overconfident:
      "The loss rises while the metric that counts does not get worse: the model is too sure of its mistakes.",
    diverged: "The curve reached its best and then left it for good. What comes after the dashed line is lost.",
    nonfinite: "Each ✕ on the axis is a value that is no number. What was computed from it afterwards is none either.",
    spike: "A single jump far above what the noise does. Compare the circle with the usual level beside it.",
    plateau:
      "The curve has stayed within the grey tolerance since the dashed line. Going on like this changes nothing to be seen.",
    still_improving:
      "Within the shaded window the curve still goes the right way, more steeply than noise could make it.",
    underfit: "From the first level to the last little was learnt: the two lie close together.",
    noisy_validation:
      "The grey band is as wide as the noise of one validation. Differences smaller than that mean nothing.",
    late_recovery: "It rose after a first valley and came back down: the rise was not the end of it.",
    resume_jump: "At the dashed line the run went on from a checkpoint. The two levels should meet there, and do not.",
    oscillation: "The curve goes up and down in a steady beat, one swing as long as the ruler at the bottom.",
    sawtooth: "The curve jumps at each epoch, one epoch as long as the ruler at the bottom.",
    staircase: "Train falls in steps, one for each epoch, as it sees the same examples again.",
    gap_constant:
      "Train and validation have lain this far apart from the beginning: they differ in kind, not by learning.",
    validation_better: "Validation is better than train all along, by more than chance can do.",
    slow: "The curve still falls, evenly, as if it could be taken faster.",
    schedule_conflict: "The last cut of the learning rate helped, and the training ended before the next.",
    outlier_run: "The line is where trainings with the same settings ended; this one lies elsewhere.",
  } as Record<string, string>,
};

export const evidenceKo: typeof evidenceEn = {
  picture: (rule, metric) => `규칙이 잰 것: ${rule}, ${metric}`,
  read: "읽는 법",
  failed: "곡선을 읽지 못했습니다:",
  shape: {
    onset: ({ step, from, to }) =>
      from === to
        ? `시작 지점: ${step} 스텝`
        : `시작 지점: ${step} 스텝. 칠한 폭(${from}~${to})은 그 불확실한 정도입니다`,
    at: ({ step }) => `${step} 스텝`,
    best: ({ step, value }) => `가장 좋은 값 ${value} (${step} 스텝): 남겨 둘 체크포인트`,
    firstBest: ({ step, value }) => `첫 골짜기 ${value} (${step} 스텝)`,
    chance: ({ lo, hi }) => `우연이 미치는 폭: 가장 좋은 수준에서 표준오차 두 배, ${lo}~${hi}`,
    tail: ({ from, to }) => `마지막 10분의 1 (${from}~${to} 스텝): 이 구간의 중앙값이 끝 수준입니다`,
    rise: ({ number }) => `끝이 나빠진 정도: ${number("rise")}, 표준오차의 ${number("rise_sigmas")}배`,
    window: ({ from, to }) => `추세를 잰 구간: ${from}~${to} 스텝`,
    level: ({ value }) => `수준 ${value}`,
    tolerance: ({ lo, hi, number }) =>
      `허용 폭 ${lo}~${hi}: 계속해도 수준의 변화는 ${number("change")} 정도로 예상됩니다`,
    peak: ({ step, value }) => `튄 값 ${value} (${step} 스텝)`,
    usual: ({ value }) => `그 전의 평소 수준 ${value}`,
    height: ({ number }) => `높이: 잡음 폭의 ${number("height_sigmas")}배`,
    recovered: ({ step }) => `${step} 스텝까지 회복`,
    first: ({ value }) => `처음 수준 ${value}`,
    peakLevel: ({ value }) => `그 사이 가장 높았던 수준 ${value}`,
    end: ({ value }) => `끝 수준 ${value}`,
    before: ({ value }) => `이전 수준 ${value}`,
    after: ({ value }) => `이후 수준 ${value}`,
    train: ({ lo, hi }) => `그동안의 학습 값: ${lo} → ${hi}`,
    gap: ({ lo, hi }) => `끝에서 학습과 검증의 차이: ${lo}~${hi}`,
    noise: ({ number }) => `점과 점 사이의 잡음: ± ${number("noise")}`,
    others: ({ value }) => `같은 설정의 다른 실행: ${value}`,
    lastGood: ({ step }) => `마지막 유한한 값: ${step} 스텝`,
    zero: ({ step }) => `${step} 스텝부터 0`,
    cut: ({ step }) => `마지막으로 학습률을 낮춘 곳: ${step} 스텝`,
    period: ({ number }) => `한 번의 진동: ${number("period_step")} 스텝`,
    epoch: ({ number }) => `한 에폭: ${number("epoch_step")} 스텝`,
  },
  reading: {
    overfit:
      "검증(점선)이 가장 좋아진 뒤 우연으로 볼 수 없을 만큼 나빠졌고, 학습(실선)은 그렇지 않았습니다. 끝이 회색 띠에서 멀수록 더 확실합니다.",
    best_is_not_last:
      "끝이 가장 좋았을 때보다 우연으로 볼 수 없을 만큼 나쁩니다. 마지막이 아니라 가장 좋은 체크포인트를 남겨 주세요.",
    overconfident: "손실은 오르지만 정작 중요한 지표는 나빠지지 않습니다. 모델이 틀린 답을 지나치게 확신합니다.",
    diverged: "곡선이 가장 좋아진 뒤 다시 돌아오지 않았습니다. 점선 이후의 학습은 쓸 수 없습니다.",
    nonfinite: "축 위의 ✕ 하나하나가 수가 아닌 값입니다. 그 뒤에 그것으로 계산한 값도 쓸 수 없습니다.",
    spike: "잡음으로 볼 수 없을 만큼 한 번 튀었습니다. 동그라미를 옆의 평소 수준과 견주어 보세요.",
    plateau: "점선 이후 곡선이 회색 허용 폭 안에 머물렀습니다. 이대로 계속해도 눈에 띄는 변화가 없습니다.",
    still_improving: "칠한 구간에서 곡선이 아직 좋아지고 있으며, 그 기울기는 잡음으로 볼 수 없습니다.",
    underfit: "처음 수준과 끝 수준이 가깝습니다. 배운 것이 거의 없습니다.",
    noisy_validation: "회색 띠는 검증 한 번의 잡음 폭입니다. 이보다 작은 차이에는 뜻이 없습니다.",
    late_recovery: "첫 골짜기 뒤에 올랐다가 다시 내려왔습니다. 그 상승은 끝이 아니었습니다.",
    resume_jump: "점선에서 체크포인트부터 이어서 학습했습니다. 두 수준이 만나야 하지만 어긋나 있습니다.",
    oscillation: "곡선이 일정한 간격으로 오르내립니다. 한 번의 길이가 아래 눈금자입니다.",
    sawtooth: "에폭마다 곡선이 튑니다. 한 에폭의 길이가 아래 눈금자입니다.",
    staircase: "같은 예제를 다시 볼 때마다, 에폭마다 학습 값이 계단처럼 떨어집니다.",
    gap_constant: "학습과 검증이 처음부터 이만큼 떨어져 있습니다. 학습 때문이 아니라 데이터의 성격이 다른 것입니다.",
    validation_better: "검증이 내내 학습보다 좋고, 그 차이는 우연으로 볼 수 없습니다.",
    slow: "곡선이 아직 고르게 내려갑니다. 더 빠르게 갈 수 있어 보입니다.",
    schedule_conflict: "마지막으로 학습률을 낮춘 것이 도움이 됐는데, 다음번이 오기 전에 학습이 끝났습니다.",
    outlier_run: "선은 같은 설정의 다른 실행이 끝난 곳입니다. 이 실행은 다른 곳에 있습니다.",
  },
};

const words: Record<Language, typeof evidenceEn> = { en: evidenceEn, ko: evidenceKo };

/** The words in the reader's language; reactive. */
export function evidenceWords(): typeof evidenceEn {
  return words[i18n.language];
}
