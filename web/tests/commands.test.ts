import { expect, test } from "vitest";
import { SvgPen } from "../src/chart/svg-pen.ts";
import { findEntries, type Entry } from "../src/data/commands.ts";

const entry = (text: string): Entry => ({ kind: "run", text, key: text });

test("beginnings come before middles, all words must be there", () => {
  const entries = ["vit-loss", "my loss", "loss", "flossy", "val/loss"].map(entry);
  expect(findEntries(entries, "loss").map((one) => one.text)).toEqual([
    "loss",
    "my loss",
    "vit-loss",
    "val/loss",
    "flossy",
  ]);
  expect(findEntries(entries, "loss vit").map((one) => one.text)).toEqual(["vit-loss"]);
  expect(findEntries(entries, "(").length).toBe(0);
  expect(findEntries(entries, " ").length).toBe(5);
});

test("strokes of a canvas become SVG, with texts escaped and clips closed", () => {
  const pen = new SvgPen(100, 50, { font: "", measureText: () => ({ width: 5 }) as TextMetrics });
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, 10, 10);
  pen.clip();
  pen.strokeStyle = "#f00";
  pen.setLineDash([5, 3]);
  pen.beginPath();
  pen.moveTo(1, 2);
  pen.lineTo(3.14159, 4);
  pen.stroke();
  pen.restore();
  pen.fillText("<b>&", 1, 2);
  const svg = pen.finish('a "title" <x>');
  expect(svg).toContain(
    '<path d="M1 2L3.14 4" fill="none" stroke="#f00" stroke-width="1" stroke-linejoin="miter" stroke-dasharray="5 3"/>',
  );
  expect(svg).toContain(">&lt;b&gt;&amp;</text>");
  expect(svg).toContain("<title>a &quot;title&quot; &lt;x&gt;</title>");
  expect(svg.match(/<g /g)!.length).toBe(svg.match(/<\/g>/g)!.length);
  expect(pen.strokeStyle).toBe("#000");
});
