"""For whom a line of robots.txt speaks: what Content-Usage and Content-Signal share.

A group speaks to its own agents and to nobody else (RFC 9309, section 2.2.1), so what `*` says is not heard by an agent that
has a group of its own.  It holds for everyone only where no such group lets its agents in and says less.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..core.evidence import Capture
from ..core.preference import Preference
from ..core.statement import Audience, Reading
from ..core.use import Use
from ..grammar.robots import CombinedGroup, RobotsTxt
from .signal import Asked


@dataclass(frozen=True, slots=True)
class Said:
    """What one group says about one use, and on which line."""

    use: Use
    preference: Preference
    line: int
    reading: Reading = Reading.BOTH
    audience: Audience = Audience.EVERYONE
    agents: tuple[str, ...] = ()


def is_web_page(file: RobotsTxt, capture: Capture) -> bool:
    """Tell whether a web page came instead of a robots.txt: sites that answer everything with their home page do that.

    Whatever group can be read in it counts all the same, as it does for a literal reader.
    """
    start = capture.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return not file.groups and (start.startswith(b"<") or (bool(start) and "html" in capture.media_type))


Saying = Callable[[CombinedGroup], tuple[Said, ...]]


def addressed(file: RobotsTxt, asked: Asked, says: Saying) -> tuple[Said, ...]:
    """Give what `file` says about the URL that was asked about, with audience and agents filled in.

    `says`: what one combined group says there, to its own agents.
    For one agent: what its own group says, or `*` where it has none.  For everybody: what `*` says, narrowed where other
    groups say less, and what named groups say more.
    """
    if asked.agent is not None:
        combined = file.governing(asked.agent)
        own = file.names(asked.agent)
        audience, agents = (Audience.NAMED, (asked.agent,)) if own else (Audience.EVERYONE, ())
        said = () if combined is None else says(combined)
        return tuple(Said(s.use, s.preference, s.line, s.reading, audience, agents) for s in said)
    found: dict[tuple[object, ...], Said] = {}
    for reading in (Reading.STRICT, Reading.PROTECTIVE):
        for s in _in_one_reading(file, asked.url, says, reading):
            key = (s.use, s.preference, s.line, s.audience, s.agents)
            heard = Reading.BOTH if key in found else reading
            found[key] = Said(s.use, s.preference, s.line, heard, s.audience, s.agents)
    return tuple(found.values())


def _in_one_reading(file: RobotsTxt, url: str, says: Saying, reading: Reading) -> Iterator[Said]:
    everyone = file.everyone
    general = {} if everyone is None else _strictest(says(everyone), reading)
    named = [(token, group, _strictest(says(group), reading)) for token, group in file.named]
    for use in Use:
        base = general.get(use)
        level = Preference.UNKNOWN if base is None else base.preference
        more: dict[Preference, list[tuple[str, Said]]] = {}
        missed = []
        for token, group, own in named:
            there = own.get(use)
            if there is not None and there.preference > level:
                more.setdefault(there.preference, []).append((token, there))
            elif (there is None or there.preference < level) and group.access(url).allowed:
                missed.append(token)
        if base is not None:
            audience = Audience.NAMED if missed else Audience.EVERYONE
            yield Said(use, level, base.line, reading, audience, tuple(missed))
        for preference, sayers in more.items():
            tokens = tuple(token for token, _ in sayers)
            yield Said(use, preference, sayers[0][1].line, reading, Audience.NAMED, tokens)


def _strictest(said: tuple[Said, ...], reading: Reading) -> dict[Use, Said]:
    found: dict[Use, Said] = {}
    for s in said:
        if s.reading.heard_in(reading) and (s.use not in found or s.preference > found[s.use].preference):
            found[s.use] = s
    return found


def silent(file: RobotsTxt, *names: str) -> tuple[tuple[str, int], ...]:
    """Give token and line of each named group that lets its agents in somewhere and has none of these records, while `*` has one."""
    if file.everyone is None or not file.everyone.records(*names):
        return ()
    return tuple(
        (token, group.groups[0].line)
        for token, group in file.named
        if group is not file.everyone and not group.records(*names) and lets_in(group)
    )


def lets_in(group: CombinedGroup) -> bool:
    """Tell whether the group leaves any address open, as far as its rules for the home page and its Allow lines tell."""
    return group.access("/").allowed or any(rule.allow and rule.path for rule in group.rules)
