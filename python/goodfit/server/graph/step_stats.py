"""A serialised RunMetadata of a traced step → what each node took: time, memory, device.

    RunMetadata         1 step_stats: StepStats
    StepStats           1 dev_stats: DeviceStepStats, repeated
    DeviceStepStats     1 device · 2 node_stats: NodeExecStats, repeated
    NodeExecStats       1 node_name · 5 all_end_rel_micros · 6 memory: AllocatorMemoryUsed, repeated
    AllocatorMemoryUsed 2 total_bytes

TensorFlow 1 and tf.compat.v1 write it with `FileWriter.add_run_metadata`; PyTorch's `add_graph` leaves the nodes out.
Source: tensorflow/core/framework/step_stats.proto
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from goodfit.wire import read_fields, read_integer, read_messages, read_text, signed


@dataclass(slots=True)
class NodeCost:
    """What one node took in one step, all its runs together."""

    micros: int = 0
    """Microseconds between the starts and the ends of its kernels."""
    memory_bytes: int = 0
    """Allocated by its kernels."""
    device: str = ""
    """Where it ran last."""


def has_node_costs(data: bytes) -> bool:
    """Whether the timing of any node was recorded. Raises Undecodable."""
    return any(
        read_messages(device, 2) for step_stats in read_messages(data, 1) for device in read_messages(step_stats, 1)
    )


def read_node_costs(data: bytes) -> Mapping[str, NodeCost]:
    """The cost of each node by its name. Raises Undecodable.

    Negative times and sizes, which some kernels report, count as none. Names of GPU streams (`name:kernel`) tell the
    same work again and are left out.
    """
    costs: dict[str, NodeCost] = {}
    for step_stats in read_messages(data, 1):
        for device_stats in read_messages(step_stats, 1):
            device = read_text(device_stats, 1)
            for node_stats in read_messages(device_stats, 2):
                name, micros, memory_bytes = _read_node_stats(node_stats)
                if name and ":" not in name:
                    cost = costs.setdefault(name, NodeCost())
                    cost.micros += micros
                    cost.memory_bytes += memory_bytes
                    cost.device = device
    return costs


def _read_node_stats(node_stats: bytes) -> tuple[str, int, int]:
    """Name, microseconds, bytes of a NodeExecStats."""
    name = ""
    micros = memory_bytes = 0
    for number, _, value in read_fields(node_stats):
        if number == 1 and isinstance(value, bytes):
            name = value.decode("utf-8", "replace")
        elif number == 5 and isinstance(value, int):
            micros = max(0, signed(value))
        elif number == 6 and isinstance(value, bytes):
            memory_bytes += max(0, read_integer(value, 2))
    return name, micros, memory_bytes
