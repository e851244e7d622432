/**
 * A question that changes → the answer to its newest form. An older request is aborted when a new question comes; a refresh
 * of the same question waits its turn, so that a stream of ticks never starves the answer.
 */

import { isAbort, ServerError } from "../api/client.ts";

const REFRESH_GAP_MS = 450;

export class Latest<Question, Answer> {
  answer = $state.raw<Answer | null>(null);
  error = $state.raw<ServerError | null>(null);
  /** Whether a new question waits for its answer; refreshes of an answered one do not count. */
  isBusy = $state(false);
  private question: Question | null = null;
  private key = "";
  private abort: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private startedAt = -Infinity;
  private isStale = false;
  /** A newer question waits for the answer under way. */
  private isNext = false;

  constructor(
    private readonly read: (question: Question, signal: AbortSignal) => Promise<Answer>,
    /** How long a newer question waits for the answer to the older one, so that a drag is not all aborts. */
    private readonly options: { readonly patienceMs?: number } = {},
  ) {}

  /** Asks; the same question again is not asked twice. */
  ask(question: Question): void {
    const key = JSON.stringify(question);
    if (key === this.key && !this.error) return;
    this.key = key;
    this.question = question;
    this.isBusy = true;
    this.error = null;
    const patience = this.startedAt + (this.options.patienceMs ?? 0) - performance.now();
    if (!this.abort || patience <= 0) {
      this.start();
      return;
    }
    this.isNext = true;
    this.timer ??= setTimeout(() => this.start(), patience);
  }

  /** Asks the same question again: its answer has changed on the server. */
  refresh(): void {
    if (this.question === null) return;
    if (this.abort) {
      this.isStale = true;
      return;
    }
    this.timer ??= setTimeout(() => this.start(), Math.max(0, this.startedAt + REFRESH_GAP_MS - performance.now()));
  }

  /** Forgets question and answer. */
  clear(): void {
    this.stop();
    this.key = "";
    this.question = null;
    this.answer = null;
    this.error = null;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.abort?.abort();
    this.abort = null;
    this.isBusy = false;
    this.isStale = false;
    this.isNext = false;
  }

  private start(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    this.startedAt = performance.now();
    this.isStale = false;
    this.isNext = false;
    this.read(this.question!, abort.signal).then(
      (answer) => {
        if (this.abort !== abort) return;
        this.answer = answer;
        this.error = null;
        this.end();
      },
      (error: unknown) => {
        if (this.abort !== abort) return;
        if (!isAbort(error))
          this.error = error instanceof ServerError ? error : new ServerError("damaged", String(error));
        this.end();
      },
    );
  }

  /** In one go with the answer: who sees that is not told that it is still waited for. */
  private end(): void {
    this.abort = null;
    if (this.isNext) {
      this.start();
      return;
    }
    this.isBusy = false;
    if (this.isStale) this.refresh();
  }
}
