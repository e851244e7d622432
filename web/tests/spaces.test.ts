import { expect, test } from "vitest";
import { pickPoint, placeOnPicture, ScatterRaster } from "../src/chart/scatter.ts";
import { FRONT, type Camera } from "../src/data/camera.ts";
import { rotation } from "../src/chart/mesh-scene.ts";
import { compilePattern, listLines, seriesOfLines } from "../src/data/layout-lines.ts";
import { parseMesh } from "../src/data/mesh.ts";
import {
  colourPoints,
  DIMMED,
  indexOfRow,
  N_LEVELS,
  NO_VALUE,
  parsePlaces,
  type LabelColumn,
} from "../src/data/places.ts";
import { rocArea, rocPoints } from "../src/data/roc.ts";
import { depthEn, depthKo } from "../src/i18n/depth.ts";
import { formatPlace, HOME, parsePlace } from "../src/data/address.ts";

function frame(header: object, ...parts: (Float32Array | Uint32Array | Uint8Array)[]): ArrayBuffer {
  let text = JSON.stringify(header);
  text += " ".repeat((4 - ((4 + text.length) % 4)) % 4);
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const bytes = new Uint8Array(4 + text.length + size);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(new TextEncoder().encode(text), 4);
  let at = 4 + text.length;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes.buffer;
}

test("places are scaled by one measure and lie within one unit", () => {
  const places = parsePlaces(
    frame(
      { n_shown: 3, n_components: 2 },
      Float32Array.of(0, 10, 20),
      Float32Array.of(5, 5, 10),
      Uint32Array.of(0, 2, 3),
    ),
  );
  expect([...places.x]).toEqual([-1, 0, 1]);
  expect([...places.y]).toEqual([-0.25, -0.25, 0.25]);
  expect([...places.z]).toEqual([0, 0, 0]);
  expect([...places.rows]).toEqual([0, 2, 3]);
  expect(() => parsePlaces(frame({ n_shown: 3, n_components: 3 }, Float32Array.of(1)))).toThrow(RangeError);
});

const numbers: LabelColumn = {
  header: { column: "n", is_number: true, lo: 0, hi: 1, categories: [], counts: [], n_categories: 40 },
  values: Float32Array.of(0, 0.5, 1, NaN),
};
const words: LabelColumn = {
  header: { column: "w", is_number: false, lo: 0, hi: 0, categories: ["a", "b"], counts: [2, 1], n_categories: 2 },
  values: Float32Array.of(0, 1, 0, 20),
};

test("points are coloured by level, by category, and dimmed where others are meant", () => {
  const rows = Uint32Array.of(0, 1, 2, 3);
  expect([...colourPoints(rows, numbers, null, null)]).toEqual([0, N_LEVELS / 2, N_LEVELS - 1, NO_VALUE]);
  expect([...colourPoints(rows, words, null, null)]).toEqual([0, 1, 0, NO_VALUE]);
  expect([...colourPoints(rows, words, 1, null)]).toEqual([DIMMED, 1, DIMMED, DIMMED]);
  expect([...colourPoints(rows, null, null, new Set([2]))]).toEqual([DIMMED, DIMMED, 0, DIMMED]);
});

test("a row is found among those shown", () => {
  const rows = Uint32Array.of(1, 4, 9);
  expect([0, 1, 4, 5, 9, 10].map((row) => indexOfRow(rows, row))).toEqual([-1, 0, 1, -1, 2, -1]);
});

const axes = { x: Float32Array.of(0, 1, 0, 0), y: Float32Array.of(0, 0, 1, 0), z: Float32Array.of(0, 0, 0, 1) };

test("a turn by a right angle brings the depth to the side", () => {
  const camera: Camera = { ...FRONT, yaw: Math.PI / 2 };
  const front = placeOnPicture(axes, 1, FRONT, 200, 100);
  expect([front.x, front.y]).toEqual([100 + 46, 50]);
  const side = placeOnPicture(axes, 3, camera, 200, 100);
  expect(side.x).toBeCloseTo(146);
  expect(placeOnPicture(axes, 2, { ...FRONT, pitch: Math.PI / 2 }, 200, 100).depth).toBeCloseTo(1);
  // Meshes are turned by the same matrix, whose columns are what the axes become.
  const turn = rotation({ ...FRONT, yaw: 0.7, pitch: -0.4 });
  for (const [i, column] of [1, 2, 3].entries()) {
    const spot = placeOnPicture(axes, column, { ...FRONT, yaw: 0.7, pitch: -0.4 }, 200, 200);
    expect((spot.x - 100) / 92).toBeCloseTo(turn[3 * i]!, 5);
    expect((100 - spot.y) / 92).toBeCloseTo(turn[3 * i + 1]!, 5);
    expect(spot.depth).toBeCloseTo(turn[3 * i + 2]!, 5);
  }
});

test("the nearest point is picked, the front one of two", () => {
  const spot = placeOnPicture(axes, 1, FRONT, 100, 100);
  expect(pickPoint(axes, FRONT, 100, 100, { x: spot.x + 3, y: spot.y }, 8)).toBe(1);
  expect(pickPoint(axes, FRONT, 100, 100, { x: 50, y: 50 }, 8)).toBe(3);
  expect(pickPoint(axes, FRONT, 100, 100, { x: 5, y: 5 }, 8)).toBe(-1);
});

test("the raster paints the nearer point, and leaves the rest clear", () => {
  const image = { width: 20, height: 20, data: new Uint8ClampedArray(1600) } as unknown as ImageData;
  const palette = Uint32Array.of(0xff0000ff, 0xff00ff00);
  const two = { x: Float32Array.of(0, 0), y: Float32Array.of(0, 0), z: Float32Array.of(1, -1) };
  new ScatterRaster().draw(image, two, Uint8Array.of(1, 0), palette, { ...FRONT, yaw: 1e-9 }, 2);
  const pixels = new Uint32Array(image.data.buffer);
  expect(pixels.filter((pixel) => pixel !== 0)).toHaveLength(4);
  expect(pixels[9 * 20 + 9]! & 0xffffff).toBe(0x00ff00);
});

test("a mesh knows its middle and reach", () => {
  const header = { n_vertices: 2, n_faces: 1, has_colours: true };
  const mesh = parseMesh(
    frame(
      header,
      Float32Array.of(0, 0, 0, 4, 2, 2),
      Uint32Array.of(0, 1, 1),
      Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 255),
    ),
  );
  expect(mesh.middle).toEqual([2, 1, 1]);
  expect(mesh.reach).toBe(2);
  expect([...mesh.faces]).toEqual([0, 1, 1]);
  expect(mesh.colours![4]).toBe(4);
  expect(parseMesh(frame({ n_vertices: 0, n_faces: 0, has_colours: false })).reach).toBe(1);
});

test("a layout's patterns match at the beginning, and its margins need their value", () => {
  expect(compilePattern("loss")!.test("loss/train")).toBe(true);
  expect(compilePattern("loss")!.test("my loss")).toBe(false);
  expect(compilePattern("a|b")!.test("xb")).toBe(false);
  const chart = {
    title: "c",
    patterns: ["loss/.*", "("],
    margins: [
      { value: "v", lower: "lo", upper: "gone" },
      { value: "none", lower: "", upper: "" },
    ],
  };
  const { lines, bad } = listLines(chart, ["r", "s"], new Map([["r", ["loss/a", "v", "lo"]]]));
  expect(bad).toEqual(["("]);
  expect(lines).toEqual([
    { run: "r", tag: "loss/a", lower: null, upper: null },
    { run: "r", tag: "v", lower: "lo", upper: null },
  ]);
  expect(seriesOfLines(lines).map((one) => one.tag)).toEqual(["loss/a", "v", "lo"]);
});

test("charts of formulas stay in the link", () => {
  const charts = [
    { y: "val/loss - train/loss", x: "" },
    { y: "min(a, b)", x: "tokens" },
  ];
  const hash = formatPlace({ ...HOME, view: "curves", charts, group: "/vit-(b|l)/" });
  expect(parsePlace(hash).charts).toEqual(charts);
  expect(parsePlace(hash).group).toBe("/vit-(b|l)/");
});

test("every word of the later views is there in Korean", () => {
  const keysOf = (value: object, path = ""): string[] =>
    Object.entries(value).flatMap(([key, one]) =>
      typeof one === "object" && one !== null ? keysOf(one, `${path}${key}.`) : [`${path}${key}`],
    );
  expect(keysOf(depthKo)).toEqual(keysOf(depthEn));
});

test("a ROC curve is made of counts, and its area of straight lines", () => {
  const step = {
    step: 0,
    wall_time: 0,
    precision: [],
    recall: [],
    area: 0,
    // Thresholds from low to high: all taken, half of the negatives, none.
    true_positives: [4, 3, 0],
    false_positives: [10, 5, 0],
    true_negatives: [0, 5, 10],
    false_negatives: [0, 1, 4],
  };
  const points = rocPoints(step);
  expect(points[1]).toEqual({ falseRate: 0.5, trueRate: 0.75 });
  // Two trapezia: 0.5 * 0.75 / 2 + 0.5 * (0.75 + 1) / 2.
  expect(rocArea(points)).toBeCloseTo(0.625);
  expect(rocPoints({ ...step, true_positives: [0, 0, 0], false_negatives: [0, 0, 0] })).toEqual([null, null, null]);
  expect(rocArea([null])).toBeNaN();
});
