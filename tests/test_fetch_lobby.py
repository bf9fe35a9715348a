"""Sites that wait for their turn, and the address that many of them share."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from awkward_servers import Farm, page
from voorbehoud.core.evidence import Capture, Kind
from voorbehoud.fetch import lobby as module
from voorbehoud.fetch.crawl import crawl
from voorbehoud.fetch.lobby import FIRST, LONGEST_REST, REST, Lobby, resolve, rest_wanted
from voorbehoud.fetch.settings import Settings
from voorbehoud.fetch.visit import SiteRequest

pytest_plugins = ["awkward_servers"]

BUILDER = "5.6.7.8"


def of_builder(number: int) -> SiteRequest:
    return SiteRequest(f"https://maker{number}.builder.example")


def elsewhere(number: int) -> SiteRequest:
    return SiteRequest(f"https://site{number}.example")


async def find(host: str) -> str | None:
    """Many names at one address; the others have one each."""
    await asyncio.sleep(0)
    return BUILDER if host.endswith(".builder.example") else own_address(int(host[4:].split(".")[0]))


def own_address(number: int) -> str:
    return f"5.9.{number // 256}.{number % 256}"


def supply(sites: Iterable[SiteRequest]) -> Callable[[], Awaitable[SiteRequest | None]]:
    left = iter(sites)

    async def take() -> SiteRequest | None:
        return next(left, None)

    return take


async def let_out(lobby: Lobby, certain: int = 0) -> list[tuple[SiteRequest, str]]:
    """Give everybody who comes out without anybody leaving; `certain`: so many are waited for."""
    found: list[tuple[SiteRequest, str]] = []
    while True:
        try:
            turn = await asyncio.wait_for(lobby.next(), 0.05 if len(found) >= certain else 20)
        except TimeoutError:
            return found
        if turn is None:
            return found
        found.append(turn)


def test_ten_thousand_sites_at_one_address_are_not_visited_together_and_hold_up_nobody() -> None:
    async def run() -> tuple[Counter[str], int]:
        sites = [*map(of_builder, range(10_000)), *map(elsewhere, range(12))]
        lobby = Lobby(supply(sites), Settings(per_address=3, lobby=20_000), find)
        found = await let_out(lobby, 15)
        lobby.close()
        return Counter(address for _, address in found), len(found)

    addresses, number = asyncio.run(run())
    assert addresses[BUILDER] == 3
    assert number == 15
    assert all(addresses[own_address(n)] == 1 for n in range(12))


def test_everybody_has_a_turn_when_others_leave() -> None:
    async def run() -> list[SiteRequest]:
        sites = [*map(of_builder, range(50)), *map(elsewhere, range(5))]
        lobby = Lobby(supply(sites), Settings(per_address=2, lobby=3, address_pause=0), find)
        visited: list[SiteRequest] = []
        inside: Counter[str] = Counter()
        while (turn := await lobby.next()) is not None:
            site, address = turn
            visited.append(site)
            inside[address] += 1
            assert inside[BUILDER] <= 2

            def leave(address: str = address) -> None:
                inside[address] -= 1
                lobby.leave(address)

            asyncio.get_running_loop().call_later(0.001, leave)
        return visited

    visited = asyncio.run(run())
    assert sorted(site.site for site in visited) == sorted(
        site.site for site in [*map(of_builder, range(50)), *map(elsewhere, range(5))]
    )


def test_a_full_lobby_takes_nobody_in() -> None:
    async def run() -> int:
        taken = 0
        left = iter(map(of_builder, range(1000)))

        async def take() -> SiteRequest | None:
            nonlocal taken
            taken += 1
            return next(left)

        lobby = Lobby(take, Settings(per_address=1, lobby=20), find)
        await let_out(lobby)
        lobby.close()
        return taken

    assert asyncio.run(run()) <= 20 + 2 * FIRST


def test_there_is_a_pause_between_two_sites_of_one_address() -> None:
    async def run() -> float:
        lobby = Lobby(supply(map(of_builder, range(3))), Settings(per_address=1, address_pause=0.05), find)
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (turn := await lobby.next()) is not None:
            lobby.leave(turn[1])
        return loop.time() - began

    assert asyncio.run(run()) >= 0.1


def test_an_address_that_says_stop_is_left_in_peace() -> None:
    async def run() -> float:
        lobby = Lobby(supply(map(of_builder, range(2))), Settings(per_address=1, address_pause=0.01), find)
        loop = asyncio.get_running_loop()
        began = loop.time()
        while (turn := await lobby.next()) is not None:
            lobby.leave(turn[1], rest=0.1)
        return loop.time() - began

    assert asyncio.run(run()) >= 0.1


NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "after", "seconds"),
    [
        (429, None, REST),
        (429, "0", REST),
        (429, "20", 20),
        (429, "999999999999", LONGEST_REST),
        (429, "Fri, 27 Nov 2026 12:00:15 GMT", 15),
        (429, "Fri, 27 Nov 2026 12:00:15", REST),
        (429, "Thu, 99 Foo 2026", REST),
        (429, "²", REST),
        (503, "20", 20),
        (503, None, 0),
        (200, "20", 0),
    ],
)
def test_how_long_a_server_wants_peace(status: int, after: str | None, seconds: float) -> None:
    url, fields = "https://e.nl/", () if after is None else (("Retry-After", after),)
    said = Capture(url, url, Kind.PAGE, status, fields, b"", NOW, address=BUILDER)
    assert rest_wanted([said, replace(said, status=200)], BUILDER) == seconds
    assert rest_wanted([said], "5.6.7.9") == rest_wanted([said], "") == 0


async def opened_by(lobby: Lobby, sites: int) -> int:
    """Give how many are open at once after so many had their turn."""
    for _ in range(sites):
        turn = await lobby.next()
        assert turn is not None
        lobby.leave(turn[1])
    found = await let_out(lobby)
    for _, address in found:
        lobby._open -= 1
        lobby._make_room(address)
    return len(found)


def keep_busy(seconds: float) -> None:
    began = time.monotonic()
    while time.monotonic() < began + seconds:
        pass


def test_a_loop_that_falls_behind_opens_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OFTEN", 0.02)
    monkeypatch.setattr(module, "LATE", 0.1)
    monkeypatch.setattr(module, "IDLE", 0.0)

    async def run() -> tuple[int, int]:
        lobby = Lobby(supply(map(elsewhere, range(3000))), Settings(concurrency=400), find)
        before = await opened_by(lobby, 200)
        keep_busy(0.2)
        await asyncio.sleep(0)
        after = await opened_by(lobby, 0)
        lobby.close()
        return before, after

    before, after = asyncio.run(run())
    assert FIRST < before <= FIRST + 200
    assert FIRST <= after <= before // 2


def test_a_busy_processor_opens_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OFTEN", 0.02)
    monkeypatch.setattr(module, "BUSY", 0.0)
    monkeypatch.setattr(module, "IDLE", 0.0)

    async def run() -> int:
        lobby = Lobby(supply(map(elsewhere, range(3000))), Settings(concurrency=400), find)
        await opened_by(lobby, 1)  # a first look has been taken
        many = await opened_by(lobby, 200)
        lobby.close()
        return many

    assert asyncio.run(run()) <= FIRST + 1


@pytest.mark.parametrize(("idle", "most"), [(1.1, 3 * FIRST), (0.0, FIRST)])
def test_an_idle_processor_opens_more_before_anybody_has_left(
    monkeypatch: pytest.MonkeyPatch, idle: float, most: int
) -> None:
    monkeypatch.setattr(module, "OFTEN", 0.001)
    monkeypatch.setattr(module, "IDLE", idle)

    async def run() -> int:
        lobby = Lobby(supply(map(elsewhere, range(3000))), Settings(concurrency=3 * FIRST), find)
        found = await let_out(lobby, most)
        lobby.close()
        return len(found)

    assert asyncio.run(run()) == most


def test_an_error_of_whoever_hands_out_sites_is_raised() -> None:
    async def take() -> SiteRequest | None:
        raise LookupError("torn")

    async def run() -> None:
        await Lobby(take, Settings()).next()

    with pytest.raises(LookupError, match="torn"):
        asyncio.run(run())


def test_names_are_looked_up() -> None:
    assert asyncio.run(resolve("127.0.0.9")) == "127.0.0.9"
    assert asyncio.run(resolve("no-such-host.invalid")) is None
    assert asyncio.run(resolve("x" * 300)) is None


def test_servers_see_no_more_connections_than_that(farm: Farm) -> None:
    """Thirty sites at one address, each a server of its own: never more than two of them have somebody in."""
    inside = 0
    most = 0
    sites = [farm.site({"/": page("hi")}) for _ in range(30)]
    settings = Settings(allow_private=True, otherwise=False, concurrency=20, per_address=2)
    spans = [
        (visit.started, visit.finished)
        for visit in crawl(map(SiteRequest, sites), settings, now=lambda: datetime.now(UTC))
    ]
    for _, step in sorted([(begun, 1) for begun, _ in spans] + [(over, -1) for _, over in spans]):
        inside += step
        most = max(most, inside)
    assert len(spans) == 30
    assert most == 2
