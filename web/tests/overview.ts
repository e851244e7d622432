/** Trainings for tests, with what a test names and plain values for the rest. */

import type { FindingView, LatestValue, Overview, TrainingView } from "../src/api/schema.ts";

export function training(name: string, parts: Partial<TrainingView> = {}): TrainingView {
  return {
    name,
    runs: [`${name}/train`, `${name}/validation`],
    state: "finished",
    first_step: 0,
    last_step: 100,
    n_points: 400,
    last_wall_time: 1_795_420_542,
    hparams: {},
    pairs: [
      {
        metric: "loss",
        train: { run: `${name}/train`, tag: "epoch_loss" },
        validation: { run: `${name}/validation`, tag: "epoch_loss" },
        direction: "min",
        how: "run folders",
      },
    ],
    findings: [],
    latest: [],
    spark: [],
    state_from: "quiet",
    judged: true,
    failure: "",
    undecided: [],
    ...parts,
  };
}

export function latest(
  metric: string,
  half: "train" | "validation",
  value: number | string,
  best = value,
): LatestValue {
  return { metric, half, step: 100, value, best, best_step: 90 };
}

export function finding(rule: string, parts: Partial<FindingView> = {}): FindingView {
  return {
    training: "exp1",
    rule,
    variant: "",
    severity: "warning",
    metric: "loss",
    step: 99,
    onset_step: 38,
    onset_interval: [36, 41],
    confidence: 0.97,
    evidence: {},
    advice_codes: [],
    half: "validation",
    spark: [],
    ...parts,
  };
}

export function overview(trainings: TrainingView[], parts: Partial<Overview> = {}): Overview {
  return {
    schema: 1,
    version: "0",
    logdir: "logs",
    window_title: "",
    revision: 1,
    now: 1_795_420_600,
    counts: {},
    needs_you: [],
    objective: "loss",
    shown_metrics: ["loss"],
    trainings,
    file_issues: [],
    progress: {
      read_bytes: 1,
      total_bytes: 1,
      n_files: 1,
      judged: trainings.length,
      trainings: trainings.length,
      is_done: true,
      is_read: true,
      n_files_read: 1,
      failures: 0,
      trouble: "",
    },
    is_partial: false,
    instance: "",
    names: [],
    ...parts,
  };
}
