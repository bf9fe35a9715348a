"""For whom a line of robots.txt speaks: what Content-Usage and Content-Signal share.

A group speaks to its own agents and to nobody else (RFC 9309, section 2.2.1), so what `*` says is not heard by an agent that
has a group of its own.  It holds for everyone only where no such group lets its agents in and says less.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

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
    exempting: bool = False  # `agents` are those that it does not reach


def is_web_page(file: RobotsTxt, capture: Capture) -> bool:
    """Tell whether a web page came instead of a robots.txt: sites that answer everything with their home page do that.

    Whatever group can be read in it counts all the same, as it does for a literal reader.
    """
    start = capture.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return not file.groups and (start.startswith(b"<") or (bool(start) and "html" in capture.media_type))


Saying = Callable[[CombinedGroup], tuple[Said, ...]]


def addressed(file: RobotsTxt, asked: Asked, names: tuple[str, ...], says: Saying) -> tuple[Said, ...]:
    """Give what `file` says about the URL that was asked about, with audience and agents filled in.

    `says`: what one combined group says there, to its own agents; all groups without any record of `names` say the same.
    For one agent: what its own group says, or `*` where it has none.  For everybody: what `*` says, narrowed where other
    groups say less, and what named groups say more.
    """
    if asked.agent is not None:
        combined = file.governing(asked.agent)
        own = file.names(asked.agent)
        audience, agents = (Audience.NAMED, (asked.agent,)) if own else (Audience.EVERYONE, ())
        said = () if combined is None else says(combined)
        return tuple(Said(s.use, s.preference, s.line, s.reading, audience, agents) for s in said)
    named, quiet = file.speaking(*names)
    told = {group: says(group) for group in dict.fromkeys(group for _, group in named)}
    if quiet is not None and (early := says(quiet)):  # something before all groups is said by each of them
        named = file.named
        told = {group: told.get(group, early) for _, group in named}
    general = () if file.everyone is None else says(file.everyone)
    if all(s.reading is Reading.BOTH for said in (general, *told.values()) for s in said):
        return tuple(_in_one_reading(file, asked.url, general, named, told, Reading.BOTH))
    found: dict[tuple[object, ...], Said] = {}
    for reading in (Reading.STRICT, Reading.PROTECTIVE):
        for s in _in_one_reading(file, asked.url, general, named, told, reading):
            key = (s.use, s.preference, s.line, s.audience, s.agents)
            heard = Reading.BOTH if key in found else reading
            found[key] = replace(s, reading=heard)
    return tuple(found.values())


def _in_one_reading(
    file: RobotsTxt,
    url: str,
    general: tuple[Said, ...],
    named: tuple[tuple[str, CombinedGroup], ...],
    told: Mapping[CombinedGroup, tuple[Said, ...]],
    reading: Reading,
) -> Iterator[Said]:
    """`general`: what `*` says.  `told`: what each of `named` hears; who is left out hears nothing."""
    alike = {id(said): said for said in told.values()}  # most groups say the same, often in one tuple
    words = {which: _strictest(said, reading) for which, said in alike.items()}
    spoken = [(token, id(told[group])) for token, group in named]
    base_words = _strictest(general, reading)
    for use in Use:
        base = base_words.get(use)
        level = Preference.UNKNOWN if base is None else base.preference
        more: dict[Preference, list[tuple[str, Said]]] = {}
        hears = set()
        enough = {
            which: one for which, own in words.items() if (one := own.get(use)) and one.preference >= level
        }
        for token, which in spoken if enough else ():
            there = enough.get(which)
            if there is None:
                continue
            hears.add(token)
            if there.preference > level:
                more.setdefault(there.preference, []).append((token, there))
        if base is not None:
            let_in = file.let_in(url)
            missed = tuple(token for token in let_in if token not in hears) if hears else let_in
            audience = Audience.NAMED if missed else Audience.EVERYONE
            yield Said(use, level, base.line, reading, audience, missed, exempting=bool(missed))
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
    """Give token and line of each named group that lets its agents in somewhere and has none of these records, while `*` has one.

    That it leaves an address open is told by its rules for the home page and its Allow lines.
    """
    if file.everyone is None or not file.everyone.records(*names):
        return ()
    speaking = dict(file.speaking(*names)[0])
    opening = {one.line for one in file.groups if any(rule.allow and rule.path for rule in one.rules)}
    return tuple(
        (token, group.groups[0].line)
        for token, group in file.named
        if group is not file.everyone
        and token not in speaking
        and (group.access("/").allowed or any(one.line in opening for one in group.groups))
    )
