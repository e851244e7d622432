"""A host and a port → a listening socket: the next free port where the wanted one is taken.

Apart from the server, whose imports take a third of a second: the port is ours, and its line is printed, before them.
"""

from __future__ import annotations

import errno
import socket

from goodfit.errors import BadArgument

PORT_TRIES = 100
"""Ports looked at after a taken one, as TensorBoard does."""
_TAKEN = {errno.EADDRINUSE, errno.EACCES}


def bind(host: str, port: int, *, tries: int = PORT_TRIES) -> socket.socket:
    """A bound socket on `port` or the next free one; port 0 takes any. It listens once the server runs.

    Raises:
        BadArgument: the host is not an address of this machine, or no port in reach is free.
    """
    name = host.strip("[]")
    try:
        family, _, _, _, _ = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise BadArgument(
            f"--host {host!r} is not a name or an address: {error.strerror}.", hint="--host 127.0.0.1"
        ) from error
    last = port if port == 0 else min(port + tries, 65_536) - 1
    for candidate in range(port, last + 1):
        # The protocol by name: asyncio sends without delay only on sockets that have it, and accepted ones inherit it.
        # Without, each answer whose body follows its header waits 40 ms for the browser's acknowledgement.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # Without it, a port stays taken for a minute after the server that had it ended.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((name, candidate))
            # Two sockets may be bound to one port as long as none listens: listening settles whose it is.
            listener.listen(2_048)
        except OSError as error:
            listener.close()
            if error.errno in _TAKEN and candidate < last:
                continue
            if error.errno in _TAKEN:
                break
            raise BadArgument(f"--host {host!r} cannot be listened on: {error.strerror}.") from error
        listener.setblocking(False)
        return listener
    raise BadArgument(f"ports {port} to {last} are all taken.", hint="--port 0 takes any free one")
