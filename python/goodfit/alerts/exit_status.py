"""A process that is not our child → how it ended, as its parent would learn.

Until the parent has reaped it, /proc tells. After that, Linux 6.15 keeps the exit status with a pidfd that was opened
while the process lived (PIDFD_GET_INFO, linux/pidfd.h):

    u64 mask, u64 cgroup, u32 × 11 (pid, tgid, ppid, ids), i32 exit_code      64 bytes, PIDFD_INFO_SIZE_VER0

Elsewhere nobody but the parent is told, and the answer is None.
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

_INFO_BYTES = 64
_INFO_EXIT = 1 << 3  # PIDFD_INFO_EXIT, asked for and answered in `mask`
# _IOWR(0xFF, 11, struct pidfd_info): direction, size, type, number, asm-generic/ioctl.h
_GET_INFO = 3 << 30 | _INFO_BYTES << 16 | 0xFF << 8 | 11


def read_return_code(process: int, pid: int) -> int | None:
    """The exit status of a process that has ended, or minus the number of the signal that ended it.

    Args:
        process: a pidfd that was opened while it lived.
        pid: its id.

    Returns:
        As `subprocess.Popen.returncode`; None while the process lives, and where the system does not tell.
    """
    if sys.platform != "linux":
        return None
    # Its parent may reap it between the two looks; then the first knows.
    for read in (_read_reaped, lambda _: _read_zombie(pid), _read_reaped):
        status = read(process)
        if status is not None:
            return os.waitstatus_to_exitcode(status)
    return None


def _read_reaped(process: int) -> int | None:
    """The wait status of a process that its parent has reaped."""
    import fcntl

    info = bytearray(_INFO_BYTES)
    struct.pack_into("<Q", info, 0, _INFO_EXIT)
    try:
        fcntl.ioctl(process, _GET_INFO, info)
    except OSError:
        return None
    mask: int = struct.unpack_from("<Q", info)[0]
    status: int = struct.unpack_from("<i", info, _INFO_BYTES - 4)[0]
    return status if mask & _INFO_EXIT else None


def _read_zombie(pid: int) -> int | None:
    """The wait status of a process that has ended and waits to be reaped: the last field of /proc/PID/stat."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return int(fields[-1]) if fields[0] == "Z" else None
