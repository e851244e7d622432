"""Generated and real curves → every table of how good the judge is, beside other people's, with intervals.

One command, the same numbers on every machine (but for the times). `--curves` names a folder of real curves; without
it a sample that is kept with the bench is used. Give it more of `--count` for narrower intervals.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.judgement import calibration_table, forecast_table, live_table, rules_table, speed_table
from bench.judgement.overfit_table import GENERATORS, HELD_OUT, make_cases, print_generated, print_real
from bench.judgement.real import read_folder
from bench.judgement.rivals_table import print_rivals

from goodfit.curves.forecast import read_panel

SAMPLE = Path(__file__).parent / "sample"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.judgement", description=__doc__)
    parser.add_argument("--curves", type=Path, default=SAMPLE, help="folder of *.jsonl.gz files (default: the sample)")
    parser.add_argument("--count", type=int, default=700, help="healthy and overfit curves of each generator")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2, help="trainings of each intervention; 0 leaves them out")
    parser.add_argument("--rivals", type=Path, help="python in whose environment trainspotter, losslint, runmedic are")
    parser.add_argument(
        "--folds",
        action="store_true",
        help="train the forecasting networks anew without the tasks, or the sources, they forecast (ten minutes, needs "
        "--curves); without it those that ship are used, which have seen the development tasks",
    )
    parser.add_argument("--skip-speed", action="store_true", help="leave the table of times out")
    arguments = parser.parse_args()
    rows = list(read_folder(arguments.curves))
    cases = [
        case for name in (*GENERATORS, *HELD_OUT) for case in make_cases(name, arguments.count, seed=arguments.seed)
    ]
    print_generated(cases)
    print_real(rows)
    if arguments.rivals:
        print_rivals(arguments.rivals, cases, rows)
    rules_table.print_warnings(cases)
    rules_table.print_kinds(arguments.count // 4, arguments.seed)
    rules_table.print_divergence(rows)
    if arguments.seeds:
        rules_table.print_interventions(arguments.seeds)
    calibration_table.print_table(arguments.count, arguments.seed + 1)
    live_table.print_table(max(arguments.count // 4, 18), arguments.seed + 2)
    _print_forecasts(arguments.curves, with_folds=arguments.folds, per_kind=min(40, arguments.count // 5))
    if not arguments.skip_speed:
        speed_table.print_speed()


def _print_forecasts(folder: Path, *, with_folds: bool, per_kind: int) -> None:
    if with_folds:
        from bench.judgement.train_forecast import SEED, train_folds

        forecast_table.print_unseen(folder, train_folds(folder, seed=SEED), per_source=300, per_kind=per_kind)
        return
    print("networks: as shipped; they have seen the development tasks (--folds trains networks that have not)")
    forecast_table.print_forecasts(folder, lambda _: read_panel(), per_source=300, per_kind=per_kind)


if __name__ == "__main__":
    main()
