"""A Keras callback with all arguments of keras.callbacks.TensorBoard, for any backend, without TensorFlow.

    from goodfit.keras import Monitor
    model.fit(x, y, epochs=10, validation_split=0.2, callbacks=[Monitor("logs/fit/exp1", histogram_freq=1)])

It writes the same files, and besides says how the training ended and tells `notify=` channels of it.
"""

from __future__ import annotations

import importlib
from typing import Any

from goodfit.sdk.keras_monitor.monitor import MonitorHooks

__all__ = ["Monitor"]


def _callback_class() -> Any:
    """The base class of Keras's callbacks; `object` where Keras is missing, so that importing this module always
    works.
    """
    try:
        return importlib.import_module("keras.callbacks").Callback
    except ImportError:
        return object


class Monitor(MonitorHooks, _callback_class()):  # type: ignore[misc]
    __doc__ = MonitorHooks.__doc__
