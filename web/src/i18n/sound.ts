/** Words of charts by ear; fetched when one is first listened to. */

import type { Picture } from "../chart/chart.ts";
import { lastFilled } from "../data/columns.ts";
import { formatValue } from "../data/numbers.ts";
import type { Score } from "../data/score.ts";
import { i18n, type Language } from "./index.svelte.ts";

export const soundEn = {
  nothing: "There is no line to listen to.",
  blocked: "The browser lets no page sound yet. Press the key again.",
  playing: (name: string, seconds: string) => `Listening to ${name}, ${seconds} s`,
  sides: "train left, validation right",
  range: (from: string, to: string) => `from ${from} to ${to}`,
  spikes: (n: number) => (n === 1 ? "1 peak beyond the chart clicks" : `${n} peaks beyond the chart click`),
  lost: (n: number) =>
    n === 1 ? "1 low click where a value is no number" : `${n} low clicks where values are no numbers`,
};

export const soundKo: typeof soundEn = {
  nothing: "들을 선이 없습니다.",
  blocked: "브라우저가 아직 소리를 허용하지 않습니다. 키를 다시 눌러 주세요.",
  playing: (name, seconds) => `듣는 중: ${name}, ${seconds}초`,
  sides: "학습은 왼쪽, 검증은 오른쪽",
  range: (from, to) => `${from}에서 ${to}까지`,
  spikes: (n) => `차트를 벗어난 값 ${n}곳은 높은 딸깍 소리`,
  lost: (n) => `수가 아닌 값 ${n}곳은 낮은 딸깍 소리`,
};

const words: Record<Language, typeof soundEn> = { en: soundEn, ko: soundKo };

/** The words in the reader's language; reactive. */
export function soundWords(): typeof soundEn {
  return words[i18n.language];
}

/** What is about to be heard. */
export function tellScore(
  score: Score,
  { picture, training, name }: { picture: Picture; training: string; name: string },
): string {
  const t = soundWords();
  const count = (kind: "spike" | "nonfinite") => score.clicks.filter((click) => click.kind === kind).length;
  const lines = picture.lines.filter((line) => line.group === training && lastFilled(line.level) >= 0);
  const line = lines.find((one) => one.isDashed) ?? lines[0];
  const first = line ? line.level.find((value) => !Number.isNaN(value)) : undefined;
  return [
    t.playing(name, score.durationS.toFixed(1)),
    ...(score.voices.length > 1 ? [t.sides] : []),
    ...(line && first !== undefined
      ? [t.range(formatValue(first), formatValue(line.level[lastFilled(line.level)]!))]
      : []),
    ...(count("spike") ? [t.spikes(count("spike"))] : []),
    ...(count("nonfinite") ? [t.lost(count("nonfinite"))] : []),
  ].join(", ");
}
