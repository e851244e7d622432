/** Which chart is being listened to; the score, its words and the player are fetched when one first is. */

import type { Picture } from "../chart/chart.ts";
import { announce } from "./announcer.svelte.ts";

export interface Piece {
  readonly picture: Picture;
  readonly training: string;
  /** As the reader knows it: the metric and the run. */
  readonly name: string;
  /** Where on the x-axis it is; null at the end. */
  readonly onPlace: (x: number | null) => void;
}

class Listening {
  /** The chart whose line plays. */
  owner = $state.raw<object | null>(null);

  /** Plays a chart's line; the same chart again stops it. */
  async toggle(owner: object, makePiece: () => Piece | null): Promise<void> {
    const [{ play, stop }, { composeScore }, { soundWords, tellScore }] = await Promise.all([
      import("./player.ts"),
      import("../data/score.ts"),
      import("../i18n/sound.ts"),
    ]);
    if (this.owner === owner) {
      stop();
      return;
    }
    const piece = makePiece();
    const score = piece && composeScore(piece.picture, piece.training);
    if (!piece || !score) {
      announce(soundWords().nothing);
      return;
    }
    stop();
    this.owner = owner;
    announce(tellScore(score, piece));
    const { from, to } = score;
    const ending = await play(score, (share) => piece.onPlace(from + share * (to - from)));
    piece.onPlace(null);
    if (ending === "blocked") announce(soundWords().blocked);
    if (this.owner === owner) this.owner = null;
  }
}

export const listening = new Listening();
