"""The crawl: the whole way from a list to a store, against Scrapy as it comes, which asks and reads the same."""

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from voorbehoud.core.use import Use
from voorbehoud.evaluate.verdict import SignalState, Verdict
from voorbehoud.fetch.settings import Settings
from voorbehoud.grammar.robots import RobotsTxt
from voorbehoud.history import open_store

from .distant import Distant, distant
from .farm import Farm, farm
from .made import agents

SITES, PEER_SITES = 1_000, 200
"""As many as take about as long; both pay for their own start."""

ROUNDS = 5
HEADINGS = "| what | against | theirs | ours | ratio | floor | requests a site | memory, MB |\n|---|---|---:|---:|---:|---:|---:|---:|"


@dataclass(frozen=True, slots=True)
class CrawlRow:
    """One line: milliseconds of CPU a site, or sites a second; `memory` of all our processes together at their peaks."""

    what: str
    against: str
    theirs: float
    ours: float
    ratio: float
    floor: str
    requests: float
    memory: float

    def __str__(self) -> str:
        return (
            f"| {self.what} | {self.against} | {self.theirs:,.2f} | {self.ours:,.2f} | {self.ratio:,.2f}x | {self.floor} "
            f"| {self.requests:,.2f} | {self.memory:,.0f} |"
        )


@dataclass(frozen=True, slots=True)
class Cost:
    """What one crawl took: seconds of CPU of all its processes, seconds of wall time, bytes of memory, requests."""

    cpu: float
    wall: float
    memory: float
    requests: int


def rows(quick: bool) -> Iterator[CrawlRow]:
    """Yield CPU over plain HTTP and TLS, and wall time against distant servers; `quick` TLS alone."""
    for tls, floor in ((False, "12x"), (True, "7x"))[quick:]:
        with farm(3 if quick else SITES, tls=tls) as sites, tempfile.TemporaryDirectory() as name:
            yield _beside_scrapy(sites, Path(name), "TLS" if tls else "plain HTTP", floor, quick)
    if not quick:
        yield _far_away()


def growth(quick: bool) -> Iterator[CrawlRow]:
    """Yield what 50,000 sites cost each, beside 1,000."""
    few, many = (2, 4) if quick else (1_000, 50_000)
    with farm(many) as sites, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = (_ours(sites, sites.sites[:number], folder / f"{number}.db") for number in (few, many))
        each = [cost.cpu / number * 1e3 for cost, number in ((small, few), (large, many))]
        yield CrawlRow(
            f"CPU ms a site, {many:,} sites", f"ourselves, {few:,} sites", each[0], each[1], each[1] / each[0],
            "at most 1.25x, 250 MB", large.requests / many, large.memory,
        )  # fmt: skip


def _beside_scrapy(sites: Farm, folder: Path, what: str, floor: str, quick: bool) -> CrawlRow:
    number, fewer = len(sites.sites), 2 if quick else PEER_SITES
    ours: list[Cost] = []
    theirs: list[Cost] = []
    plan = folder / "plan.json"
    _ours(sites, sites.sites[:1], folder / "first.db")
    plan.write_text(json.dumps(_plan(folder / "first.db", sites.sites[0])))
    _theirs(sites, sites.sites[:1], plan, folder / "first.jsonl")
    for turn in range(1 if quick else ROUNDS):
        store, answers = folder / f"{turn}.db", folder / f"{turn}.jsonl"
        ours.append(_ours(sites, sites.sites, store))
        theirs.append(_theirs(sites, sites.sites[:fewer], plan, answers))
        if ours[-1].requests * fewer != theirs[-1].requests * number:
            raise AssertionError(
                f"{ours[-1].requests / number} against {theirs[-1].requests / fewer} requests a site"
            )
        _compare(store, answers, number, fewer)
    mine = median(cost.cpu for cost in ours) / number * 1e3
    other = median(cost.cpu for cost in theirs) / fewer * 1e3
    return CrawlRow(
        f"CPU ms a site, {what}, {number:,} sites", f"Scrapy, default settings, {fewer} sites", other, mine, other / mine, floor,
        ours[-1].requests / number, max(cost.memory for cost in ours),
    )  # fmt: skip


def _far_away() -> CrawlRow:
    """Give sites a second against servers that take 150 to 250 ms for each answer."""
    many, few = 3_000, 100
    with distant(many) as sites, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _ours(sites, sites.sites[:1], folder / "first.db")
        plan = folder / "plan.json"
        plan.write_text(json.dumps(_plan(folder / "first.db", sites.sites[0])))
        theirs = _theirs(sites, sites.sites[:few], plan, folder / "answers.jsonl")
        ours = _ours(sites, sites.sites, folder / "store.db")
    mine, other = many / ours.wall, few / theirs.wall
    return CrawlRow(
        f"sites a second, 150 to 250 ms away, {many:,} sites", "Scrapy, default settings", other, mine, mine / other, "20x",
        ours.requests / many, ours.memory,
    )  # fmt: skip


def _plan(store: Path, site: str) -> list[tuple[str, str, str | None]]:
    """Give what we asked a site, for the peer to ask the same: method, path, and the other reader that asked."""
    with open_store(str(store), create=False) as opened:
        (seen,) = opened.observations(site)
    own = Settings().agent
    return [
        (c.method, c.asked.removeprefix(site), None if c.agent == own else c.agent) for c in seen.captures
    ]


def _compare(store: Path, answers: Path, number: int, fewer: int) -> None:
    """Hold our verdicts against what the peer read, where the two can be compared."""
    told = {line["site"]: line for line in map(json.loads, answers.read_text().splitlines())}
    with open_store(str(store), create=False) as opened:
        judged = list(opened.verdicts())
        some = judged[0][0].member.site
        (seen,) = islice(opened.observations(some), 1)
    if len(told) != fewer or len(judged) != number:
        raise AssertionError(f"Scrapy finished {len(told)} of {fewer} sites and we {len(judged)} of {number}")
    for standing, verdict in judged[:fewer]:
        theirs = told[standing.member.site]
        reserved = (
            theirs["file"] == [1] and theirs["home"] == theirs["sample"] == "1" and not theirs["differ"]
        )
        if reserved is not (standing.use(Use.TDM).strict is Verdict.RESERVED):
            raise AssertionError(f"{standing.member.site}: {theirs} against {standing}")
        present = {result.signal for result in verdict.signals if result.state is SignalState.PRESENT}
        if present != set(theirs["signals"]):
            raise AssertionError(f"{standing.member.site}: {theirs['signals']} against {sorted(present)}")
        if [platform.name for platform in verdict.platforms] != theirs["home platforms"]:
            raise AssertionError(f"{standing.member.site}: another platform than {theirs['home platforms']}")
    robots = RobotsTxt.parse(seen.captures[0].body)
    if told[some]["refused"] != sum(not robots.access(name, "/").allowed for name in agents()):
        raise AssertionError("Protego lets others in than we do")


def _ours(sites: Farm | Distant, chosen: Sequence[str], store: Path) -> Cost:
    words = ("-", "--store", str(store), "--allow-private", "--format", "json")
    return _run(sites, ["-m", "voorbehoud", "crawl", *words], "\n".join(chosen))


def _theirs(sites: Farm | Distant, chosen: Sequence[str], plan: Path, answers: Path) -> Cost:
    return _run(sites, ["-m", "benchmarks.crawl_peer", str(plan), str(answers)], "\n".join(chosen))


def _run(sites: Farm | Distant, words: Sequence[str], text: str) -> Cost:
    """Run a program of Python with `text` on its stdin, and give what it and its children took."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # who crawls each week does not compile Python each time
    if sites.authorities is not None:
        environment["SSL_CERT_FILE"] = str(sites.authorities)
    before, began = sites.requests(), time.monotonic()
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as said:
        source.write(text.encode())
        source.seek(0)
        process = subprocess.Popen(  # noqa: S603 (this Python, our own modules)
            [sys.executable, *words], stdin=source, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        peaks: dict[int, int] = {}
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks, over))
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        over.set()
        watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            raise AssertionError(f"exit {process.returncode}: {said.read().decode(errors='replace')}")
    return Cost(used.ru_utime + used.ru_stime, wall, sum(peaks.values()) / 1024, sites.requests() - before)


def _watch(process: int, peaks: dict[int, int], over: threading.Event) -> None:
    """Note the peak of memory, in KiB, of a process and its children as long as they run."""
    while not over.wait(0.05):
        with suppress(OSError, ValueError):
            children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
            for number in (process, *map(int, children)):
                found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{number}/status").read_text())
                if found:
                    peaks[number] = int(found[1])
