"""Views of trainings → the same in a third of the bytes: the metrics that trainings share are said once.

Of 500 trainings with ten metrics, most of the landing view was the same names 500 times over, and parsing them took a
browser a tenth of the time to its first chart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from goodfit.server import wire
from goodfit.server.schema import PackedTraining, PairShape, SeriesRef, SeriesShape, TrainingView, ValueShape


@dataclass(frozen=True, slots=True)
class Packed:
    """One training, and which shapes it is to be read with."""

    raw: msgspec.Raw
    pairs: int
    values: int


@dataclass(slots=True)
class Shapes:
    """Lists of names, each kept once; a number names it for as long as the server runs."""

    _numbers: dict[bytes, int] = field(default_factory=dict)
    _raws: list[msgspec.Raw] = field(default_factory=list)

    def number_of(self, shape: list[PairShape] | list[ValueShape]) -> int:
        raw = wire.encode(shape)
        number = self._numbers.setdefault(raw, len(self._raws))
        if number == len(self._raws):
            self._raws.append(msgspec.Raw(raw))
        return number

    def pick(self, numbers: Iterable[int]) -> dict[str, msgspec.Raw]:
        """Those named, by their numbers."""
        return {str(number): self._raws[number] for number in sorted(set(numbers))}


class Packer:
    """Packs trainings, and knows the shapes of all that it packed."""

    def __init__(self) -> None:
        self.pairs = Shapes()
        self.values = Shapes()

    def pack(self, view: TrainingView) -> Packed:
        """A view whose series all lie in its own runs, as those of a training do."""

        def shape_of(ref: SeriesRef | None) -> SeriesShape | None:
            return None if ref is None else SeriesShape(run=view.runs.index(ref.run), tag=ref.tag)

        pairs = self.pairs.number_of(
            [
                PairShape(pair.metric, shape_of(pair.train), shape_of(pair.validation), pair.direction, pair.how)
                for pair in view.pairs
            ]
        )
        values = self.values.number_of([ValueShape(one.metric, one.half) for one in view.latest])
        rest = {name: getattr(view, name) for name in view.__struct_fields__ if name not in ("pairs", "latest")}
        packed = PackedTraining(
            **rest,
            pairs=pairs,
            latest=values,
            values=[part for one in view.latest for part in (one.step, one.value, one.best, one.best_step)],
        )
        return Packed(msgspec.Raw(wire.encode(packed)), pairs, values)
