"""Ports of this machine where nobody listens, for programs that must be told one."""

import socket

_HELD: list[socket.socket] = []


def free_port(host: str = "127.0.0.1") -> int:
    """One that no other program is given while this process lives; a server may still ask for it by its number."""
    held = socket.socket()
    # Two may be bound to one port where both say so, as servers do, and only one of them listens.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind((host, 0))
    _HELD.append(held)
    return int(held.getsockname()[1])
