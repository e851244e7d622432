/** A score → sound, by the browser's own oscillators. One plays at a time; fetched when a chart is first listened to. */

import type { Click, Score } from "../data/score.ts";

/** Loud enough to hear, too soft to startle. */
const VOICE_GAIN = 0.16;
const CLICK_GAIN = 0.3;
const FADE_S = 0.03;
const TAIL_S = 0.12;
/** A browser that lets no page sound before the reader did something leaves the context suspended. */
const RESUME_WAIT_MS = 500;

export type Ending = "played" | "stopped" | "blocked";

let stopNow: (() => void) | null = null;

/** Ends what is playing. */
export function stop(): void {
  stopNow?.();
}

/** Plays to the end, or until `stop`; `onPlace` is told the share of the score that has been heard. */
export async function play(score: Score, onPlace: (share: number) => void): Promise<Ending> {
  stop();
  const context = new AudioContext();
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, RESUME_WAIT_MS))]);
  if (context.state !== "running") {
    void context.close();
    return "blocked";
  }
  const startS = context.currentTime + 0.05;
  for (const { pan, notes } of score.voices) addVoice(context, startS, pan, notes, score.durationS);
  for (const click of score.clicks) addClick(context, startS, click);
  const ending = await new Promise<Ending>((resolve) => {
    stopNow = () => resolve("stopped");
    const follow = () => {
      const share = (context.currentTime - startS) / score.durationS;
      if (share >= 1) {
        setTimeout(() => resolve("played"), TAIL_S * 1000);
        return;
      }
      if (context.state === "closed") return;
      onPlace(Math.max(0, share));
      requestAnimationFrame(follow);
    };
    requestAnimationFrame(follow);
  });
  stopNow = null;
  void context.close();
  return ending;
}

function addVoice(
  context: AudioContext,
  startS: number,
  pan: number,
  notes: Score["voices"][number]["notes"],
  durationS: number,
): void {
  const [first] = notes;
  if (!first) return;
  const voice = new OscillatorNode(context, { type: "triangle", frequency: first.hz });
  const gain = new GainNode(context, { gain: 0 });
  voice.connect(gain).connect(new StereoPannerNode(context, { pan })).connect(context.destination);
  const beginS = startS + first.atS;
  const endS = startS + notes.at(-1)!.atS;
  voice.frequency.setValueAtTime(first.hz, beginS);
  for (const note of notes) voice.frequency.linearRampToValueAtTime(note.hz, startS + note.atS);
  gain.gain.setValueAtTime(0, beginS);
  gain.gain.linearRampToValueAtTime(VOICE_GAIN, beginS + FADE_S);
  gain.gain.setValueAtTime(VOICE_GAIN, Math.max(beginS + FADE_S, endS));
  gain.gain.linearRampToValueAtTime(0, Math.max(beginS + FADE_S, endS) + FADE_S);
  voice.start(beginS);
  voice.stop(startS + durationS + TAIL_S);
}

/** A spike is short and bright, a value that is no number longer and low. */
function addClick(context: AudioContext, startS: number, click: Click): void {
  const isSpike = click.kind === "spike";
  const lengthS = isSpike ? 0.02 : 0.08;
  const voice = new OscillatorNode(context, { type: "square", frequency: isSpike ? 1760 : 90 });
  const gain = new GainNode(context, { gain: CLICK_GAIN });
  voice
    .connect(gain)
    .connect(new StereoPannerNode(context, { pan: click.pan }))
    .connect(context.destination);
  gain.gain.setValueAtTime(CLICK_GAIN, startS + click.atS);
  gain.gain.exponentialRampToValueAtTime(0.001, startS + click.atS + lengthS);
  voice.start(startS + click.atS);
  voice.stop(startS + click.atS + lengthS);
}
