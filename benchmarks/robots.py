"""robots.txt: is this page open to each of 150 agents?  Against Protego and Google's C++ parser."""

from collections.abc import Iterator

from jwm.robotstxt.googlebot import RobotsMatcher
from protego import Protego

from voorbehoud.grammar.robots import RobotsTxt

from .made import agents, robots
from .measure import Row, side_by_side

URL = "https://atelier.example/werk/portret-12.html"
FILES: tuple[tuple[int, bool, float | None], ...] = (
    (2_000, True, 10.0),
    (8_000, True, 30.0),
    (8_000, False, None),
    (500_000, True, 3.0),
)
"""Bytes, whether the bots share a group, and the ratio to Protego that is promised."""


def rows(quick: bool) -> Iterator[Row]:
    """Yield a row for each size and peer.  All sides read the file and answer for every agent, from the bytes as fetched."""
    asked = agents()
    google = RobotsMatcher()
    for size, together, floor in FILES:
        body = robots(2_000 if quick else size, together=together)

        def ours(body: bytes = body) -> list[bool]:
            file = RobotsTxt.parse(body)
            return [file.access(agent, URL).allowed for agent in asked]

        def protego(body: bytes = body) -> list[bool]:
            file = Protego.parse(body.decode())
            return [file.can_fetch(URL, agent) for agent in asked]

        def googles(body: bytes = body) -> list[bool]:
            return [google.OneAgentAllowedByRobots(body, agent, URL) for agent in asked]

        what = f"{len(asked)} agents, {size // 1000} KB" + ("" if together else ", a group for each bot")
        yield from side_by_side(
            what, ours, (("Protego", protego, floor), ("Google's C++", googles, None)), quick
        )
