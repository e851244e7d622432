/** A colour → how well a line of it is seen: the contrast of WCAG 2.2 with the panels of both themes. */

/** `--panel` of ui/page.css. */
export const PANELS = { light: "#ffffff", dark: "#191c21" } as const;
/** What lines and signs need (WCAG 1.4.11). */
export const LEAST_CONTRAST = 3;

/** From 1 (the same) to 21 (black on white). Both as `#rrggbb`. */
export function contrastOf(colour: string, other: string): number {
  const [a, b] = [luminanceOf(colour), luminanceOf(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Themes in whose panel a line of the colour is hard to see. */
export function faintThemes(colour: string): (keyof typeof PANELS)[] {
  return (["light", "dark"] as const).filter((theme) => contrastOf(colour, PANELS[theme]) < LEAST_CONTRAST);
}

/** `#rrggbb` of what people type: with or without #, three digits or six, any case; null for what is no colour. */
export function parseColour(text: string): string | null {
  const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text.trim());
  if (!found) return null;
  const digits = found[1]!.toLowerCase();
  return `#${digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits}`;
}

function luminanceOf(colour: string): number {
  const part = (at: number) => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}
