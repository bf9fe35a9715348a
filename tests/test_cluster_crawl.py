"""A crawl on a real cluster: what it sees, and what is left when a worker, the driver or the scheduler is killed."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awkward_servers import Farm, Reply, answer, certificate, page
from clusters import Cluster, children, cluster, ends
from voorbehoud.core.member import Member
from voorbehoud.evaluate.verdict import RULES_VERSION
from voorbehoud.fetch.settings import Settings
from voorbehoud.history import open_store
from voorbehoud.history.packed import Packed
from voorbehoud.look import look, target_of
from voorbehoud.survey.shard import EDITION, Order, OtherVersionError, carry, unpack, work

pytest_plugins = ["awkward_servers"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

TDM = answer(b'[{"location": "/", "tdm-reservation": 1}]', "Content-Type: application/json")
RESERVED = {"/": page("werk"), "/.well-known/tdmrep.json": TDM}
DEADLY = "dit kost het leven"


class Sticking(dict[str, Reply]):
    """Pages of which ai.txt gets no answer any more after some visits: these do not end by themselves.  `stuck`: how many."""

    def stick_after(self, visits: int | None) -> None:
        self.left, self.stuck = visits, 0

    def get(self, path: str, default: Any = None) -> Any:
        if path == "/ai.txt" and self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.stuck += 1
                return Reply(b"", "stall")
        return super().get(path, default)


def sites_of(farm: Farm, number: int, network: int = 1, pages: Mapping[str, Reply] = RESERVED) -> list[str]:
    """Give sites that each have an address to themselves."""
    return [farm.site(pages, address=f"127.7.{network}.{last}") for last in range(1, number + 1)]


def start(
    address: str,
    folder: Path,
    sites: Sequence[str],
    *options: str,
    environment: Mapping[str, str] | None = None,
) -> "subprocess.Popen[str]":
    (folder / "sites.txt").write_text("\n".join(sites))
    words = [
        str(folder / "sites.txt"),
        "--store",
        str(folder / "s.db"),
        "--cluster",
        address,
        "--allow-private",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "voorbehoud", "crawl", *words, "--lang", "en", "--format", "json", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})},
    )  # fmt: skip


def ended(running: "subprocess.Popen[str]", code: int) -> tuple[dict[str, Any], str]:
    out, said = running.communicate(timeout=100)
    assert running.returncode == code, said
    return (json.loads(out) if out else {}), said


def until(running: "subprocess.Popen[str]", true: Callable[[], bool]) -> None:
    """Wait for something to be so, while a crawl is running."""
    while not true():
        assert running.poll() is None, running.communicate()[1]
        time.sleep(0.02)


def kept(folder: Path) -> Counter[str]:
    with open_store(str(folder / "s.db"), create=False) as store:
        return Counter(s.member.site for run in store.runs() for s in store.standings(run.run) if s.protected)


# ---- killed ------------------------------------------------------------------------------------------------------------
@pytest.mark.timeout(240)
def test_worker_driver_and_scheduler_are_killed_in_turn_and_every_site_is_done_once(
    farm: Farm, tmp_path: Path
) -> None:
    pages = Sticking(RESERVED)
    pages.stick_after(40)  # by then a shard of fifteen is done, whatever the dead worker had begun
    sites = sites_of(farm, 60, pages=pages)
    slowly = ("--delay", "0.1", "--concurrency", "4")

    def begun() -> int:
        return sum(farm.connections[site] for site in sites)  # a visit has one connection

    def visiting(first: Cluster) -> list[int]:
        return [child for worker in first.workers for child in children(worker.pid)]

    with cluster(tmp_path / "first") as first:
        running = start(first.address, tmp_path, sites, *slowly)
        until(running, lambda: begun() >= 5 and bool(children(first.workers[0].pid)))
        (child,) = children(first.workers[0].pid)
        first.workers[0].kill()
        assert ends(child), "what the worker had started goes on without it"
        first.workers[0] = first.add_worker()

        until(running, lambda: pages.stuck >= 4 and kept(tmp_path).total() > 0)
        held = visiting(first)
        running.kill()
        running.communicate()
        assert held
        assert all(map(ends, held)), "a worker goes on for a driver that is gone"

        pages.stick_after(0)
        running = start(first.address, tmp_path, sites, *slowly)
        until(running, lambda: pages.stuck >= 4)
        held = visiting(first)
        first.scheduler.kill()
        _, said = ended(running, 2)
        assert "the scheduler is gone. What came back is kept" in said
        assert "Traceback" not in said
        assert held
        assert all(map(ends, held)), "a worker goes on without its scheduler"
        for worker in first.workers:
            worker.wait(30)
        pages.stick_after(None)

    before = kept(tmp_path).total()
    assert 0 < before < len(sites)
    with cluster(tmp_path / "second", workers=1) as second:
        told, said = ended(start(second.address, tmp_path, sites, "--delay", "0"), 0)
    assert f"{before} of 60" in said
    assert told["sites"]["done"] == told["sites"]["total"] == 60
    assert kept(tmp_path) == Counter(sites)
    assert begun() <= 60 + 45  # at most what the shards that were out had begun


@pytest.mark.timeout(240)
def test_a_site_that_kills_its_worker_is_found_given_up_and_named_and_nobody_beside_it(
    farm: Farm, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import os, signal, sys
if any("voorbehoud.survey.child" in word for word in sys.orig_argv):
    import voorbehoud.evaluate.site as site
    judge = site.judge
    def deadly(name, captures, now):
        if any({DEADLY.encode()!r} in capture.body for capture in captures):
            os.kill(os.getppid(), signal.SIGKILL)
        return judge(name, captures, now)
    site.judge = deadly
"""
    )
    killer = farm.site({"/": page(DEADLY)}, address="127.7.2.1")
    others = sites_of(farm, 2, network=3)
    # A worker is blamed for its first death, so that not the whole afternoon goes by; with the three that Dask allows it is the same.
    environment = {"PYTHONPATH": str(tmp_path), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    with cluster(tmp_path / "said", workers=0, environment=environment) as deadly:
        deadly.add_worker("--nanny")
        told, said = ended(start(deadly.address, tmp_path, [others[0], killer, others[1]], "--delay", "0"), 1)
    assert told["given_up"] == [killer]
    assert told["sites"]["done"] == 2
    assert f"because reading it made our program stop: {killer}" in said
    assert "workers died while they visited it" in said
    assert kept(tmp_path) == Counter(others)
    assert farm.connections[killer] == 3  # with the others, by itself, and when nothing else was out


# ---- what travels ------------------------------------------------------------------------------------------------------
@pytest.mark.timeout(240)
def test_over_tls_a_cluster_sees_what_a_check_sees_and_other_versions_are_refused(
    farm: Farm, tmp_path: Path
) -> None:
    _, pem = certificate(tmp_path)
    names = (
        "CA_FILE",
        *(f"{who}__{what}" for who in ("CLIENT", "SCHEDULER", "WORKER") for what in ("CERT", "KEY")),
    )
    tls = {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(pem) for name in names}
    sites = [
        farm.site(RESERVED, address="127.7.4.1"),
        farm.site({"/": page("<p>niets")}, address="127.7.4.2"),
        "http://127.7.4.3:1",
    ]
    with cluster(tmp_path / "said", workers=1, scheme="tls", environment=tls) as guarded:
        told, _ = ended(start(guarded.address, tmp_path, sites, "--delay", "0", environment=tls), 0)
        (tmp_path / "sitecustomize.py").write_text(
            "import importlib.metadata as m\nversion = m.version\n"
            "m.version = lambda name: '0.0.9' if name == 'voorbehoud' else version(name)\n"
        )
        guarded.add_worker("--no-nanny", environment={"PYTHONPATH": str(tmp_path)})
        give_up = time.monotonic() + 60
        while guarded.said().count("Registered to") < 2 and time.monotonic() < give_up:
            time.sleep(0.05)
        _, said = ended(start(guarded.address, tmp_path, sites, environment=tls), 2)
    assert "has another voorbehoud (0.0.9) than this machine" in said
    assert told["protected"] == 1
    assert told["unreachable"] == 1
    checked = look([target_of(site, None, ()) for site in sites], allow_private=True)
    some = datetime(2026, 1, 1, tzinfo=UTC)
    with open_store(str(tmp_path / "s.db"), create=False) as store:
        assert [count.observed for count in store.runs()] == [3]
        verdicts = {standing.member.site: verdict for standing, verdict in store.verdicts()}
    assert {site: replace(verdict, checked=some) for site, verdict in verdicts.items()} == {
        verdict.site: replace(verdict, checked=some) for verdict in checked
    }


def test_a_worker_of_another_version_visits_nothing() -> None:
    for version in ("0.0.9, rules 2026-01-01", EDITION.replace(RULES_VERSION, "2026-01-01")):
        with pytest.raises(OtherVersionError, match=f"{EDITION}; the crawl {version}"):
            work(Order((), Settings(), version))


def test_a_shard_comes_home_when_it_is_heavy_and_what_it_left_is_named(farm: Farm) -> None:
    members = [Member(site) for site in sites_of(farm, 40, network=5)]
    settings = Settings(allow_private=True, delay=0, concurrency=1, otherwise=False)
    haul = carry(members, settings, lambda: True, most=1)
    found = [news.site for news in map(unpack, haul.pieces) if isinstance(news, Packed)]
    assert 0 < len(found) < 40
    assert sorted([*found, *haul.left]) == sorted(member.site for member in members)
