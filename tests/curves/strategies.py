"""Arrays no function of curves may stumble over, and the ones that properties are tried on."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

HOSTILE: dict[str, np.ndarray] = {
    "constant": np.full(60, 3.0),
    "zeros": np.zeros(60),
    "tiny": np.linspace(1, 0, 60) * 1e-300,
    "denormal": np.linspace(1, 0, 60) * 5e-324,
    "huge": np.linspace(1, 0.1, 60) * 1e300,
    "mixed": np.tile([1e150, 1e-150], 30),
    "staircase": np.repeat(np.arange(12.0)[::-1], 5),
    "alternating": np.tile([1.0, -1.0], 30),
    "sine": np.sin(np.arange(60.0)),
    "one spike": np.r_[np.ones(30), 1e9, np.ones(29)],
}

curves = hnp.arrays(
    np.float64, st.integers(min_value=12, max_value=300), elements=st.floats(-100, 100, allow_nan=False, width=32)
)
scales = st.sampled_from([2.0**-20, 0.5, 1.0, 4.0, 2.0**20])
"""Powers of two, so that scaling is exact."""
