"""Findings of a training → the alerts that are worth a buzz, each once.

By default somebody is told at once of what cannot mend itself: values that are no numbers, and divergence. Other rules
are told when they are named (`alerts.rules`, or `*` for all) and reach `alerts.min_severity`. What one finding
explains is not told beside it: a loss of NaN is not also "diverged".
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodfit.alerts.facts import describe_training
from goodfit.alerts.message import Message, make_message
from goodfit.alerts.outbox import TTL_END_S, TTL_INFO_S, TTL_WARNING_S
from goodfit.findings.words import Language, render_advice, render_message, render_title

if TYPE_CHECKING:
    from goodfit.config import Settings
    from goodfit.findings.finding import Finding
    from goodfit.query.training import Training
    from goodfit.types import Severity

DEFAULT_RULES = ("nonfinite", "diverged")
_SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")
_MARK: dict[Severity, str] = {"error": "✗", "warning": "!", "info": "·"}
_TTL_S: dict[Severity, float] = {"error": TTL_END_S, "warning": TTL_WARNING_S, "info": TTL_INFO_S}
# Of the same metric, the left one explains the right ones.
_EXPLAINS = {"nonfinite": ("diverged", "spike", "plateau", "overfit"), "diverged": ("plateau", "overfit", "spike")}


@dataclass(frozen=True, slots=True)
class Policy:
    """Which findings are told."""

    rules: tuple[str, ...] = DEFAULT_RULES
    """Names of rules; `*` stands for all."""
    min_severity: Severity = "warning"
    language: Language = "en"

    def wants(self, finding: Finding) -> bool:
        """Whether a finding is worth telling."""
        is_named = finding.rule in self.rules or "*" in self.rules
        return is_named and _SEVERITIES.index(finding.severity) >= _SEVERITIES.index(self.min_severity)


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding as a message, and what makes it the same as one told before."""

    message: Message
    kind: str
    identity: str
    ttl_s: float
    finding: Finding


def load_policy(settings: Settings) -> Policy:
    """The policy that the settings ask for. Raises ConfigError."""
    from goodfit.errors import ConfigError

    severity = settings.text("alerts.min_severity", default="warning")
    if severity not in _SEVERITIES:
        raise ConfigError(f"setting 'alerts.min_severity' is {severity!r}, wanted one of {', '.join(_SEVERITIES)}.")
    return Policy(
        rules=settings.words("alerts.rules", default=DEFAULT_RULES),
        min_severity=next(one for one in _SEVERITIES if one == severity),
        language=settings.language,
    )


def alerts_for(
    training: Training,
    findings: Iterable[Finding],
    previous: Set[str],
    *,
    policy: Policy | None = None,
    name: str | None = None,
    session: str = "",
) -> list[Alert]:
    """The alerts that a training's findings give rise to and that were not told before, worst first.

    Args:
        training: the training as it is now.
        findings: the newest judgement of it.
        previous: identities told before.
        policy: which findings are told; None for the defaults.
        name: what to call the training; None for its own name.
        session: tells one attempt at a training from the next in the same folder.
    """
    policy = policy or Policy()
    wanted = [finding for finding in findings if policy.wants(finding)]
    explained = {(rule, finding.metric) for finding in wanted for rule in _EXPLAINS.get(finding.rule, ())}
    alerts: list[Alert] = []
    told = set(previous)
    for finding in sorted(wanted, key=lambda one: -_SEVERITIES.index(one.severity)):
        identity = "|".join((session, training.name, finding.rule, finding.metric))
        if identity in told or (finding.rule, finding.metric) in explained:
            continue
        told.add(identity)
        alerts.append(
            Alert(_message(training, finding, policy, name), finding.rule, identity, _TTL_S[finding.severity], finding)
        )
    return alerts


def _message(training: Training, finding: Finding, policy: Policy, name: str | None) -> Message:
    lines = [render_message(finding, language=policy.language)]
    lines += [f"→ {advice}" for advice in render_advice(finding, language=policy.language)[:1]]
    lines += describe_training(training, policy.language)
    title = f"{_MARK[finding.severity]} {name or training.name}: {render_title(finding, language=policy.language)}"
    return make_message(title, "\n".join(lines), severity=finding.severity)
