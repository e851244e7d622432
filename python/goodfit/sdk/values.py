"""Whatever a training loop holds → Python numbers and numpy arrays, without importing its framework.

Tensors are recognised by what they can do (`detach`, `numpy`, `item`), never by their type. A conversion copies to
the host at most once. Integers and floats pass through `number_of` unchanged.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from goodfit.errors import BadArgument

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def number_of(value: Any, *, what: str = "value") -> float:
    """The number that `value` holds: a Python or numpy scalar, or an array or tensor with one element.

    Args:
        value: Anything with `item()`, `numpy()` or `__float__`. Text is refused, even "0.3".
        what: Names the value in the error.

    Raises:
        BadArgument: It is not one number.

    >>> number_of(3)
    3.0
    """
    if isinstance(value, (str, bytes, type(None))):
        raise BadArgument(f"{what} is {value!r:.60}, wanted one number")
    try:
        return float(_item(value))
    except (TypeError, ValueError, RuntimeError) as error:
        raise BadArgument(f"{what} is {_seen(value)}, wanted one number") from error


def _item(value: Any) -> Any:
    if isinstance(value, (int, float)):
        return value
    if hasattr(value, "item"):
        return value.item()
    if hasattr(value, "numpy"):
        return value.numpy().item()
    return value


def step_of(step: Any) -> int:
    """The whole number that `step` holds.

    Raises:
        BadArgument: It is not a whole number.

    >>> step_of(2.0)
    2
    """
    try:
        return operator.index(step)
    except TypeError:
        number = number_of(step, what="step")
    if number != number // 1 or abs(number) > 2**63:
        raise BadArgument(f"step is {number}, wanted a whole number")
    return int(number)


def array_of(values: Any) -> npt.NDArray[Any]:
    """A numpy array of `values`: a list, an array of any library, or a tensor on any device (detached, copied to the
    host).
    """
    import numpy as np

    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":
            values = values.float()
        values = values.numpy()
    elif hasattr(values, "numpy") and not isinstance(values, np.ndarray):
        values = values.numpy()
    return np.asarray(values)


def real_array_of(values: Any, *, what: str = "values") -> npt.NDArray[np.float64]:
    """`array_of` as float64.

    Raises:
        BadArgument: The elements are not real numbers.
    """
    import numpy as np

    array = array_of(values)
    if array.dtype.kind in "OUSMmVc" and not _is_extension_float(array.dtype):
        raise BadArgument(f"{what} have dtype {array.dtype}, wanted real numbers")
    return array.astype(np.float64, copy=False)


def _is_extension_float(dtype: Any) -> bool:
    # bfloat16 and float8 of ml_dtypes have kind "V".
    return dtype.kind == "V" and "float" in dtype.name


def _seen(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{_article(type(value).__name__)} of shape {tuple(shape)}"
    return f"{_article(type(value).__name__)} ({value!r:.60})"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"
