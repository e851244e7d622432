"""Two stores → an assertion that they hold the same, value by value."""

from __future__ import annotations

import numpy as np

from goodfit.store.store import Store


def assert_same(found: Store, wanted: Store) -> int:
    """Compares runs, series and every point or value of them; returns how many series there are."""
    assert found.list_runs() == wanted.list_runs()
    assert found.list_series() == wanted.list_series()
    for info in wanted.list_series():
        if info.kind == "scalar":
            mine, theirs = found.read_scalars(info.key), wanted.read_scalars(info.key)
            for name in ("steps", "wall_times", "values"):
                np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name), strict=True)
        else:
            blobs, others = found.read_blobs(info.key), wanted.read_blobs(info.key)
            np.testing.assert_array_equal(blobs.steps, others.steps)
            assert [blobs.read(place) for place in range(len(blobs.steps))] == [
                others.read(place) for place in range(len(others.steps))
            ]
    return len(wanted.list_series())
