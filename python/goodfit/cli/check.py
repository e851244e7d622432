"""A log folder → the findings of its trainings: one line each with evidence, or JSON; an exit status for scripts."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from goodfit.cli.language import language_option
from goodfit.cli.log_folder import COMPAT, LOG_FOLDER
from goodfit.cli.output import (
    MAX_SHOWN,
    clean,
    format_columns,
    paint,
    progress,
    shorten,
    sparkline,
    terminal_width,
    width_of,
    wrap,
)
from goodfit.errors import BadArgument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from goodfit.cli.output import Colour
    from goodfit.findings.case import Undecided
    from goodfit.findings.engine import Review
    from goodfit.findings.finding import Finding
    from goodfit.findings.outlook import Forecast
    from goodfit.findings.words import Language
    from goodfit.query.compat import Reading
    from goodfit.query.training import Training
    from goodfit.remote.address import Address
    from goodfit.types import ReadIssue, SeriesKey, Severity

_MARKS: dict[Severity | None, tuple[str, Colour]] = {
    "error": ("✗", "red"),
    "warning": ("!", "yellow"),
    "info": ("✓", "green"),
    None: ("·", "dim"),
}
_TEXT = {
    "en": {
        "empty": "nothing here yet: no event files below {logdir}",
        "start": "To start:",
        "issue": "{path}: {kind} at byte {offset}, {skipped} bytes skipped",
        "unreadable": "{path}: cannot be read: {detail}",
        "waiting": "{path}: the last record at byte {offset} is not complete yet",
        "summary": "need you: {bad} of {n} trainings",
        "standing": "{metric} {value} at step {step}",
        "checkpoint": "try",
        "no_points": "no scalar points yet",
        "forecast": "forecast for step {step}: {median} ({lower} to {upper})",
        "if_continued": "going on to step {step}: {median} ({lower} to {upper})",
        "hourly": "expected to improve by {gain} an hour",
        "no_gain": "no gain expected from going on",
    },
    "ko": {
        "empty": "아직 아무것도 없습니다. 이벤트 파일이 없는 폴더: {logdir}",
        "start": "시작하려면:",
        "issue": "{path}: {offset} 바이트에서 손상({kind}), {skipped} 바이트를 건너뜀",
        "unreadable": "{path}: 읽을 수 없음: {detail}",
        "waiting": "{path}: {offset} 바이트의 마지막 기록이 아직 완성되지 않음",
        "summary": "확인 필요: 학습 {n}개 중 {bad}개",
        "standing": "{metric}: {step} 스텝에서 {value}",
        "checkpoint": "해 볼 것",
        "no_points": "아직 스칼라 값이 없습니다",
        "forecast": "{step} 스텝의 예측: {median} ({lower} ~ {upper})",
        "if_continued": "{step} 스텝까지 계속하면: {median} ({lower} ~ {upper})",
        "hourly": "시간당 예상 향상 폭 {gain}",
        "no_gain": "계속해도 나아질 것으로 보이지 않음",
    },
}
_START = """
    import goodfit
    with goodfit.Run("{logdir}/first") as run:
        run.log(step, {{"loss": loss, "val_loss": val_loss}})"""


@click.command(
    epilog="""\b
Examples:
  goodfit check logs/fit
  goodfit check logs/fit --fail-on diverged,nonfinite
  goodfit check logs/fit --json | jq '.trainings[].findings'
""",
)
@click.argument("logdir", type=LOG_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with everything.")
@click.option("--fail-on", metavar="RULE,…", default="", help="Exit with status 1 when one of these rules fired.")
@language_option
@click.option("--all", "shows_notes", is_flag=True, help="Print notes (severity info) in full, too.")
@COMPAT
@click.pass_context
def command(
    ctx: click.Context,
    logdir: Path | Address,
    as_json: bool,
    fail_on: str,
    language: Language,
    shows_notes: bool,
    compat: Reading | None,
) -> None:
    """Judge every training below LOGDIR: overfit, diverged, NaN, … with the evidence."""
    from goodfit.findings.engine import review_all
    from goodfit.query.logs import open as open_logs

    wanted = _parse_rules(fail_on)
    with progress(f"reading {clean(str(logdir))}") as line, open_logs(logdir, compat=compat) as logs:
        trainings = logs.list_trainings()
        line.show(f"judging {len(trainings)} trainings")
        reviews = review_all(trainings)
        issues = logs.issues
        if as_json:
            _print_json(logdir, trainings, reviews, issues)
        else:
            _print_table(logdir, trainings, reviews, issues, language, shows_notes=shows_notes)
    if any(finding.rule in wanted for review in reviews for finding in review.findings):
        ctx.exit(1)


def _parse_rules(text: str) -> frozenset[str]:
    """Rule names of `--fail-on`. Raises BadArgument for one that does not exist."""
    from goodfit.findings.rules import RULE_NAMES

    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    unknown = sorted(names - set(RULE_NAMES))
    if unknown:
        close = difflib.get_close_matches(unknown[0], RULE_NAMES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"one of {', '.join(sorted(RULE_NAMES))}"
        raise BadArgument(f"--fail-on knows no rule {unknown[0]!r}.", hint=hint)
    return names


def _print_table(
    logdir: Path | Address, trainings: Sequence[Training], reviews: Sequence[Review], issues: Sequence[ReadIssue],
    language: Language, *, shows_notes: bool,
) -> None:  # fmt: skip
    from goodfit.findings.words import label_of, render_advice, render_message

    text = _TEXT[language]
    if not trainings:
        click.echo(text["empty"].format(logdir=clean(str(logdir))), err=True)
        click.echo(text["start"] + _START.format(logdir=clean(str(logdir))), err=True)
    heads, sentences = [], []
    width = terminal_width()
    longest_name = MAX_SHOWN if width is None else max(16, width // 3)
    for training, review in zip(trainings, reviews, strict=True):
        worst = review.worst
        calm = _calm_label(training, review)
        mark, colour = _MARKS[worst.severity if worst else ("info" if calm == "healthy" else None)]
        label = label_of(worst.rule if worst else calm, language=language)
        name = shorten(clean(training.name), longest_name)
        heads.append((paint(mark, colour), name, paint(label, colour), _spark(training)))
        is_asked = worst is None and len(trainings) <= MAX_FORECAST
        ahead = _forecast_text(training, trainings, language, is_asked=is_asked)
        sentences.append(clean(_join(_sentence(training, review, language), ahead)))
    details = [
        _details(training, review, language, shows_notes=shows_notes, render=(render_message, render_advice))
        for training, review in zip(trainings, reviews, strict=True)
    ]
    for head, sentence, extra in zip(_even(heads), sentences, details, strict=True):
        for line in (*_beside(head, sentence, width), *(line for more in extra for line in _below(more, width))):
            click.echo(line)
    if len(trainings) > 1:
        n_bad = sum(review.worst is not None for review in reviews)
        click.echo(paint(text["summary"].format(n=len(trainings), bad=n_bad), "dim"))
    for issue in issues:
        template = text[{"torn_tail": "waiting", "unreadable": "unreadable"}.get(issue.kind, "issue")]
        line = template.format(
            path=clean(issue.path),
            kind=issue.kind,
            offset=issue.offset,
            skipped=issue.skipped_bytes,
            detail=clean(issue.detail),
        )
        click.echo(paint(line, "yellow", stream=None), err=True)


def _join(sentence: str, more: str) -> str:
    """Two statements in one line: a whole sentence is followed by another one."""
    if not sentence or not more:
        return sentence + more
    return f"{sentence} {more[0].upper()}{more[1:]}" if sentence.endswith(".") else f"{sentence}; {more}"


MIN_ROOM = 44
"""Columns beside the curve below which a sentence stands on lines of its own."""


def _even(heads: Sequence[Sequence[str]]) -> list[str]:
    """Rows of mark, name, verdict and curve as texts of one width."""
    lines = format_columns(heads)
    longest = max(map(width_of, lines), default=0)
    return [line + " " * (longest - width_of(line)) for line in lines]


def _beside(head: str, sentence: str, width: int | None) -> list[str]:
    """A training's line; on a terminal in as many as it takes, the sentence beside the curve or below it."""
    start = width_of(head) + 2
    if width is None or not sentence:
        return [f"{head}  {sentence}".rstrip()]
    if width - start >= MIN_ROOM:
        first, *rest = wrap(sentence, width - start)
        return [f"{head}  {first}", *(" " * start + line for line in rest)]
    return [head.rstrip(), *(f"   {line}" for line in wrap(sentence, max(20, width - 3)))]


def _below(detail: Detail, width: int | None) -> list[str]:
    """A line below a training, indented; on a terminal in as many as it takes."""
    lead = f"     {paint(detail.mark, detail.colour)} "
    start = width_of(lead)
    first, *rest = wrap(detail.text, max(20, width - start)) if width is not None else [detail.text]
    return [lead + first, *(" " * start + line for line in rest)]


def _calm_label(training: Training, review: Review) -> str:
    """The health word of a training without a warning."""
    if not training.pairs:
        return "pending"
    return "healthy" if _why_undecided(training, review) is None else "cannot_tell"


def _why_undecided(training: Training, review: Review) -> Undecided | None:
    """Why the training cannot be called healthy although nothing was found; None where it can."""
    if review.findings or not training.pairs:
        return None
    return review.open_question(training.pairs[0].metric)


def _sentence(training: Training, review: Review, language: Language) -> str:
    from goodfit.findings.words import render_message, render_undecided

    told = _told(training, review)
    if told is not None:
        return render_message(told, language=language)
    if not training.pairs:
        return _TEXT[language]["no_points"]
    reason = _why_undecided(training, review)
    return _standing(training, language) if reason is None else render_undecided(reason, language=language)


def _told(training: Training, review: Review) -> Finding | None:
    """The finding that a training's line tells: the worst, else the first note about the objective, else the first."""
    if review.worst is not None or not training.pairs:
        return review.worst
    objective = training.pairs[0].metric
    notes = [finding for finding in review.findings if finding.metric == objective]
    return next(iter(notes or review.findings), None)


def _standing(training: Training, language: Language) -> str:
    """Where the objective stands, for a training of which nothing else is to be said."""
    from goodfit.findings.words import format_value

    pair = training.pairs[0]
    key = pair.validation or pair.train
    scalars = training.scalars(key) if key is not None else None
    if scalars is None or not len(scalars.values):
        return ""
    value, step = format_value("value", float(scalars.values[-1])), format_value("step", int(scalars.steps[-1]))
    return _TEXT[language]["standing"].format(metric=pair.metric, value=value, step=step)


@dataclass(frozen=True, slots=True)
class Detail:
    """A line below a training."""

    mark: str
    colour: Colour
    text: str


def _details(
    training: Training, review: Review, language: Language, *, shows_notes: bool, render: tuple[Any, Any]
) -> list[Detail]:
    """What stands below a training: what to try first for the worst finding, and its other findings."""
    render_message, render_advice = render
    found = []
    worst = review.worst
    if worst is not None:
        advice = render_advice(worst, language=language)
        if advice:
            found.append(Detail(_TEXT[language]["checkpoint"] + ":", "dim", clean(" ".join(advice[:2]))))
    told = _told(training, review)
    for finding in review.findings:
        if finding is told or (finding.severity == "info" and not shows_notes):
            continue
        mark, colour = _MARKS[finding.severity]
        found.append(Detail(mark, colour, clean(render_message(finding, language=language))))
    return found


FORECAST_SHARE = 0.5
"""How far ahead is forecast, as a share of the points so far: further, the bands say little."""


MAX_FORECAST = 500
"""Of more trainings only those that still run are forecast in the table: each forecast costs a millisecond."""


MAX_EARLIER = 16
"""Other trainings that are asked how a running one may go on."""


def _forecast(training: Training, others: Sequence[Training]) -> Forecast | None:
    """Where the objective will probably go; None for one of unknown direction, or too short to say."""
    if not training.pairs or training.pairs[0].direction is None:
        return None
    from goodfit.findings.forecast import forecast

    pair = training.pairs[0]
    key = pair.validation or pair.train
    if key is None:
        return None
    horizon = min(10_000, max(1, round(FORECAST_SHARE * len(training.scalars(key).values))))
    answer = forecast(training, horizon=horizon, only_end=True, earlier=_earlier(training, others))
    return None if answer.refusal or "ends_in_nan" in answer.cautions else answer


def _earlier(training: Training, others: Sequence[Training]) -> list[Training]:
    """The newest trainings of the same folder that have ended and have the same objective, for one that has not."""
    if training.state != "running":
        return []
    folder, metric = training.name.rpartition("/")[0], training.pairs[0].metric
    alike = [
        other
        for other in others
        if other.state != "running"
        and other.name.rpartition("/")[0] == folder
        and other.pairs
        and other.pairs[0].metric == metric
    ]
    return sorted(alike, key=lambda other: -other.last_wall_time)[:MAX_EARLIER]


def _forecast_text(training: Training, others: Sequence[Training], language: Language, *, is_asked: bool) -> str:
    """The forecast in a few words, for a training that still runs, and where asked for one that has ended."""
    is_running = training.state == "running"
    answer = _forecast(training, others) if is_running or is_asked else None
    if answer is None or "few_points" in answer.cautions:
        return ""
    from goodfit.findings.words import format_value

    numbers = {
        name: format_value("value", float(values[-1]))
        for name, values in (("median", answer.median), ("lower", answer.lower), ("upper", answer.upper))
    }
    text = _TEXT[language]
    said = text["forecast" if is_running else "if_continued"].format(
        step=format_value("step", int(answer.steps[-1])), **numbers
    )
    if answer.advice == "stop" and is_running:
        return f"{said}; {text['no_gain']}"
    hourly = answer.improvement_per_hour
    return (
        said
        if math.isnan(hourly) or not is_running
        else f"{said}; {text['hourly'].format(gain=format_value('value', hourly))}"
    )


def _forecast_json(training: Training, others: Sequence[Training]) -> dict[str, Any] | None:
    answer = _forecast(training, others)
    if answer is None:
        return None
    return {
        "metric": training.pairs[0].metric,
        "step": int(answer.steps[-1]),
        "median": float(answer.median[-1]),
        "lower": float(answer.lower[-1]),
        "upper": float(answer.upper[-1]),
        "level": answer.level,
        "cautions": list(answer.cautions),
        "advice": answer.advice,
        "expected_improvement": _finite(answer.expected_improvement),
        "improvement_per_hour": _finite(answer.improvement_per_hour),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _spark(training: Training) -> str:
    if not training.pairs:
        return ""
    from goodfit.query.align import newest_branch

    pair = training.pairs[0]
    key = pair.validation or pair.train
    return "" if key is None else sparkline(newest_branch(training.scalars(key)).values)


def _print_json(
    logdir: Path | Address, trainings: Sequence[Training], reviews: Sequence[Review], issues: Sequence[ReadIssue]
) -> None:
    """One object, a line a training, written one by one: all of them as text take more memory than their reviews."""
    import json

    def write(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    def write_list(items: Iterable[object]) -> None:
        lead = "\n  "
        for item in items:
            click.echo(lead + write(item), nl=False)
            lead = ",\n  "

    click.echo(f'{{"schema": 1,\n "logdir": {write(str(logdir))},\n "trainings": [', nl=False)
    write_list(_training_json(training, review, trainings) for training, review in zip(trainings, reviews, strict=True))
    click.echo('],\n "file_issues": [', nl=False)
    write_list(
        {
            "path": issue.path,
            "offset": issue.offset,
            "kind": issue.kind,
            "skipped_bytes": issue.skipped_bytes,
            "detail": issue.detail,
        }
        for issue in issues
    )
    click.echo("]}")


def _training_json(training: Training, review: Review, others: Sequence[Training]) -> dict[str, Any]:
    from goodfit.findings.words import render_undecided

    return {
        "training": training.name,
        "runs": list(training.runs),
        "state": training.state,
        "first_step": training.first_step,
        "last_step": training.last_step,
        "n_points": training.n_points,
        "pairs": [
            {"metric": pair.metric, "train": _key_json(pair.train), "validation": _key_json(pair.validation)}
            for pair in training.pairs
        ],
        "findings": [_finding_json(finding) for finding in review.findings],
        "undecided": [
            {"rule": item.rule, "metric": item.metric, "why": item.why, "message": render_undecided(item)}
            for item in review.undecided
        ],
        "forecast": _forecast_json(training, others),
    }


def _key_json(key: SeriesKey | None) -> dict[str, str] | None:
    return None if key is None else {"run": key.run, "tag": key.tag}


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "metric": finding.metric,
        "onset_step": finding.onset_step,
        "onset_interval": None if finding.onset_interval is None else list(finding.onset_interval),
        "step": finding.step,
        "confidence": finding.confidence,
        "evidence": {name: _number_json(value) for name, value in finding.evidence.items()},
        "message": finding.message,
        "advice": finding.advice,
    }


def _number_json(value: Any) -> Any:
    """A value that JSON can carry: what is not finite becomes its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    return value
