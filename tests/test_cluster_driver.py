"""What the driver of a crawl makes of what comes back from a cluster: here a cluster that does as it is told."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from made_visits import START, visit
from voorbehoud.core.errors import UserError
from voorbehoud.core.member import Member
from voorbehoud.fetch.settings import Settings
from voorbehoud.history import Store, open_store
from voorbehoud.history.packed import pack as packed
from voorbehoud.survey import spread
from voorbehoud.survey.crawl import crawl
from voorbehoud.survey.shard import EDITION, Haul, Order, OtherVersionError, pack

MEMBERS = [Member(f"http://127.9.0.{last}") for last in range(1, 26)]


class Cluster:
    """A client of Dask, as far as the driver asks it.  `does` gives a haul, an exception to end with, or None: cancelled."""

    status = "running"
    scheduler = SimpleNamespace(address="tcp://10.0.0.5:8786")

    def __init__(
        self, does: Callable[[Order], Haul | Exception | None], threads: Mapping[str, int] | None = None
    ) -> None:
        self._does = does
        self._threads = {"tcp://10.0.0.6:1": 1} if threads is None else threads
        self.orders: list[Order] = []

    def nthreads(self) -> Mapping[str, int]:
        return self._threads

    def submit(self, _: object, order: Order, *, key: str, pure: bool, retries: int) -> Any:
        assert not pure
        assert retries == 2
        self.orders.append(order)
        came = self._does(order)
        status = {Haul: "finished", type(None): "cancelled"}.get(type(came), "error")
        return _Future(key, status, came)


class _Future:
    def __init__(self, key: str, status: str, came: object) -> None:
        self.key, self.status, self._came = key, status, came

    def add_done_callback(self, tell: Callable[["_Future"], None]) -> None:
        tell(self)

    def result(self) -> object:
        return self._came

    exception = result

    def release(self) -> None:
        pass


def looked(order: Order, number: int) -> Haul:
    """Give what a worker sends that came as far as `number` sites."""
    sites = [member.site for member in order.members]
    return Haul(tuple(pack(packed(visit(site, START))) for site in sites[:number]), tuple(sites[number:]))


def crawled(store: Store, cluster: Cluster) -> None:
    crawl(store, MEMBERS, Settings(), observe=spread.on_cluster(cluster))


@pytest.fixture
def store(tmp_path: Any) -> Any:
    with open_store(str(tmp_path / "s.db")) as opened:
        yield opened


def test_what_a_shard_left_is_visited_by_another_one(store: Store) -> None:
    cluster = Cluster(lambda order: looked(order, 4))
    crawled(store, cluster)
    assert Counter(standing.member.site for standing in store.standings()) == Counter(m.site for m in MEMBERS)
    assert [count.observed for count in store.runs()] == [25]
    assert {order.version for order in cluster.orders} == {EDITION}


@pytest.mark.parametrize(
    "error", [OtherVersionError("a worker has 0.0.9"), ModuleNotFoundError("No module voorbehoud")]
)
def test_a_worker_that_came_later_and_is_not_as_we_are(store: Store, error: Exception) -> None:
    with pytest.raises(UserError, match=r"install the same version on all machines: pip install") as told:
        crawled(store, Cluster(lambda _: error))
    assert str(error) in str(told.value)


def test_our_own_mistake_ends_the_crawl_and_blames_no_site(store: Store) -> None:
    hauls = iter([True])

    def does(order: Order) -> Haul | Exception:
        return looked(order, 300) if next(hauls, False) else LookupError("a mistake of ours")

    with pytest.raises(RuntimeError, match="could not visit") as told:
        crawled(store, Cluster(does))
    assert isinstance(told.value.__cause__, LookupError)
    run = store.unfinished()
    assert run is not None
    assert store.progress(run).given_up == 0
    assert store.progress(run).done > 0


def test_shards_that_come_back_as_they_went_are_not_sent_for_ever(store: Store) -> None:
    with pytest.raises(RuntimeError, match="5 shards in a row observed nothing"):
        crawled(store, Cluster(lambda order: looked(order, 0)))


def test_the_scheduler_is_gone(store: Store) -> None:
    with pytest.raises(UserError, match=r"10\.0\.0\.5:8786: the scheduler is gone"):
        crawled(store, Cluster(lambda _: None))


def test_the_last_worker_is_gone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "WORKER_SECONDS", 0)
    with pytest.raises(UserError, match="had no workers"):
        crawled(store, Cluster(lambda order: looked(order, 300), threads={}))
