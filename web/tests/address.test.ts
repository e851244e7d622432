import { expect, test } from "vitest";
import { addPoint, formatLook, NO_COLUMN, parseLook, USUAL_LOOK, type PointsLook } from "../src/data/points-look.ts";
import { formatPlace, HOME, parsePlace, resolveMarks, type Place } from "../src/data/address.ts";

test("the plain views have plain addresses", () => {
  expect(formatPlace(HOME)).toBe("#/overview");
  expect(formatPlace({ ...HOME, view: "curves" })).toBe("#/curves");
});

test("a place returns from its address", () => {
  const place: Place = {
    ...HOME,
    view: "curves",
    x: [52_000, 72_000.5],
    xAxis: "relative",
    smoothing: 0.9,
    isLog: true,
    isRobust: false,
    selected: ["exp, 1", "실험 🚀", "<b>&</b>"],
    filter: "val/acc > 0.8 name:/a|b/",
    sort: { column: "h:lr", isDescending: true },
    search: "layers/",
    metric: "a/b c",
    pinned: ["loss"],
  };
  expect(parsePlace(formatPlace(place))).toEqual(place);
});

test("how points are laid out is in the link of their view alone", () => {
  const place: Place = { ...HOME, view: "embeddings", run: "a", tag: "b", method: "umap", isFlat: true };
  expect(formatPlace(place)).toBe("#/embeddings?run=a&tag=b&by=umap&d=2");
  expect(parsePlace(formatPlace(place))).toEqual(place);
  expect(parsePlace("#/embeddings?by=mds&d=9")).toMatchObject({ method: "pca", isFlat: false });
  expect(formatPlace({ ...place, view: "overview" })).toBe("#/overview");
});

test("how points are looked at is in the link, and what is damaged of it is dropped", () => {
  const look: PointsLook = {
    camera: { yaw: 0.5, pitch: -0.2, zoom: 2, panX: 0, panY: 0.125 },
    ends: { left: '"cat, big"', right: "dog:1", up: "#3,17", down: "" },
    neighbourCount: 30,
    selected: 12,
    distance: "euclidean",
    column: NO_COLUMN,
    only: "한국어",
    search: "a,b",
    hasPictures: true,
  };
  const place: Place = { ...HOME, view: "embeddings", method: "axes", look: formatLook(look) };
  expect(parseLook(parsePlace(formatPlace(place)).look)).toEqual(look);
  expect(formatLook(USUAL_LOOK)).toEqual([]);
  const damaged = ["cam:1~2", "cam:a~b~c~d~e", "pt:-1", "pt:x", "k:9999", "far:no", "what", "lf"];
  expect(parseLook(damaged)).toEqual({ ...USUAL_LOOK, neighbourCount: 200 });
  expect(parseLook(["cam:0~0~1e9~0~0"]).camera?.zoom).toBe(200);
  expect(addPoint("#3", 17)).toBe("#3,17");
  expect(addPoint("#3,17", 3)).toBe("#3,17");
  expect(addPoint("cat", 3)).toBe("#3");
});

test("negative ends of a range survive", () => {
  expect(parsePlace(formatPlace({ ...HOME, x: [-5, -1] })).x).toEqual([-5, -1]);
});

test.each(["", "#", "#/nowhere", "#/curves?x=9~3&s=7&ax=what", "#/curves?x=a~b&s=NaN", "#/overview?r=,,,&%E0%A4%A"])(
  "damaged address %s gives a usable place",
  (hash) => {
    const place = parsePlace(hash);
    expect(place.x).toBeNull();
    expect(place.smoothing).toBe(HOME.smoothing);
  },
);

test("a link of eight long names is short, and finds them again", () => {
  const names = Array.from({ length: 8 }, (_, i) => `experiments/2026/한국어 resnet50-long-name-with-settings-${i}`);
  const address = formatPlace({ ...HOME, selected: names, filter: "val/acc > 0.8", x: [100, 2000] });
  expect(address.length).toBeLessThan(300);
  const { selected } = parsePlace(address);
  expect(resolveMarks(selected, [...names, "another"])).toEqual(names);
  expect(formatPlace(parsePlace(address))).toBe(address);
  expect(resolveMarks(["~zzz", "plain"], names)).toEqual(["~zzz", "plain"]);
});

test("a typical link is short", () => {
  const address = formatPlace({
    ...HOME,
    view: "curves",
    x: [52_000, 72_000],
    smoothing: 0.9,
    selected: ["vit-s0", "vit-s1"],
    filter: "val/acc>0.8",
  });
  expect(address.length).toBeLessThan(100);
});
