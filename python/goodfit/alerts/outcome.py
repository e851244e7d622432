"""What a service answered → what to do next: deliver, wait, or stop.

class       delivery                     channel
sent        done                         goes on
transient   waits, tries again           waits with it
unknown     as transient: the request may have arrived, so only the same `guid` makes the repeat safe
rate        waits as long as told        all targets of the credential wait
quota       failed, revived at rollover  stopped until the month ends (UTC)
auth        failed, revived by a token   stopped until the credential changes
config      failed                       goes on with its other targets
permanent   failed                       goes on
"""

from __future__ import annotations

import email.utils
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

OutcomeKind = Literal["sent", "transient", "unknown", "rate", "quota", "auth", "config", "permanent"]
Scope = Literal["credential", "target"]

MAX_RETRY_DELAY_S = 15 * 60.0
MIN_RATE_WAIT_S, MAX_RATE_WAIT_S = 1.0, 3600.0
MAX_REASON = 300
_MAX_SAID = 4_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    kind: OutcomeKind
    reason: str = ""
    """What the service or the network said; redacted and then cut to `MAX_REASON` characters before it is stored."""
    status_code: int | None = None
    """HTTP status or SMTP reply code; None when there was no answer."""
    remote_id: str = ""
    """The service's own name of the message."""
    wait_s: float | None = None
    """How long the service asked to wait; None when it did not say."""
    scope: Scope = "credential"
    """What an `auth` stop covers: everything sent with the credential, or this target alone."""

    @property
    def is_final(self) -> bool:
        """Whether the delivery is not tried again by itself."""
        return self.kind in ("sent", "quota", "auth", "config", "permanent")


def retry_delay_s(n_attempts: int, rng: random.Random) -> float:
    """How long to wait after the n-th attempt failed: about 1, 2, 4 … s, at most 15 min.

    Jittered over half to one and a half times the step, so that machines which failed together do not come back
    together, while the first repeat still comes quickly.

    Args:
        n_attempts: attempts made so far, at least 1.
        rng: the source of jitter.
    """
    step = min(2.0 ** min(n_attempts - 1, 30), MAX_RETRY_DELAY_S)
    return min(step * rng.uniform(0.5, 1.5), MAX_RETRY_DELAY_S)


def wait_from_headers(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, from `Retry-After` (seconds or a date), else `X-Ratelimit-Reset` (unix seconds); clamped to 1
    s..1 h.

    Args:
        headers: names in lower case.
        now: seconds since the epoch.

    >>> wait_from_headers({"retry-after": "7"}, 0.0), wait_from_headers({"x-ratelimit-reset": "100"}, 40.0)
    (7.0, 60.0)
    >>> wait_from_headers({"retry-after": "86400"}, 0.0), wait_from_headers({}, 0.0)
    (3600.0, None)
    """
    wait: float | None = None
    given = headers.get("retry-after", "").strip()
    if given:
        try:
            wait = float(given)
        except ValueError:
            try:
                wait = email.utils.parsedate_to_datetime(given).timestamp() - now
            except ValueError:
                wait = None
    if wait is None:
        try:
            wait = float(headers.get("x-ratelimit-reset", "")) - now
        except ValueError:
            return None
    if wait != wait:
        return None
    return min(max(wait, MIN_RATE_WAIT_S), MAX_RATE_WAIT_S)


def next_month(now: float) -> float:
    """The first second of the next month, UTC.

    >>> next_month(datetime(2026, 12, 31, 23, tzinfo=UTC).timestamp()) == datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    True
    """
    moment = datetime.fromtimestamp(now, UTC)
    year, month = (moment.year + 1, 1) if moment.month == 12 else (moment.year, moment.month + 1)
    return datetime(year, month, 1, tzinfo=UTC).timestamp()


def shorten_reason(text: str) -> str:
    """One line of a length that can be held; longer than `MAX_REASON`, for half a secret is not known to be one."""
    return " ".join(text.split())[:_MAX_SAID]
