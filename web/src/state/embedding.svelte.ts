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
import { parseColumn, type LabelColumn, type Places } from "../data/places.ts";
import { depth } from "../i18n/depth.ts";
import { announce } from "./announcer.svelte.ts";
import { hold, release } from "./painted.ts";
import { place } from "./place.svelte.ts";
import { ScatterWorker } from "./scatter.ts";

export type Distance = "cosine" | "euclidean";

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
  /** What UMAP and t-SNE take as near. */
  neighbourCount = $state(15);
  places = $state.raw<Places | null>(null);
  placesError = $state.raw<ServerError | null>(null);
  /** Of places that the server is still making. */
  progress = $state.raw<{ state: string; elapsed: number } | null>(null);

  columnName = $state<string | null>(null);
  column = $state.raw<LabelColumn | null>(null);
  /** The category beside which all others are dimmed. */
  only = $state<number | null>(null);

  search = $state("");
  matches = $state.raw<EmbeddingMatches | null>(null);
  selected = $state<number | null>(null);
  distance = $state<Distance>("cosine");
  neighbours = $state.raw<readonly Neighbour[]>([]);
  /** Of rows that were looked at: a text a column. */
  labels = $state.raw<ReadonlyMap<number, readonly string[]>>(new Map());

  readonly chosen = $derived(
    this.listed?.find((one) => one.run === place.now.run && one.tag === place.now.tag) ?? this.listed?.at(-1) ?? null,
  );
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

  searchSoon(): void {
    clearTimeout(this.searchTimer);
    this.searchTimer = setTimeout(() => void this.find(this.search.trim()), SEARCH_PAUSE_MS);
  }

  /** Ends the projection that the server is making. */
  async stop(): Promise<void> {
    place.change({ method: "pca" });
    await stopProjection().catch(() => undefined);
  }

  private async find(text: string): Promise<void> {
    const { query } = this;
    if (!text || !query) {
      this.matches = null;
      return;
    }
    try {
      const asked = { ...query, text, limit: String(MOST_MATCHES) };
      const answer = await readPart<EmbeddingMatches>("api/embedding/search", asked);
      if (this.isGone || text !== this.search.trim()) return;
      this.matches = answer;
      announce(depth().embeddings.found(answer.n_found));
      void this.learn(answer.rows.slice(0, N_LISTED));
    } catch (error) {
      this.fail(error);
    }
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
    this.selected = this.matches = this.columnName = this.only = null;
    this.search = "";
    this.labels = new Map();
    this.neighbours = [];
    hold(this);
    readPart<EmbeddingView>("api/embedding", query, abort.signal).then(
      (answer) => {
        this.view = answer;
        // A column of few values says more at once than one of names.
        this.columnName = answer.columns[1] ?? answer.columns[0] ?? null;
      },
      (error) => {
        this.fail(error);
        if (!isAbort(error)) release(this);
      },
    );
    return () => abort.abort();
  }

  /** A PCA comes at once, the others when they are done. */
  private followPlaces(): (() => void) | undefined {
    const { query, view, method } = this;
    if (!view || !query) return undefined;
    if (!view.methods.includes(method)) {
      this.placesError = new ServerError("not_installed", "");
      return undefined;
    }
    const nComponents = this.isSolid ? "3" : "2";
    const asked = { ...query, method, n_components: nComponents, neighbours: String(this.neighbourCount) };
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
    this.only = null;
    readFrame("api/embedding/column", { ...query, column: columnName }, abort.signal).then(
      (frame) => (this.column = parseColumn(frame)),
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
