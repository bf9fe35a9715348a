"""Real clusters of Dask on loopback: a scheduler and workers, each a process of its own, to be killed at any moment."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from conftest import free_port

Process = subprocess.Popen[bytes]


class Cluster:
    """A scheduler, and workers that come to it.  `folder` keeps what they say."""

    def __init__(
        self, folder: Path, *, scheme: str = "tcp", environment: Mapping[str, str] | None = None
    ) -> None:
        self.address = f"{scheme}://127.0.0.1:{free_port()}"
        self.folder = folder
        self._environment = {**os.environ, **(environment or {})}
        self._processes: list[Process] = []
        self.scheduler = self._start("scheduler", "--host", self.address)
        self.workers: list[Process] = []

    def add_worker(self, *options: str, environment: Mapping[str, str] | None = None) -> Process:
        """Start a worker.  Without a nanny nobody starts it again, and it is the process that is killed."""
        worker = self._start(
            "worker", self.address, "--nthreads", "1", "--death-timeout", "30", "--local-directory", str(self.folder),
            *(options or ("--no-nanny",)), environment=environment,
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def said(self) -> str:
        return "\n".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("*.said")))

    def close(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()

    def _start(self, what: str, *words: str, environment: Mapping[str, str] | None = None) -> Process:
        command: Sequence[str] = [
            sys.executable,
            "-m",
            f"distributed.cli.dask_{what}",
            *words,
            "--no-dashboard",
        ]
        with (self.folder / f"{len(self._processes)}-{what}.said").open("wb") as said:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**self._environment, **(environment or {})},
            )  # fmt: skip
        self._processes.append(process)
        return process


@contextmanager
def cluster(
    folder: Path, workers: int = 2, *, scheme: str = "tcp", environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Give a cluster as long as it lasts."""
    folder.mkdir(exist_ok=True)
    made = Cluster(folder, scheme=scheme, environment=environment)
    try:
        for _ in range(workers):
            made.add_worker()
        yield made
    finally:
        made.close()


def children(process: int) -> list[int]:
    """Give the processes that a process has started, from any of its threads."""
    return [
        int(word)
        for file in Path(f"/proc/{process}/task").glob("*/children")
        for word in file.read_text().split()
    ]


def ends(process: int, seconds: float = 10) -> bool:
    """Wait for the end of a process that is not our child."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}:
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False
