/**
 * The embedding chosen → what the server knows of it: places by one method, a column of labels, matches, neighbours. Made
 * while its component is: it holds effects.
 */

import { isAbort, readFrame, readPart, ServerError, stopProjection } from "../api/client.ts";
import type {
  EmbeddingInfo,
  EmbeddingList,
  EmbeddingMatches,
  EmbeddingRows,
  EmbeddingView,
  Neighbour,
  Neighbours,
} from "../api/schema.ts";
import { formatLook, NO_COLUMN, parseLook, USUAL_LOOK, type PointsLook } from "../data/points-look.ts";
import { parseColumn, type LabelColumn, type Places } from "../data/places.ts";
import type { Place } from "../data/address.ts";
import { depth } from "../i18n/depth.ts";
import { announce } from "./announcer.svelte.ts";
import { hold, release } from "./painted.ts";
import { place } from "./place.svelte.ts";
import { ScatterWorker } from "./scatter.ts";

const POLL_MS = 700;
const SEARCH_PAUSE_MS = 200;
const N_NEIGHBOURS = 20;
const MOST_MATCHES = 10_000;
const MOST_LEARNT = 300;
/** Matches whose labels are shown. */
export const N_LISTED = 30;

export class Embedding {
  listed = $state.raw<readonly EmbeddingInfo[] | null>(null);
  /** Why there is nothing to show at all. */
  error = $state.raw<ServerError | null>(null);
  view = $state.raw<EmbeddingView | null>(null);

  /** As the link says. */
  readonly method = $derived(place.now.method);
  readonly isSolid = $derived(!place.now.isFlat);
  readonly look = $derived(parseLook(place.now.look));
  places = $state.raw<Places | null>(null);
  placesError = $state.raw<ServerError | null>(null);
  /** Of places that the server is still making. */
  progress = $state.raw<{ state: string; elapsed: number } | null>(null);

  /** Of few values one says more at once than one of names. */
  readonly columnName = $derived.by(() => {
    const { column } = this.look;
    const names = this.view?.columns ?? [];
    if (column === NO_COLUMN) return null;
    return column !== null && names.includes(column) ? column : (names[1] ?? names[0] ?? null);
  });
  column = $state.raw<LabelColumn | null>(null);
  /** The category beside which all others are dimmed. */
  readonly only = $derived.by(() => {
    const at = this.look.only === null ? -1 : (this.column?.header.categories.indexOf(this.look.only) ?? -1);
    return at < 0 ? null : at;
  });

  matches = $state.raw<EmbeddingMatches | null>(null);
  /** None where the link names a point that is not there. */
  readonly selected = $derived.by(() => {
    const { selected } = this.look;
    return selected !== null && this.view && selected < this.view.n_points ? selected : null;
  });
  neighbours = $state.raw<readonly Neighbour[]>([]);
  /** Of rows that were looked at: a text a column. */
  labels = $state.raw<ReadonlyMap<number, readonly string[]>>(new Map());

  readonly chosen = $derived(
    this.listed?.find((one) => one.run === place.now.run && one.tag === place.now.tag) ?? this.listed?.at(-1) ?? null,
  );
  /** Each the same while it is the same, so that what follows one is not asked for again by another. */
  readonly distance = $derived(this.look.distance);
  readonly search = $derived(this.look.search);
  readonly neighbourCount = $derived(this.look.neighbourCount);
  readonly endsKey = $derived(JSON.stringify(this.look.ends));
  /** Names it; the same text while the choice is the same. */
  readonly key = $derived(this.chosen && JSON.stringify([this.chosen.run, this.chosen.tag]));
  readonly query = $derived.by(() => {
    if (this.key === null) return null;
    const [run, tag] = JSON.parse(this.key) as [string, string];
    return { run, tag };
  });
  /** Reads places and draws them. */
  readonly worker = new ScatterWorker();
  private searchTimer: ReturnType<typeof setTimeout> | undefined;
  private isGone = false;

  constructor() {
    hold(this);
    $effect(() => {
      void this.readList();
      return () => {
        this.isGone = true;
        clearTimeout(this.searchTimer);
        this.worker.stop();
        release(this);
      };
    });
    $effect(() => this.followChoice());
    $effect(() => this.followPlaces());
    $effect(() => this.followColumn());
    $effect(() => this.followNeighbours());
    $effect(() => this.followSearch());
  }

  async readList(): Promise<void> {
    this.error = null;
    try {
      this.listed = (await readPart<EmbeddingList>("api/embeddings", {})).embeddings;
      if (this.listed.length === 0) release(this);
    } catch (error) {
      this.fail(error);
      release(this);
    }
  }

  /** Its picture is on screen. */
  tellDrawn(): void {
    release(this);
  }

  labelsOf(row: number): readonly string[] {
    return this.labels.get(row) ?? [];
  }

  hasLabel(row: number): boolean {
    return this.labels.has(row);
  }

  nameOf(row: number): string {
    const near = this.neighbours.find((one) => one.row === row);
    return near?.label || this.labels.get(row)?.[0] || depth().embeddings.point(row);
  }

  /** Reads labels that are not known yet. */
  async learn(rows: readonly number[]): Promise<void> {
    const missing = rows.filter((row) => !this.labels.has(row)).slice(0, MOST_LEARNT);
    const { query, key } = this;
    if (!query || missing.length === 0 || !this.view?.columns.length) return;
    try {
      const answer = await readPart<EmbeddingRows>("api/embedding/rows", { ...query, rows: missing.join(",") });
      if (this.isGone || key !== this.key) return;
      const next = new Map(this.labels);
      answer.rows.forEach((row, i) => next.set(row, answer.labels[i]!));
      this.labels = next;
    } catch (error) {
      this.fail(error);
    }
  }

  /** Changes how the points are looked at, which is in the link. */
  change(parts: Partial<PointsLook>): void {
    place.change({ look: formatLook({ ...this.look, ...parts }) }, { kind: Object.keys(parts).join(" ") });
  }

  /** Other places are looked at from the front again. */
  layOut(parts: Partial<Pick<Place, "method" | "isFlat">>, look: Partial<PointsLook> = {}): void {
    const kind = Object.keys({ ...parts, ...look }).join(" ");
    place.change({ ...parts, look: formatLook({ ...this.look, ...look, camera: null }) }, { isStep: true, kind });
  }

  /** Goes to another embedding, of which nothing is chosen yet. */
  choose(key: string): void {
    const [run, tag] = JSON.parse(key) as [string, string];
    place.change({ run, tag, look: formatLook(USUAL_LOOK) }, { isStep: true });
  }

  searchSoon(text: string): void {
    clearTimeout(this.searchTimer);
    this.searchTimer = setTimeout(() => this.change({ search: text.trim() }), SEARCH_PAUSE_MS);
  }

  /** Ends the projection that the server is making. */
  async stop(): Promise<void> {
    this.layOut({ method: "pca" });
    await stopProjection().catch(() => undefined);
  }

  private fail(error: unknown): void {
    if (!isAbort(error)) this.error = asServerError(error);
  }

  /** Another embedding: all that is known is of the former one. */
  private followChoice(): (() => void) | undefined {
    const { query } = this;
    if (!query) return undefined;
    const abort = new AbortController();
    this.view = this.error = this.places = this.placesError = this.column = null;
    this.matches = null;
    this.labels = new Map();
    this.neighbours = [];
    hold(this);
    readPart<EmbeddingView>("api/embedding", query, abort.signal).then(
      (answer) => (this.view = answer),
      (error) => {
        this.fail(error);
        if (!isAbort(error)) release(this);
      },
    );
    return () => abort.abort();
  }

  /** A PCA comes at once, the others when they are done. */
  private followPlaces(): (() => void) | undefined {
    const { query, view, method, neighbourCount, endsKey } = this;
    if (!view || !query) return undefined;
    if (!view.methods.includes(method)) {
      this.placesError = new ServerError("not_installed", "");
      return undefined;
    }
    const nComponents = this.isSolid ? "3" : "2";
    const neighbours = String(neighbourCount);
    const ends = method === "axes" ? (JSON.parse(endsKey) as PointsLook["ends"]) : {};
    const asked = { ...query, method, n_components: nComponents, neighbours, ...ends };
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.placesError = this.progress = null;
    hold(this);
    const ask = async (): Promise<void> => {
      try {
        const answer = await this.worker.parse(await readFrame("api/embedding/points", asked, abort.signal));
        if (abort.signal.aborted) return;
        const { state, elapsed_s: elapsed, message } = answer.header;
        this.progress = state === "done" || state === "failed" ? null : { state, elapsed };
        if (state === "done") this.places = answer;
        else if (state === "failed") this.placesError = new ServerError("failed", message);
        else timer = setTimeout(() => void ask(), POLL_MS);
        // Of places that are there, the picture tells when it is drawn.
        if (state === "done") return;
      } catch (error) {
        if (isAbort(error)) return;
        this.progress = null;
        this.placesError = asServerError(error);
      }
      release(this);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }

  private followColumn(): (() => void) | undefined {
    const { query, columnName } = this;
    if (!query || columnName === null) {
      this.column = null;
      return undefined;
    }
    const abort = new AbortController();
    readFrame("api/embedding/column", { ...query, column: columnName }, abort.signal).then(
      (frame) => (this.column = parseColumn(frame)),
      (error) => this.fail(error),
    );
    return () => abort.abort();
  }

  private followSearch(): (() => void) | undefined {
    const { query, search: text } = this;
    if (!text || !query) {
      this.matches = null;
      return undefined;
    }
    const abort = new AbortController();
    const asked = { ...query, text, limit: String(MOST_MATCHES) };
    readPart<EmbeddingMatches>("api/embedding/search", asked, abort.signal).then(
      (answer) => {
        this.matches = answer;
        announce(depth().embeddings.found(answer.n_found));
        void this.learn(answer.rows.slice(0, N_LISTED));
      },
      (error) => this.fail(error),
    );
    return () => abort.abort();
  }

  private followNeighbours(): (() => void) | undefined {
    const { query, selected: row, distance } = this;
    if (row === null || !query) {
      this.neighbours = [];
      return undefined;
    }
    const abort = new AbortController();
    const asked = { ...query, row: String(row), n: String(N_NEIGHBOURS), distance };
    readPart<Neighbours>("api/embedding/neighbours", asked, abort.signal).then(
      ({ neighbours }) => {
        this.neighbours = neighbours;
        void this.learn([row, ...neighbours.map((one) => one.row)]);
        const t = depth().embeddings;
        const names = neighbours.slice(0, 5).map((one) => one.label || t.point(one.row));
        announce(`${this.nameOf(row)}. ${t.nearest}: ${names.join(", ")}`);
      },
      (error) => this.fail(error),
    );
    return () => abort.abort();
  }
}

function asServerError(error: unknown): ServerError {
  if (error instanceof ServerError) return error;
  return new ServerError("damaged", error instanceof Error ? error.message : String(error));
}
