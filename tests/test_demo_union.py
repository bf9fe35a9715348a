"""The union of the demo: three weeks come out as its fixtures promise, and what differs is seen."""

import io
import json
import smtplib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from voorbehoud.cli import main, union_sites
from voorbehoud.cli import union as union_demo
from voorbehoud.cli.post_box import open_post_box
from voorbehoud.cli.union_server import open_union
from voorbehoud.cli.union_sites import WEEKS, kinds, union
from voorbehoud.evaluate.drift import State
from voorbehoud.history import open_store
from voorbehoud.report import charts

ATOM = "{http://www.w3.org/2005/Atom}"


# ---- the story -------------------------------------------------------------------------------------------------------
def test_three_weeks_are_as_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary, to = tmp_path / "temporary", tmp_path / "bond"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    done = CliRunner().invoke(main, ["demo", "--union", "--sites", "60", "--to", str(to), "--lang", "nl"])
    assert done.exit_code == 0, done.output
    assert "Elke uitkomst is zoals het voorbeeld belooft." in done.stdout
    assert "✗" in done.stderr  # the bundle with one byte changed
    assert {path.name for path in to.iterdir()} == {
        "addresses.csv", "alerts.toml", "bundle", "changes.atom", "members.csv", "members.db", "report.html",
    }  # fmt: skip
    assert list(temporary.iterdir()) == []
    members = union(60)
    with open_store(str(to / "members.db"), create=False) as store:
        runs = store.runs()
        assert [run.observed for run in runs] == [60] * WEEKS
        began = [run.run.started for run in runs]
        assert [round((later - first).total_seconds() / 86_400) for first, later in pairwise(began)] == [7, 7]
        seen = (seen for own in store.standings() for seen in store.observations(own.member.site))
        asked = {capture.url for each in seen for capture in each.captures}
        assert [
            url for url in asked if not url.startswith("http://127.0.")
        ] == []  # nothing leaves the machine
        states = Counter((change.drift.state, change.member.member) for change in store.changes())
    wanted = Counter((state, str(site.number)) for site in members for state in site.kind.told if state)
    assert states == wanted
    away = next(str(site.number) for site in members if site.kind.name == "away-once")
    assert [state for state, member in states if member == away] == [State.UNREACHABLE, State.PRESENT]
    assert len(etree.parse(to / "changes.atom").findall(f"{ATOM}entry")) == wanted.total()
    checked = CliRunner().invoke(main, ["evidence", "verify", str(to / "bundle")])
    assert checked.exit_code == 0, checked.output


def test_a_promise_that_is_not_kept_ends_with_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoiled = [_promising_too_much(kind) if kind.name == "wix" else kind for kind in kinds()]
    monkeypatch.setattr(union_sites, "kinds", lambda: tuple(spoiled))
    monkeypatch.setattr(union_demo, "WEEKS", 1)
    monkeypatch.setattr(charts, "available", lambda: False)  # they take a second, and are looked at elsewhere
    words = ["demo", "--union", "--sites", str(len(spoiled)), "--to", str(tmp_path / "bond"), "--lang", "en"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 1
    assert ", week 1: protected: false" in done.stderr
    assert ", week 1: TDF999 is missing" in done.stderr
    assert "report, week 1: " in done.stderr


def _promising_too_much(kind: union_sites.Kind) -> union_sites.Kind:
    weeks = (
        replace(week, expected=replace(week.expected, protected=True, findings=("TDF999",)))
        for week in kind.weeks
    )
    return replace(kind, weeks=tuple(weeks))


@pytest.mark.parametrize("sites", ["3", "60"])
def test_it_says_what_it_needs_before_it_begins(tmp_path: Path, sites: str) -> None:
    (tmp_path / "mine.txt").write_text("here already")
    done = CliRunner().invoke(main, ["demo", "--union", "--sites", sites, "--to", str(tmp_path)])
    assert done.exit_code == 2
    assert ("is not empty" in done.stderr) is (sites == "60")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# ---- the parts -------------------------------------------------------------------------------------------------------
def test_the_kinds_share_out_any_number_of_sites() -> None:
    assert sum(kind.share for kind in kinds()) == 1_000
    for count in (len(kinds()), 60, 1_000):
        members = union(count)
        assert [site.number for site in members] == list(range(1, count + 1))
        assert {site.kind.name for site in members} == {kind.name for kind in kinds()}
    for kind in kinds():
        assert len(kind.weeks) == len(kind.told) == WEEKS
        assert set(kind.about) == {"nl", "en"}


def test_a_site_answers_as_its_week_says() -> None:
    members = union(60)
    with open_union(60) as server:
        at = {site.kind.name: origins for site, origins in zip(members, server.origins, strict=True)}
        server.week(1)
        robots = _asked(at["wordpress"][0] + "/robots.txt")
        assert f"Sitemap: {at['wordpress'][0]}/wp-sitemap.xml" in robots.read().decode()
        assert "https://api.w.org/" in robots.headers["Link"]
        assert f'src="{at["wix"][1]}/werk-1.jpg"' in _asked(at["wix"][0] + "/").read().decode()
        assert _asked(at["wix"][1] + "/werk-1.jpg").headers["Content-Type"] == "image/jpeg"
        assert _asked(at["shell"][0] + "/robots.txt").headers["Content-Type"] == "text/html"
        assert json.load(io.TextIOWrapper(_asked(at["away-once"][0] + "/.well-known/tdmrep.json")))
        with pytest.raises(urllib.error.HTTPError, match="404"):
            _asked(at["wordpress"][0] + "/.well-known/tdmrep.json")
        assert _asked(at["refusing"][0] + "/").status == 200
        with pytest.raises(urllib.error.HTTPError, match="403"):
            _asked(at["refusing"][0] + "/", "voorbehoud/0.1")
        for week, there in ((2, False), (3, True)):
            server.week(week)
            if there:
                assert _asked(at["away-once"][0] + "/").status == 200
            else:
                with pytest.raises(urllib.error.URLError, match="refused"):
                    _asked(at["away-once"][0] + "/")


def _asked(url: str, agent: str = "Mozilla/5.0") -> "urllib.request.http.client.HTTPResponse":  # type: ignore[name-defined]
    return urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": agent}), timeout=10)  # noqa: S310


def test_the_server_ends_with_its_input() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voorbehoud.cli.union_server", "60"],
        input="1\n", capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert len(json.loads(done.stdout.splitlines()[0])) == 60


def test_the_post_box_keeps_letters_as_they_were() -> None:
    with open_post_box() as box, smtplib.SMTP("127.0.0.1", box.port) as line:
        for body in ("een\n.twee\n..drie", "vier"):
            line.sendmail("a@bond.example", ["b@bond.example"], f"Subject: s\nTo: b@bond.example\n\n{body}\n")
    assert [letter.get_content().split() for letter in box.letters] == [["een", ".twee", "..drie"], ["vier"]]
    assert {letter["To"] for letter in box.letters} == {"b@bond.example"}
