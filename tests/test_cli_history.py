"""`voorbehoud history`, as its users run it."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from made_visits import START, WEEK, visit
from voorbehoud.cli import main
from voorbehoud.core.member import Member
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.verdict import RULES_VERSION
from voorbehoud.history import open_store

SITE = "https://atelier.example"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["history", *words])


def made(file: Path, observations: Sequence[Observation], member: str = "K-0012") -> str:
    with open_store(str(file)) as store:
        for observation in observations:
            run = store.begin([Member(observation.site, member, (), "beeld")])
            store.claim(run, 1)
            store.keep(run, [observation])
    return str(file)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Give a store in which a site was well for two weeks, lost its file, and got it back."""
    weeks = [visit(SITE, START + week * WEEK, tdm=None) for week in (2, 3)]
    return made(
        tmp_path / "members.db",
        [visit(SITE), visit(SITE, START + WEEK), *weeks, visit(SITE, START + 4 * WEEK)],
    )


def test_a_timeline_in_dutch(store: str) -> None:
    done = run(SITE, "--store", store, "--lang", "nl")
    assert done.exit_code == 0, done.output
    assert (
        done.output
        == """\
https://atelier.example: 5 keer bekeken
  lid K-0012, groep beeld

2 november 2026, 03:00 UTC tot en met 9 november 2026, 03:00 UTC (2 keer bekeken)
  tekst- en datamining is overal waar is gekeken voorbehouden, voor iedereen; AI trainen: voorbehouden (iedereen); gebruik door AI, zoekmachines: niets gezegd

16 november 2026, 03:00 UTC
  Verandering (let op): verzwakt; één keer gezien (pas na twee keer, zes uur uit elkaar, geldt het als verloren); voor het laatst in orde gezien op 9 november 2026, 03:00 UTC
    tekst- en datamining, AI trainen: eerst voorbehouden voor iedereen, nu niet voorbehouden (de site als geheel)
    tekst- en datamining, AI trainen: eerst voorbehouden voor iedereen, nu niet voorbehouden (https://atelier.example/)
    mogelijk: het bestand is er niet meer (https://atelier.example/.well-known/tdmrep.json, 404)
    mogelijk: dit signaal zegt niets meer (https://atelier.example/.well-known/tdmrep.json, regel 1, bestand tdmrep.json)
  tekst- en datamining, AI trainen, gebruik door AI, zoekmachines: niets gezegd

23 november 2026, 03:00 UTC
  Verandering (ernstig): verloren; voor het laatst in orde gezien op 9 november 2026, 03:00 UTC
    tekst- en datamining, AI trainen: eerst voorbehouden voor iedereen, nu niet voorbehouden (de site als geheel)
    tekst- en datamining, AI trainen: eerst voorbehouden voor iedereen, nu niet voorbehouden (https://atelier.example/)
    mogelijk: het bestand is er niet meer (https://atelier.example/.well-known/tdmrep.json, 404)
    mogelijk: dit signaal zegt niets meer (https://atelier.example/.well-known/tdmrep.json, regel 1, bestand tdmrep.json)
  tekst- en datamining, AI trainen, gebruik door AI, zoekmachines: niets gezegd

30 november 2026, 03:00 UTC
  Verandering (in orde): weer zoals het was
  tekst- en datamining is overal waar is gekeken voorbehouden, voor iedereen; AI trainen: voorbehouden (iedereen); gebruik door AI, zoekmachines: niets gezegd
"""
    )


def test_a_timeline_in_english_names_changes_and_causes(store: str) -> None:
    done = run("atelier.example", "--store", store, "--lang", "en")
    assert "looked at 5 times" in done.output
    assert "weakened; seen once" in done.output
    assert "lost; last seen in order at 9 November 2026, 03:00 UTC" in done.output
    assert "possibly: the file is not there any more" in done.output
    assert "as it was" in done.output


def test_the_json_has_everything(store: str) -> None:
    told = json.loads(run(SITE, "--store", store, "--format", "json").output)
    assert told["schema"] == "voorbehoud.history/1"
    assert [observation["protected"] for observation in told["observations"]] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert told["observations"][0]["uses"]["tdm"] == {
        "strict": "reserved", "protective": "reserved", "audience": "everyone",
    }  # fmt: skip
    assert [change["state"] for change in told["changes"]] == ["weakened", "lost", "present"]
    assert told["changes"][0]["causes"][0]["why"] == "file-gone"


def test_text_from_the_wire_steers_no_terminal(tmp_path: Path) -> None:
    evil = visit(SITE, START + WEEK, tdm=None, robots=b"User-agent: *\nAllow: /\x1b[2J\n")
    store = made(tmp_path / "m.db", [visit(SITE), evil], member="K\x1b[31m")
    assert "\x1b" not in run(SITE, "--store", store).output


def test_everything_is_judged_again_without_a_site(store: str) -> None:
    done = run("--store", store, "--rejudge", "--lang", "en")
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"0 observations judged again by the rules of {RULES_VERSION}" in done.stderr


def test_what_other_rules_make_of_it_is_told_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as then:
        then.setattr("voorbehoud.evaluate.site.RULES_VERSION", "2020-01-01")
        old = visit(SITE, tdm=None)
    store = made(
        tmp_path / "m.db",
        [Observation(SITE, visit(SITE).captures, old.started, old.finished, old.verdict, "0.0.1")],
    )
    done = run(SITE, "--store", store, "--rejudge", "--lang", "en")
    assert f"by the rules of {RULES_VERSION}: text and data mining is reserved" in done.stdout
    assert "1 observation judged again" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            (SITE, "--store", "no.db"),
            "no.db: there is no such store. voorbehoud crawl SITES --store no.db makes it.",
        ),
        (("https://other.example", "--store", "{store}"), "https://other.example: the store"),
        (("--store", "{store}"), "Which site? Example: voorbehoud history https://atelier.example"),
        (("ftp://x", "--store", "{store}"), "not an address"),
    ],
)
def test_a_mistake_comes_with_the_way_out(store: str, words: Sequence[str], said: str) -> None:
    done = run(*(word.format(store=store) for word in words))
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_site_is_forgotten_when_that_is_confirmed(store: str) -> None:
    asked = CliRunner().invoke(
        main, ["history", SITE, "--store", store, "--forget", "--lang", "en"], input="n\n"
    )
    assert "Everything that was kept of https://atelier.example (5 visits) goes for good." in asked.output
    assert run(SITE, "--store", store, "--lang", "en").output.startswith(f"{SITE}: looked at 5 times")
    with sqlite3.connect(store) as database:  # the crawl that made it is the process of this test, and lives
        database.execute("UPDATE worker SET alive_until = '2026-01-01T00:00:00.000000Z'")
    database.close()
    done = run(SITE, "--store", store, "--forget", "--yes", "--lang", "nl")
    assert (done.exit_code, "is vergeten (5 bezoeken)" in done.output) == (0, True), done.output
    assert "has never seen this site" in run(SITE, "--store", store).output
    assert "has never seen this site" in run(SITE, "--store", store, "--forget", "--yes").output
    assert "--forget goes with one site" in run("--store", store, "--forget").output


def test_platforms_have_names_and_a_refusal_is_not_called_out_of_reach(tmp_path: Path) -> None:
    wix = (("X-Wix-Request-Id", "1"),)
    weeks = [visit(SITE), visit(SITE, START + WEEK, tdm=None, page_fields=wix)]
    refused = visit(SITE, START + 2 * WEEK, status=403)
    told = run(SITE, "--store", made(tmp_path / "m.db", [*weeks, refused]), "--lang", "nl").stdout
    assert "- > Wix)" in told
    assert "niets gezegd; op Wix" in told
    assert told.endswith("weigert onze crawler; voor het laatst in orde gezien op 2 november 2026, 03:00 UTC\n  geen bruikbaar antwoord\n")  # fmt: skip
