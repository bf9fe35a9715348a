"""Old captures under new rules, and old stores under a new program."""

import shutil
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from databases import Server
from history_stores import Clock, address, clock, opened, sites, store
from made_visits import START, WEEK, visit
from voorbehoud.core.member import Member
from voorbehoud.core.use import Use
from voorbehoud.evaluate.drift import State
from voorbehoud.evaluate.verdict import RULES_VERSION, Verdict
from voorbehoud.history import Store, open_store
from voorbehoud.history.database import NEWEST, connect

__all__ = ["address", "clock", "opened", "store"]

STORES = Path(__file__).with_name("stores")
VERSIONS = range(1, NEWEST)


def judged_long_ago(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as then:
        then.setattr("voorbehoud.evaluate.site.RULES_VERSION", "2020-01-01")
        for week in range(2):
            run = store.begin(sites(3))
            store.claim(run, 3)
            store.keep(run, [visit(member.site, START + week * WEEK) for member in sites(3)])


# ---- new rules -------------------------------------------------------------------------------------------------------
def test_everything_is_judged_again_once_beside_the_verdict_of_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged_long_ago(store, monkeypatch)
    assert len(list(store.rejudge())) == 6
    assert list(store.rejudge()) == []
    assert {standing.rules for standing in store.standings()} == {"2020-01-01"}
    again = list(store.judged_again())
    assert [standing.observation for standing in again] == [1, 2, 3, 4, 5, 6]
    assert {standing.rules for standing in again} == {RULES_VERSION}
    assert {standing.use(Use.TDM).strict for standing in again} == {Verdict.RESERVED}


def test_one_site_or_only_the_newest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_long_ago(store, monkeypatch)
    assert len(list(store.rejudge(sites(1)[0].site))) == 2
    assert len(list(store.rejudge(latest=True))) == 2
    assert len(list(store.judged_again(sites(1)[0].site))) == 2


def test_who_stops_in_the_middle_goes_on_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    judged_long_ago(store, monkeypatch)
    next(store.rejudge())
    assert len(list(store.rejudge())) == 5


def test_what_today_s_rules_judged_is_left_alone(store: Store) -> None:
    run = store.begin(sites(1))
    store.claim(run, 1)
    store.keep(run, [visit(sites(1)[0].site)])
    assert list(store.rejudge()) == []


# ---- old stores ------------------------------------------------------------------------------------------------------
@pytest.fixture(params=[f"{kind} {version}" for version in VERSIONS for kind in ("sqlite", "postgresql")])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, int]:
    """Give a store as an earlier version wrote it: the real file, and a dump of the real tables."""
    kind, _, version = request.param.partition(" ")
    if kind == "sqlite":
        shutil.copy(STORES / f"{version}.db", tmp_path / "members.db")
        return str(tmp_path / "members.db"), int(version)
    postgres: Server = request.getfixturevalue("postgres")
    place = postgres.database()
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute((STORES / f"{version}.sql").read_bytes())
    return place, int(version)


def test_every_earlier_version_has_its_store() -> None:
    assert {path.name for path in STORES.iterdir()} == {
        f"{v}{kind}" for v in VERSIONS for kind in (".db", ".sql")
    }


def test_an_old_store_is_brought_up_to_date_and_has_lost_nothing(old: tuple[str, int], clock: Clock) -> None:
    place, version = old
    a, b, c = "https://a.example", "https://b.example", "https://c.example"
    with open_store(place, create=False, now=clock) as store:
        assert store.given_up(store.runs()[1].run) == (Member(c, "K-2", ("https://cdn.example",), "beeld"),)
        assert [len(list(store.timeline(site))) for site in (a, b, c)] == [3, 3, 1]
        for week, seen in enumerate(store.observations(a)):
            assert seen.captures == visit(a, START + week * WEEK).captures
            assert seen.verdict.protected
        at = clock.at = START + 3 * WEEK
        run = store.begin([Member(a), Member(b), Member(c)])
        assert len(store.claim(run, 9)) == 3
        store.keep(run, [visit(a, at, tdm=None), visit(b, at, tdm=None), visit(c, at)])
        found = {change.member.site: change.drift.state for change in store.changes(since=at)}
        told = {a: State.WEAKENED, b: State.LOST, c: State.PRESENT}
        if version == 1:
            del told[b]  # its loss was seen before anybody watched
        assert found == told
    engine = connect(place, create=False)
    with engine.connect() as connection:
        steps = (
            connection.execute(text("SELECT version FROM schema_version ORDER BY version")).scalars().all()
        )
    engine.dispose()
    assert list(steps) == list(range(1, NEWEST + 1))
