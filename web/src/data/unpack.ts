/**
 * The packed landing view → trainings as everywhere else. Pairs and newest values are made when somebody looks at them: of
 * five hundred trainings a screen shows few.
 */

import type {
  LatestValue,
  Overview,
  PackedOverview,
  PackedTraining,
  PairShape,
  PairView,
  SeriesShape,
  TrainingView,
  ValueShape,
} from "../api/schema.ts";

export function unpackOverview(packed: PackedOverview): Overview {
  return {
    ...packed.overview,
    trainings: packed.trainings.map((one) =>
      unpackTraining(one, packed.pairs[one.pairs] ?? [], packed.latest[one.latest] ?? []),
    ),
  };
}

function unpackTraining(packed: PackedTraining, pairs: PairShape[], latest: ValueShape[]): TrainingView {
  const { values, ...rest } = packed;
  const training = rest as unknown as TrainingView;
  defineLater(training, "pairs", () => pairs.map((pair) => unpackPair(pair, packed.runs)));
  defineLater(training, "latest", () => latest.map((one, i) => unpackValue(one, values.slice(4 * i, 4 * i + 4))));
  return training;
}

function unpackPair({ train, validation, ...pair }: PairShape, runs: readonly string[]): PairView {
  const series = (shape: SeriesShape | null) => shape && { run: runs[shape.run]!, tag: shape.tag };
  return { ...pair, train: series(train), validation: series(validation) };
}

function unpackValue(shape: ValueShape, [step, value, best, bestStep]: PackedTraining["values"]): LatestValue {
  return {
    ...shape,
    step: step as number,
    value: value as number | string,
    best: best ?? null,
    best_step: (bestStep as number | null) ?? null,
  };
}

/** A property like any other, made when it is first read. */
function defineLater<Of, Key extends keyof Of>(object: Of, key: Key, make: () => Of[Key]): void {
  Object.defineProperty(object, key, {
    configurable: true,
    enumerable: true,
    get: () => {
      const value = make();
      Object.defineProperty(object, key, { configurable: true, enumerable: true, writable: true, value });
      return value;
    },
  });
}
