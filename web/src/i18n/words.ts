/**
 * A finding's code and numbers → words, from the catalogue that the command line uses as well.
 *
 * The format is described beside the catalogues (python/goodfit/findings/words/README.md); both renderers are held to the
 * same cases in tests/golden/words.json.
 */

import type { FindingView, UndecidedView } from "../api/schema.ts";

interface RuleWords {
  readonly label: string;
  readonly title: string;
  readonly messages: Readonly<Record<string, string>>;
  readonly question: string;
  readonly causes: readonly string[];
  readonly changes_mind: string;
}

export interface Catalogue {
  readonly labels: Readonly<Record<string, string>>;
  readonly severities: Readonly<Record<string, string>>;
  readonly codes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly undecided: Readonly<Record<string, string>>;
  readonly rules: Readonly<Record<string, RuleWords>>;
  readonly advice: Readonly<Record<string, string>>;
}

type Values = Readonly<Record<string, unknown>>;

const MISSING = "—";
const INTEGERS = /^(step|.*_step|onset_start|onset_stop|n_.*|.*_n_.*)$/;

/** The finding in one or two sentences; a rule without words in this version is named by its code. */
export function renderMessage(finding: FindingView, catalogue: Catalogue): string {
  const messages = catalogue.rules[finding.rule]?.messages;
  const template = messages?.[finding.variant] ?? messages?.[""];
  return template === undefined ? `${finding.rule}: ${finding.metric}` : render(template, valuesOf(finding), catalogue);
}

/** What to try, best first. */
export function renderAdvice(finding: FindingView, catalogue: Catalogue): string[] {
  return finding.advice_codes.flatMap((code) => {
    const template = catalogue.advice[code];
    return template === undefined ? [] : [render(template, valuesOf(finding), catalogue)];
  });
}

/** Why nothing can be said yet; an unknown reason is named by its code. */
export function renderUndecided(undecided: UndecidedView, catalogue: Catalogue): string {
  const template = catalogue.undecided[undecided.why];
  return template === undefined ? undecided.why : render(template, { ...undecided }, catalogue);
}

/** The health word of a rule, of `healthy` and of `pending`. */
export function labelOf(rule: string, catalogue: Catalogue): string {
  return catalogue.labels[rule] ?? catalogue.rules[rule]?.label ?? rule;
}

/** One value as it stands in a sentence, by its name. */
export function formatNamed(name: string, value: unknown, catalogue: Catalogue): string {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === "string") return catalogue.codes[name]?.[value] ?? value;
  if (typeof value === "object") return JSON.stringify(value);
  const number = Number(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "Infinity" : "-Infinity";
  if (INTEGERS.test(name)) return withCommas(number.toFixed(0));
  if (name.endsWith("_share") || name === "confidence") return `${twoDigits(number, 10, 2)}%`;
  if (name.endsWith("_sigmas")) return twoDigits(number, 100, 0);
  return fourDigits(number);
}

function valuesOf(finding: FindingView): Values {
  const { evidence, rule, severity, metric, step, onset_step, training, confidence, onset_interval } = finding;
  const interval = onset_interval ? { onset_start: onset_interval[0], onset_stop: onset_interval[1] } : {};
  return { ...evidence, rule, severity, metric, step, onset_step, training, confidence, ...interval };
}

function render(template: string, values: Values, catalogue: Catalogue): string {
  return template.replace(/\{([a-z0-9_]+)\}/g, (_, name: string) => named(name, values, catalogue));
}

/** The value of that name; of `about_x`, where there is none, that of `x` to two digits. */
function named(name: string, values: Values, catalogue: Catalogue): string {
  const value = values[name] ?? null;
  if (value !== null || !name.startsWith("about_")) return formatNamed(name, value, catalogue);
  const rest = name.slice("about_".length);
  const exact = values[rest];
  return Number.isFinite(exact) ? significant(exact as number, 2) : formatNamed(rest, exact, catalogue);
}

/**
 * Two significant digits below `limit`, whole numbers above, of the number times ten to the `shift`. The rounding is done
 * before the shift, on the exact double; toFixed rounds exact ties away from zero.
 */
function twoDigits(number: number, limit: number, shift: number): string {
  const scale = 10 ** shift;
  const rounded = (decimals: number) =>
    (Number(number.toFixed(Math.min(100, decimals + shift))) * scale).toFixed(Math.min(100, decimals));
  if (number === 0) return "0";
  // Shifted as text, for the product would round a second time.
  if (Math.abs(number) >= 1e7 / scale) return fourDigits(number, shift);
  if (Math.abs(number) * scale >= limit || Math.abs(Number(rounded(1))) >= limit) return withCommas(rounded(0));
  return stripZeros(rounded(1 - exponentOf(number) - shift));
}

/** Four significant digits of the number times ten to the `shift`. */
function fourDigits(number: number, shift = 0): string {
  return significant(number, 4, shift);
}

function significant(number: number, nDigits: number, shift = 0): string {
  if (number === 0) return "0";
  const [mantissa = "", power = "0"] = number.toExponential(nDigits - 1).split("e");
  const exponent = Number(power) + shift;
  if (exponent < -4 || exponent >= 7) return `${stripZeros(mantissa)}e${exponent}`;
  return stripZeros(Number(`${mantissa}e${exponent}`).toFixed(Math.max(0, nDigits - 1 - exponent)));
}

function exponentOf(number: number): number {
  return Number(number.toExponential().split("e")[1]);
}

function withCommas(text: string): string {
  return text.replace(/\B(?=(\d{3})+$)/g, ",");
}

function stripZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
