"""Stores for tests: empty, in either database."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from databases import Server
from made_visits import START
from voorbehoud.core.member import Member
from voorbehoud.history import Store, open_store

Open = Callable[..., Store]
"""Opens the store of the test once more, as another process would."""


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def wait(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of a store that is not there yet, in a file and in a server."""
    if request.param == "sqlite":
        return str(tmp_path / "members.db")
    postgres: Server = request.getfixturevalue("postgres")
    return postgres.database()


@pytest.fixture
def opened(address: str, clock: Clock) -> Iterator[Open]:
    stores: list[Store] = []

    def again(**options: bool) -> Store:
        stores.append(open_store(address, now=clock, **options))
        return stores[-1]

    yield again
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Open) -> Store:
    return opened()


def sites(count: int) -> tuple[Member, ...]:
    return tuple(Member(f"https://atelier-{number}.example") for number in range(count))
