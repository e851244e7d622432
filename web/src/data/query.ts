/**
 * The filter's text → which trainings it lets through.
 *
 *     val/acc > 0.8 lr < 1e-3 health:overfit state:running name:/vit.*s[0-2]/ resnet
 *
 * Terms are joined by "and" (the word may be written). A comparison takes a metric (`val/` or `train/` before it chooses the
 * half), `step`, or a hyperparameter; a bare word is a part of the name; `is:hidden` asks for what people hid; `-` before a
 * term turns it round. A term that is not understood is reported and lets everything through: a half-typed filter must not empty the page.
 */

import type { TrainingView } from "../api/schema.ts";
import { parseNumber } from "./numbers.ts";

export interface Query {
  readonly matches: (training: TrainingView) => boolean;
  /** Whether a term asks for hidden trainings. */
  readonly isOfHidden: boolean;
  /** Terms that were not understood, as typed. */
  readonly problems: readonly string[];
}

/** What people put on trainings. */
export interface Labels {
  readonly nameOf: (training: string) => string;
  readonly isHidden: (training: string) => boolean;
}

const NO_LABELS: Labels = { nameOf: (training) => training, isHidden: () => false };

type Test = (training: TrainingView) => boolean;

const COMPARISON = /^(-?[^\s<>=!:"]+?)\s*(<=|>=|!=|==|=|<|>)\s*("[^"]*"|[^\s<>=!]+)/;
const KEYED = /^(-?[\w.]+):(\/(?:\\.|[^/])+\/i?|"[^"]*"|[^\s]+)/;
const WORD = /^-?(?:"[^"]*"|\/(?:\\.|[^/\s])+\/i?(?=\s|$)|[^\s]+)/;

export function parseQuery(text: string, labels: Labels = NO_LABELS): Query {
  const tests: Test[] = [];
  const problems: string[] = [];
  let rest = text.trimStart();
  while (rest) {
    const compared = COMPARISON.exec(rest);
    const keyedTerm = compared ? null : KEYED.exec(rest);
    const term = (compared ?? keyedTerm ?? WORD.exec(rest))![0];
    rest = rest.slice(term.length).trimStart();
    if (/^and$/i.test(term)) continue;
    const isTurned = term.startsWith("-") && term.length > 1;
    const bare = (part: string) => (isTurned ? part.replace(/^-/, "") : part);
    const test = compared
      ? comparison(bare(compared[1]!), compared[2]!, unquote(compared[3]!))
      : keyedTerm
        ? keyed(bare(keyedTerm[1]!), keyedTerm[2]!, labels)
        : named(bare(term), labels);
    if (test === null) problems.push(term);
    else tests.push(isTurned ? (training) => !test(training) : test);
  }
  return {
    matches: (training) => tests.every((test) => test(training)),
    isOfHidden: /(^|\s)is:hidden(\s|$)/.test(text),
    problems,
  };
}

function keyed(key: string, wanted: string, labels: Labels): Test | null {
  if (key === "name" || key === "run") return named(wanted, labels);
  if (key === "is") return wanted === "hidden" ? (training) => labels.isHidden(training.name) : null;
  const accepts = textTest(wanted);
  if (!accepts) return null;
  if (key === "health" || key === "finding")
    return (training) =>
      training.findings.some((finding) => accepts(finding.rule)) ||
      (accepts("healthy") && !training.findings.some((finding) => finding.severity !== "info"));
  if (key === "state") return (training) => accepts(training.state);
  if (key === "tag")
    return (training) =>
      training.pairs.some((pair) =>
        [pair.metric, pair.train?.tag, pair.validation?.tag].some((name) => !!name && accepts(name)),
      );
  return (training) => key in training.hparams && accepts(String(training.hparams[key]));
}

function named(wanted: string, labels: Labels): Test | null {
  const accepts = textTest(wanted);
  return (
    accepts &&
    ((training) => accepts(training.name) || training.runs.some(accepts) || accepts(labels.nameOf(training.name)))
  );
}

/** A part of a text without regard to case, or a regular expression between slashes. */
function textTest(wanted: string): ((text: string) => boolean) | null {
  const expression = /^\/(.+)\/i?$/.exec(wanted);
  if (expression) {
    try {
      const pattern = new RegExp(expression[1]!, "i");
      return (text) => pattern.test(text);
    } catch {
      return null;
    }
  }
  const part = unquote(wanted).toLowerCase();
  return (text) => text.toLowerCase().includes(part);
}

function comparison(subject: string, operator: string, operand: string): Test | null {
  const wanted = Number(operand);
  if (Number.isNaN(wanted)) {
    if (operator !== "=" && operator !== "==" && operator !== "!=") return null;
    const isEqual: Test = (training) =>
      subject in training.hparams && String(training.hparams[subject]).toLowerCase() === operand.toLowerCase();
    return operator === "!=" ? (training) => subject in training.hparams && !isEqual(training) : isEqual;
  }
  const compare = comparisons[operator]!;
  return (training) => {
    const seen = readNumber(training, subject);
    return seen !== null && compare(seen, wanted);
  };
}

const comparisons: Record<string, (a: number, b: number) => boolean> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** The number a name stands for in a training: a hyperparameter, `step`, or a metric's newest value; null when it has none. */
export function readNumber(training: TrainingView, name: string): number | null {
  if (name === "step") return training.last_step;
  const given = training.hparams[name];
  if (typeof given === "number") return given;
  if (typeof given === "string" && given !== "" && !Number.isNaN(Number(given))) return Number(given);
  const value = latestOf(training, name);
  return value === null ? null : parseNumber(value);
}

/** The newest value of `loss`, `val/loss`, `val_loss` or `train/loss`; `acc` finds `accuracy` where nothing is named so. */
function latestOf(training: TrainingView, name: string): number | string | null {
  const exact = training.latest.filter((one) => one.metric === name);
  if (exact.length) return (exact.find((one) => one.half === "validation") ?? exact[0]!).value;
  const halved = /^(val|valid|validation|train)[/_.](.+)$/.exec(name);
  const metric = (halved?.[2] ?? name).toLowerCase();
  const half = halved ? (halved[1] === "train" ? "train" : "validation") : null;
  const ofHalf = training.latest.filter((one) => half === null || one.half === half);
  const found = ofHalf.filter((one) => one.metric.toLowerCase() === metric);
  const candidates = found.length ? found : ofHalf.filter((one) => one.metric.toLowerCase().startsWith(metric));
  return (candidates.find((one) => one.half === "validation") ?? candidates[0])?.value ?? null;
}

function unquote(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}
