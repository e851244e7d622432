"""The methods of an event file, for a process that must not write one: rank 1 and on, or a trial run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodfit.sdk.payload import Payload


class NoFile:
    """Takes everything that an `EventFile` takes and leaves it."""

    def add_scalars(self, step: int, values: dict[str, float], wall_time: float | None = None) -> bool:
        return True

    def add(
        self, step: int, tag: str, payload: Payload, *, description: str = "", wall_time: float | None = None
    ) -> bool:
        return True

    def add_field(self, field: int, content: bytes, *, step: int = 0, wall_time: float | None = None) -> bool:
        return True

    def flush(self) -> bool:
        return True

    def close(self) -> bool:
        return True
