"""kill -9 at any moment: real processes, nothing lost, nothing twice."""

import random
import signal
import time
from pathlib import Path

from sqlalchemy import text

from history_process import Looking
from history_stores import address, sites
from voorbehoud.history import Progress, Store, open_store
from voorbehoud.history.database import connect

__all__ = ["address"]

SITES = 160


def everything_is_there_once(store: Store, address: str) -> None:
    standings = list(store.standings())
    assert [standing.member for standing in standings] == list(sites(SITES))
    engine = connect(address, create=False)
    with engine.connect() as connection:
        seen, once, captures = (
            connection.execute(text(query)).scalar_one()
            for query in (
                "SELECT count(*) FROM observation",
                "SELECT count(DISTINCT site_id) FROM observation",
                "SELECT count(*) FROM capture",
            )
        )
        assert (seen, once, captures) == (SITES, SITES, 3 * SITES)
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()


def test_ten_kills_in_the_middle_of_keeping_lose_nothing_and_the_next_goes_on_at_once(address: str) -> None:
    rng = random.Random(7)  # noqa: S311  moments, no secrets
    done = [0]
    for _ in range(10):
        process = Looking(address, SITES)
        for _ in range(rng.randrange(1, 3)):
            assert process.keeps(), "nothing waits for a lease"
        time.sleep(rng.random() * 0.01)  # where in keeping it dies is left to chance
        process.kill()
        with open_store(address) as store:
            run = store.unfinished()
            assert run is not None
            done.append(store.progress(run).done)
            assert store.progress(run).total == SITES
    assert done == sorted(done)
    assert Looking(address, SITES).end() == 0
    with open_store(address) as store:
        assert store.unfinished() is None
        (count,) = store.runs()
        assert store.progress(count.run) == Progress(done=SITES)
        everything_is_there_once(store, address)


def test_processes_side_by_side_share_the_work(address: str) -> None:
    processes = [Looking(address, SITES) for _ in range(3)]
    assert [process.end() for process in processes] == [0, 0, 0]
    with open_store(address) as store:
        everything_is_there_once(store, address)


def test_a_site_that_kills_its_process_is_given_up_after_three_and_no_other_is(tmp_path: Path) -> None:
    address, killer = str(tmp_path / "members.db"), sites(SITES)[100]
    ends: list[int | None] = []
    while not ends or ends[-1] != 0:
        ends.append(Looking(address, SITES, killer.site).end())
        assert len(ends) < 6
    assert ends == [-signal.SIGKILL] * 3 + [0]
    with open_store(address) as store:
        (count,) = store.runs()
        assert store.given_up(count.run) == (killer,)
        assert store.progress(count.run) == Progress(done=SITES - 1, given_up=1)


def test_an_interrupted_process_hands_back_what_it_held(tmp_path: Path) -> None:
    address = str(tmp_path / "members.db")
    process = Looking(address, SITES)
    assert process.keeps()
    process.interrupt()
    with open_store(address) as store:
        run = store.unfinished()
        assert run is not None
        progress = store.progress(run)
        assert progress.claimed == 0
        assert progress.waiting + progress.done == SITES
        engine = connect(address, create=False)
        with engine.connect() as connection:
            tried = connection.execute(
                text("SELECT max(attempts) FROM target WHERE state = 'waiting'")
            ).scalar_one()
        engine.dispose()
        assert tried == 0
