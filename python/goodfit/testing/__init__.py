"""Takes: nothing.
Gives: log folders, curves with known truth and strategies, for our tests and the users'.
May import: everything; imported by nothing shipped.
"""

from __future__ import annotations

from goodfit.testing.curves import PlantedPair, Truth, decay, make_pair, make_pairs, noise, restart
from goodfit.testing.logs import (
    append_giant_length,
    append_torn_tail,
    corrupt_record,
    list_record_offsets,
    write_keras_training,
    write_many_files,
    write_run,
)

__all__ = [
    "PlantedPair", "Truth", "append_giant_length", "append_torn_tail", "corrupt_record", "decay", "list_record_offsets",
    "make_pair", "make_pairs", "noise", "restart", "write_keras_training", "write_many_files", "write_run",
]  # fmt: skip
