"""Who works at a store, and whether that process still lives.

A claim is held by a worker, and a worker is given up when it was silent for LEASE.  Where it ran on this very machine there is
no need to wait: the system knows its processes.
"""

import os
import socket
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from .marks import stamp
from .tables import WORKER

LEASE = timedelta(minutes=15)
"""How long a worker may be silent before its sites are handed to others.  Claiming and keeping are signs of life."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`machine`: where process numbers mean the same; `process`: the number, and when it started where that is known."""

    machine: str
    process: str


def identity() -> Identity:
    """Give the identity of this process."""
    return Identity(_machine(), f"{os.getpid()} {_started(os.getpid())}")


def is_dead(worker: Identity) -> bool:
    """Say whether the process is known to be gone; of another machine nothing is known."""
    here = _machine()
    if worker.machine != here:
        return _before_a_restart(worker.machine, here)
    if sys.platform == "win32":
        return False  # asking after a process would end it there
    number, _, started = worker.process.partition(" ")
    if not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it belongs to somebody else, so it lives
        return False
    return _started(int(number)) != started


def enlist(connection: Connection, now: datetime) -> int:
    """Give the number of this process as a worker."""
    me = identity()
    row = insert(WORKER).values(machine=me.machine, process=me.process, alive_until=stamp(now + LEASE))
    return int(connection.execute(row.returning(WORKER.c.id)).scalar_one())


def alive(connection: Connection, worker: int, now: datetime) -> None:
    """Note a sign of life."""
    row = update(WORKER).where(WORKER.c.id == worker)
    connection.execute(row.values(alive_until=stamp(now + LEASE)))


def lost(connection: Connection, workers: tuple[int, ...], now: datetime) -> tuple[int, ...]:
    """Give those of `workers` that will not come back: silent for too long, or known to be dead."""
    rows = connection.execute(select(WORKER).where(WORKER.c.id.in_(workers)))
    silent = stamp(now)
    return tuple(
        row.id for row in rows if row.alive_until < silent or is_dead(Identity(row.machine, row.process))
    )


def _started(process: int) -> str:
    """Give when a process started, in ticks since the system did; empty where that cannot be told, `dead` for a zombie."""
    try:
        words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    after_name = words.rpartition(")")[2].split()
    return "dead" if after_name[0] in {"Z", "X"} else after_name[19]


@cache
def _machine() -> str:
    """Give the machine, its start, and the space of process numbers (a container has its own)."""
    return " ".join(
        (
            _line("/etc/machine-id") or "-",
            socket.gethostname(),
            _line("/proc/sys/kernel/random/boot_id") or "-",
            _space(),
        )
    )


def _before_a_restart(machine: str, here: str) -> bool:
    """Say whether `machine` is this one before it was started anew; only a machine with a number of its own can tell."""
    then, now = machine.split(), here.split()
    return len(then) == len(now) == 4 and now[0] != "-" and then[:2] == now[:2] and then[2] != now[2]


def _space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return "-"


def _line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
