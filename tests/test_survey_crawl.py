"""From a list to a store: real sites, a real store, processes that really die."""

import json
import pickle
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from awkward_servers import Farm, Reply, answer, page
from voorbehoud.cli import main
from voorbehoud.core.member import Member
from voorbehoud.fetch.settings import Settings
from voorbehoud.history import open_store
from voorbehoud.history.packed import Packed
from voorbehoud.look import look, target_of
from voorbehoud.survey.crawl import crawl
from voorbehoud.survey.observe import Casualty, observe, observe_all

pytest_plugins = ["awkward_servers"]

NEAR = Settings(allow_private=True)
TDM = answer(b'[{"location": "/", "tdm-reservation": 1}]', "Content-Type: application/json")
RESERVED = {"/": page("<a href=/werk>w</a>"), "/werk": page("werk"), "/.well-known/tdmrep.json": TDM}
DEADLY = "dit kost het leven"


@pytest.fixture
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the judging of a site whose home page says DEADLY end the process that judges, and other words raise or hang it."""
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import os, signal, time
import voorbehoud.evaluate.site as site
judge = site.judge
def deadly(name, captures, now):
    words = b" ".join(capture.body for capture in captures)
    if {DEADLY.encode()!r} in words:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"dit geeft een fout" in words:
        raise LookupError("a mistake of ours")
    while b"dit duurt eeuwig" in words:
        time.sleep(1)
    if b"dit laat niemand meer aan het woord" in words:
        open({str(tmp_path / "stuck")!r}, "w").close()
        sum(range(10**15))  # no other thread has a turn
    return judge(name, captures, now)
site.judge = deadly
"""
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "voorbehoud", "crawl", *map(str, words), "--allow-private", "--lang", "en"]


def listed(folder: Path, *sites: str) -> Path:
    file = folder / "sites.txt"
    file.write_text("\n".join(sites))
    return file


def told(done: "subprocess.CompletedProcess[str]") -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(done.stdout)
    return found


# ---- what is observed ------------------------------------------------------------------------------------------------
def test_a_crawl_sees_what_a_check_sees(farm: Farm, tmp_path: Path) -> None:
    sites = [
        farm.site(RESERVED),
        farm.site({"/": page("<p>niets")}),
        farm.site(
            {
                **RESERVED,
                "/": page("<img src=/a.jpg><a href=/b.pdf>b"),
                "/a.jpg": answer(b"x", "tdm-reservation: 0"),
            }
        ),
        farm.site({**RESERVED, "/robots.txt": answer(b"User-agent: *\nDisallow: /\n")}),
        farm.site({"/robots.txt": Reply(b"", "reset"), "/": page("")}),
        farm.site({**RESERVED, "/": page("<link rel=alternate type=application/rss+xml href=/feed>")}),
        "http://127.0.0.1:1",
    ]
    with open_store(str(tmp_path / "store.db")) as store:
        summary = crawl(store, map(Member, sites), NEAR)
        kept = {standing.member.site: verdict for standing, verdict in store.verdicts()}
    checked = look([target_of(site, None, ()) for site in sites], allow_private=True)
    some = datetime(2026, 1, 1, tzinfo=UTC)
    for verdict in checked:
        assert replace(kept[verdict.site], checked=some) == replace(verdict, checked=some)
    assert (summary.observed, summary.protected, summary.unreachable) == (7, 2, 3)
    assert summary.progress.done == summary.progress.total == 7


def test_members_and_their_media_are_kept(farm: Farm, tmp_path: Path) -> None:
    media = farm.site({"/a.jpg": answer(b"x")})
    site = farm.site(RESERVED)
    (tmp_path / "leden.csv").write_text(f"site;member;media;group\n{site};7;{media};foto\n{site};8;;\n")
    store = tmp_path / "store.db"
    done = subprocess.run(
        command(tmp_path / "leden.csv", "--store", store, "--contact", "ict@bond.example", "--format", "json"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"line 3: {site} is also on line 2" in done.stderr
    assert told(done)["sites"] == {
        "waiting": 0, "claimed": 0, "done": 1, "given_up": 0, "dropped": 0, "total": 1,
    }  # fmt: skip
    with open_store(str(store), create=False) as opened:
        (standing,) = opened.standings()
        (seen,) = opened.observations(site)
    assert standing.member == Member(site, "7", (media,), "foto")
    assert f"{media}/.well-known/tdmrep.json" in {capture.asked for capture in seen.captures}
    assert all("ict@bond.example" in capture.agent for capture in seen.captures)


def test_a_shard_travels_as_pickles(farm: Farm) -> None:
    order = pickle.dumps((observe_all, (Member(farm.site(RESERVED)), Member(farm.site({}))), NEAR))
    function, members, settings = pickle.loads(order)  # noqa: S301 (our own)
    found = pickle.loads(pickle.dumps(list(function(members, settings))))  # noqa: S301
    assert sorted(seen.site for seen in found) == sorted(member.site for member in members)
    assert all(isinstance(seen, Packed) for seen in found)


# ---- what dies ---------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("deadly")
def test_a_site_that_kills_its_reader_is_given_up_after_three_attempts_and_named(
    farm: Farm, tmp_path: Path
) -> None:
    killer = farm.site({"/": page(DEADLY)})
    others = [farm.site(RESERVED) for _ in range(6)]
    broken = farm.site({"/": page("dit geeft een fout")})
    store = tmp_path / "store.db"
    done = subprocess.run(
        command(listed(tmp_path, *others[:3], killer, broken, *others[3:]), "--store", store, "--format", "json"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert sorted(told(done)["given_up"]) == sorted([killer, broken])  # type: ignore[call-overload]
    assert f"Given up after three attempts, because reading it made our program stop: {killer}" in done.stderr
    assert "exit code -9" in done.stderr or "a mistake of ours" in done.stderr
    assert farm.paths(killer).count("/robots.txt") == 3 * 3  # asked as three readers each time
    with open_store(str(store), create=False) as opened:
        assert {s.member.site for s in opened.standings() if s.protected} == set(others)


@pytest.mark.usefixtures("deadly")
def test_a_reader_that_is_stuck_is_ended(farm: Farm) -> None:
    site = farm.site({"/": page("dit duurt eeuwig")})
    settings = Settings(allow_private=True, otherwise=False, site_seconds=0.5)
    left = [(Member(site),), None]
    with closing(observe(lambda _: left.pop(0), settings, patience=1.0)) as found:
        (casualty,) = [news for news in found if news is not None]
    assert isinstance(casualty, Casualty)
    assert casualty.suspects == (site,)
    assert "no news" in casualty.words


def test_kill_9_at_any_moment_loses_no_site_and_repeats_few(farm: Farm, tmp_path: Path) -> None:
    sites = [farm.site(RESERVED) for _ in range(60)]
    store, file = tmp_path / "store.db", listed(tmp_path, *sites)
    kills = 0
    for asked in (3, 20, 40):
        running = subprocess.Popen(
            command(file, "--store", store), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while running.poll() is None and sum(bool(farm.connections[site]) for site in sites) < asked:
            time.sleep(0.01)
        if running.poll() is None:
            running.kill()
            kills += 1
        running.wait()
    done = subprocess.run(
        command(file, "--store", store, "--format", "json"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert kills == 3
    assert "The last run was not finished" in done.stderr
    with open_store(str(store), create=False) as opened:
        assert Counter(standing.member.site for standing in opened.standings()) == Counter(sites)
        assert [count.observed for count in opened.runs()] == [60]
    visits = sum(farm.paths(site).count("/.well-known/tdmrep.json") for site in sites) / 3
    assert visits <= 60 + 3 * 25


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(farm: Farm, tmp_path: Path) -> None:
    quick = [farm.site(RESERVED) for _ in range(5)]
    slow = farm.site({"/robots.txt": Reply(b"", "stall")})
    store, file = tmp_path / "store.db", listed(tmp_path, *quick, slow)
    running = subprocess.Popen(
        command(file, "--store", store), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and not (store.exists() and done_in(store) == 5):
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Stopped. 5 of 6 sites are kept; the same command goes on where it was." in said
    with open_store(str(store), create=False) as opened:
        run = opened.unfinished()
        assert run is not None
        assert opened.progress(run).waiting == 1  # nobody has to wait for a lease to end


def done_in(store: Path) -> int:
    try:
        with open_store(str(store), create=False) as opened:
            return sum(1 for _ in opened.standings())
    except Exception:  # it is being made
        return 0


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_the_child_ends_with_its_parent(farm: Farm, tmp_path: Path) -> None:
    sites = [farm.site({"/robots.txt": Reply(b"", "stall")}) for _ in range(3)]
    running = subprocess.Popen(
        command(listed(tmp_path, *sites), "--store", tmp_path / "s.db"), stderr=subprocess.DEVNULL
    )
    while not all(farm.connections[site] for site in sites):
        time.sleep(0.01)
    child = int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()[0])
    running.kill()
    running.wait()
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up and alive(child):
        time.sleep(0.02)
    assert not alive(child)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not do this")
@pytest.mark.usefixtures("deadly")
def test_a_reader_that_notices_nothing_more_ends_with_its_parent(farm: Farm, tmp_path: Path) -> None:
    site = farm.site({"/": page("dit laat niemand meer aan het woord")})
    running = subprocess.Popen(
        [*command(listed(tmp_path, site), "--store", tmp_path / "s.db"), "--delay", "0"],
        stderr=subprocess.DEVNULL,
    )
    while not (tmp_path / "stuck").exists():
        assert running.poll() is None
        time.sleep(0.01)
    child = int(Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()[0])
    running.kill()
    running.wait()
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up and alive(child):
        time.sleep(0.02)
    assert not alive(child)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False


# ---- exit codes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["http://127.0.0.1:1\nhttp://127.0.0.1:2\n"],
            3,
            "2 of 2 sites done: 0 fully reserved, 2 not reached.\n",
        ),
        (["https://a.example/werk\nb c\n"], 2, "stdin, line 2: more than one thing"),
        (["# niets\n"], 2, "there is no site in it"),
        (["http://127.0.0.1:1\n", "--contact", "a\nX: y"], 2, "--contact"),
    ],
    ids=["nobody answers", "faults", "empty", "a header in the contact"],
)
def test_how_it_ends(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    text, *options = words
    store = str(tmp_path / "s.db")
    asked = ["crawl", "-", "--store", store, "--allow-private", "--lang", "en", *options]
    done = CliRunner().invoke(main, asked, input=text)
    assert done.exit_code == code, done.output
    assert said in done.output
    assert "\x1b" not in done.output


def test_the_next_crawl_is_a_new_run(farm: Farm, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "s.db")) as store:
        for _ in range(2):
            crawl(store, [Member(farm.site(RESERVED))], NEAR)
        assert [count.observed for count in store.runs()] == [1, 1]
