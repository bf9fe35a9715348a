"""The way to a scheduler of Dask, and what can be wrong with it: the address, the certificates, who works there.

What travels are pickles: whoever reaches scheduler or workers can run any program there.  They belong on a private network, or
behind the TLS of Dask.
"""

import asyncio
import logging
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from distributed import Client
from distributed.core import rpc
from distributed.security import Security

from ..core.errors import UserError

CONNECT_SECONDS = 10
WORKER_SECONDS = 60
"""Seconds without a single worker after which there is no point in waiting."""

PORT = 8786
"""Where a scheduler of Dask listens unless it is told otherwise."""

NAME = "DASK_DISTRIBUTED__COMM__TLS__"
FILES = {
    "tls_ca_file": f"{NAME}CA_FILE",
    "tls_client_cert": f"{NAME}CLIENT__CERT",
    "tls_client_key": f"{NAME}CLIENT__KEY",
}
"""The files that TLS needs here, and the variables of Dask that name them."""


@contextmanager
def connect(address: str, version: str) -> Iterator[Client]:
    """Give a client of the scheduler at `address` (`tcp://host:port`, `tls://host:port`, `host:port`), with workers of our `version`.

    Raises UserError, with the way out, where it is not reached, has no workers, or other ones than we are.
    """
    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(
            logging.CRITICAL
        )  # what goes wrong is told by us, once and in a sentence
    place = scheduler_at(address)
    security = _security() if place.startswith("tls:") else None
    try:
        asyncio.run(asyncio.wait_for(_greet(place, security), CONNECT_SECONDS))
        client = Client(place, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise UserError(
            f"{address}: no scheduler answers there within {CONNECT_SECONDS} seconds ({_first_line(error)}). Start one with "
            "`dask scheduler`, look at the port and the firewall between you, and write tls:// where it speaks TLS."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError as error:
            raise no_workers(address) from error
        told = client.get_versions(packages=["voorbehoud", "distributed"])["workers"]
        mismatch(told, {"voorbehoud": version, "Python": _minor(platform.python_version())})
        yield client


def scheduler_at(address: str) -> str:
    """Give the address of a scheduler with its scheme and port.  Raises UserError."""
    wrong = UserError(
        f"{address}: not the address of a scheduler. Give what `dask scheduler` prints, such as tcp://10.0.0.5:{PORT} or tls://…"
    )
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        port = parts.port or PORT
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"tcp", "tls"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def mismatch(workers: Mapping[str, Mapping[str, Any]], ours: Mapping[str, str]) -> None:
    """Compare what Dask tells of each worker with what we are.  Raises UserError where something differs."""
    for name, about in workers.items():
        theirs = {
            "voorbehoud": about["packages"].get("voorbehoud") or "not installed",
            "Python": _minor(str(about["host"]["python"])),
        }
        for what, mine in ours.items():
            if theirs[what] != mine:
                raise UserError(
                    f"The worker at {name} has another {what} ({theirs[what]}) than this machine ({mine}), and pickles travel "
                    f"between them. Install the same on all: pip install 'voorbehoud[cluster]=={ours['voorbehoud']}'"
                )


def no_workers(address: str) -> UserError:
    return UserError(
        f"{address}: the scheduler had no workers for {WORKER_SECONDS} seconds. Start some with `dask worker {address}`, then "
        "type the same command again: what is done is done."
    )


def gone(address: str) -> UserError:
    return UserError(
        f"{address}: the scheduler is gone. What came back is kept; start scheduler and workers again, then type the same command."
    )


async def _greet(place: str, security: Security | None) -> None:
    """Ask a scheduler who it is: the client would wait for ever for something that listens and says nothing."""
    arguments = security.get_connection_args("client") if security is not None else None
    async with rpc(place, connection_args=arguments) as scheduler:
        await scheduler.identity()


def _security() -> Security:
    """Give the TLS of Dask's own configuration, which scheduler and workers are set up with as well."""
    security = Security(require_encryption=True)
    for name, variable in FILES.items():
        if not getattr(security, name):
            raise UserError(
                f"tls:// needs three files. Name them in {', '.join(FILES.values())}; {variable} is empty."
            )
    try:
        security.get_connection_args("client")
    except OSError as error:  # ssl.SSLError is one
        named = ", ".join(f"{variable}={getattr(security, name)}" for name, variable in FILES.items())
        raise UserError(
            f"The files for tls:// cannot be used ({_first_line(error)}). Look at {named}"
        ) from error
    return security


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]
