/** placeholder until the catalogue exists */
import type { FindingView } from "../api/schema.ts";
export interface Catalogue {
  [key: string]: unknown;
}
export const emptyCatalogue: Catalogue = {};
export function renderMessage(finding: FindingView, _c: Catalogue): string {
  return `${finding.rule} ${finding.metric} ${finding.onset_step ?? ""}`;
}
export function renderAdvice(finding: FindingView, _c: Catalogue): string[] {
  return finding.advice_codes;
}
export function renderCauses(_f: FindingView, _c: Catalogue): string[] {
  return [];
}
export function evidenceName(key: string, _c: Catalogue): string {
  return key;
}
