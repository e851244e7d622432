"""Values → the buckets of a TensorBoard histogram.

A float64 tensor of shape [bins, 3], rows (left, right, count): equal widths from the smallest value to the largest;
the last bucket is closed. No values: all zeros. Values all equal: every bucket is [v, v] and the last one holds the
count. These are the rules of TensorBoard's histogram plugin, `plugins/histogram/summary_v2.py` ("Histograms V3").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument
from goodfit.sdk.payload import CLASS_TENSOR, DT_DOUBLE, Payload
from goodfit.sdk.values import real_array_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Float64Array = npt.NDArray[np.float64]


def from_buckets(edges: Any, counts: Any) -> Payload:
    """The payload of buckets that are known already: `counts[i]` values lie in [edges[i], edges[i + 1]).

    Raises:
        BadArgument: There is not one edge more than there are counts.
    """
    import numpy as np

    limits, weights = real_array_of(edges, what="edges"), real_array_of(counts, what="counts")
    if limits.ndim != 1 or limits.size != weights.size + 1 or weights.ndim != 1:
        raise BadArgument(f"{limits.size} edges for {weights.size} counts, wanted one more edge than counts")
    rows = np.stack([limits[:-1], limits[1:], weights], axis=1).astype("<f8")
    return Payload(DT_DOUBLE, rows.shape, rows.tobytes(), "histograms", data_class=CLASS_TENSOR)


def histogram(values: Any, *, bins: int = 30) -> Payload:
    """The histogram of all elements of `values`, of any shape.

    NaN and infinities have no place in it; the payload says how many there were.

    Raises:
        BadArgument: `bins` is below 1 or the elements are not real numbers.
    """
    import numpy as np

    if bins < 1:
        raise BadArgument(f"bins is {bins}, wanted at least 1")
    array = real_array_of(values).ravel()
    is_finite = np.isfinite(array)
    n_nonfinite = int(array.size - np.count_nonzero(is_finite))
    if n_nonfinite:
        array = array[is_finite]
    rows = np.zeros((bins, 3), dtype="<f8")
    if array.size:
        low, high = float(array.min()), float(array.max())
        if low == high:
            rows[:, 0] = rows[:, 1] = low
            rows[-1, 2] = array.size
        else:
            # Scaled by a power of two first, which is exact, so that neither huge nor tiny values leave float64's
            # range.
            _, exponent = np.frexp(max(abs(low), abs(high)))
            counts, edges = _count(np.ldexp(array, -exponent), bins)
            edges = np.ldexp(edges, exponent)
            edges[0], edges[-1] = low, high
            rows[:, 0], rows[:, 1], rows[:, 2] = edges[:-1], edges[1:], counts
    return Payload(
        DT_DOUBLE, (bins, 3), rows.tobytes(), "histograms", data_class=CLASS_TENSOR,
        n_nonfinite=n_nonfinite, n_values=int(is_finite.size),
    )  # fmt: skip


def _count(array: Float64Array, bins: int) -> tuple[Float64Array, Float64Array]:
    """Counts and edges of equal buckets over values of size 1 or less."""
    import numpy as np

    low, high = array.min(), array.max()
    edges = np.linspace(low, high, bins + 1)
    if np.all(edges[1:] > edges[:-1]):
        counts, edges = np.histogram(array, bins=bins, range=(low, high))
        return counts, edges
    # Fewer floats than buckets lie between the ends: some buckets are empty by their width.
    places = np.minimum(((array - low) / (high - low) * bins).astype(np.int64), bins - 1)
    return np.bincount(places, minlength=bins).astype(np.float64), edges
