"""A site that is forgotten leaves nothing behind, and takes nothing of others along."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from history_stores import Clock, Open, address, clock, opened, sites, store
from made_visits import START, WEEK, visit
from voorbehoud.core.errors import UserError
from voorbehoud.evaluate.observation import Observation
from voorbehoud.history import Store, open_store
from voorbehoud.history.database import connect
from voorbehoud.history.tables import METADATA

__all__ = ["address", "clock", "opened", "store"]

FIRST, SECOND = (member.site for member in sites(2))
OWN = b"<!doctype html><title>Werk van Marieke</title>"


def seen(week: int) -> Iterator[Observation]:
    """Give two sites that share all but a page; one of them loses its file."""
    at = START + week * WEEK
    yield visit(FIRST, at, page=OWN, page_fields=(("X-Mine", "Marieke"),), **({"tdm": None} if week else {}))
    yield visit(SECOND, at)


def fill(store: Store, weeks: int = 2) -> None:
    for week in range(weeks):
        run = store.begin(sites(2))
        store.claim(run, 2)
        store.keep(run, list(seen(week)))


def rows(place: str) -> dict[str, list[tuple[object, ...]]]:
    engine = connect(place, create=False)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=str)
            for table in METADATA.sorted_tables
        }
    engine.dispose()
    return found


def test_what_is_forgotten_is_nowhere_and_the_others_have_lost_nothing(
    store: Store, address: str, clock: Clock
) -> None:
    fill(store)
    store.pending("mail/office")
    before = list(store.observations(SECOND))
    assert "Marieke" in str(rows(address)["headers"])
    assert store.forget(FIRST) == 2
    found = rows(address)
    assert FIRST not in str(found)
    assert "Marieke" not in str(found["headers"])
    assert {name: len(kept) for name, kept in found.items()} == {
        "schema_version": 4, "site": 1, "worker": 1, "run": 2, "target": 2, "body": 3, "headers": 3, "rule": len(found["rule"]),
        "verdict": 1, "observation": 2, "capture": 6, "judgement": 0, "change": 0, "delivery": 0,
    }  # fmt: skip
    assert list(store.observations(SECOND)) == before
    engine = connect(address, create=False)
    left = [i["name"] for table in METADATA.tables for i in inspect(engine).get_indexes(table)]
    engine.dispose()
    assert not [name for name in left if str(name).startswith("forgetting")]


def test_a_site_that_was_forgotten_can_come_back(store: Store) -> None:
    fill(store)
    store.forget(FIRST)
    fill(store, 1)
    (again,) = store.observations(FIRST)
    assert again.captures == next(seen(0)).captures
    assert list(store.changes(site=FIRST)) == []


def test_nobody_is_forgotten_while_a_crawl_is_at_work(opened: Open, store: Store, clock: Clock) -> None:
    fill(store)
    other = opened()
    with pytest.raises(UserError, match="A crawl is at work"):
        other.forget(FIRST)
    assert len(list(other.timeline(FIRST))) == 2
    clock.wait(minutes=16)
    assert other.forget(FIRST) == 2


def test_a_site_that_is_not_known_is_told(store: Store) -> None:
    assert store.forget("https://nobody.example") is None


def test_in_a_file_no_byte_of_it_is_left(tmp_path: Path) -> None:
    file = tmp_path / "members.db"
    with open_store(str(file)) as store:
        fill(store)
        store.forget(FIRST)
        left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert FIRST.encode() not in left
        assert b"Marieke" not in left
        assert SECOND.encode() in left
    database = sqlite3.connect(file)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
