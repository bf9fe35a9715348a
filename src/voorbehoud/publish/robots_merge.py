"""Our block in a robots.txt that the maker may have written: no line of theirs is moved or changed, nor what it means.

The block goes where the reader of this project proves that everybody whom we do not name may still fetch exactly what they
could before.  What our own lines cannot change is reported: a group of the maker's that lets in an agent that we refuse.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from ..grammar.robots import CombinedGroup, Record, RobotsTxt
from .compose import ANYBODY, Composition, robots_text
from .message import LeftAloneError, Message

BEGIN, END = "# BEGIN voorbehoud", "# END voorbehoud"
BOM = b"\xef\xbb\xbf"

_EOL = rb"(?:\r\n|\n|\r)"
_BLOCK = re.compile(
    rb"(?:(?<![^\r\n])|(?<=\xef\xbb\xbf))"
    + BEGIN.encode()
    + rb"[ \t]*"
    + _EOL
    + rb".*?(?<=[\r\n])"
    + END.encode()
    + rb"[ \t]*(?:"
    + _EOL
    + rb"|\Z)",
    re.DOTALL,
)
_MARKER = re.compile(rb"(?<![^\r\n])(?:\xef\xbb\xbf)?[ \t]*#[ \t]*(?:BEGIN|END) voorbehoud\b")
_OURS = frozenset({"content-usage", "content-signal", "license"})
_GLOBAL = frozenset({"sitemap", "host", "clean-param"})  # their place in the file has no meaning


class UnreadableError(LeftAloneError):
    """A robots.txt that we cannot add to."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell the maker about their own lines.  `conflict`: it undoes a wish.

    `line` counts in the merged file, which the maker sees when they go and look; 0 means the file as a whole.
    """

    line: int
    message: Message
    conflict: bool


@dataclass(frozen=True, slots=True)
class Merged:
    body: bytes
    remarks: tuple[Remark, ...] = ()


def merge(existing: bytes | None, ours: Composition) -> Merged:
    """Give the robots.txt to serve.  `existing`: the one that is there, with or without an earlier block of ours; None: none.

    Raises UnreadableError where the file is no text that we can add to, or where no place for our block is harmless.
    """
    theirs = cut(existing or b"")
    if theirs[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in theirs[:1024]:
        raise UnreadableError(Message.of("robots-utf16"))
    before = RobotsTxt.parse(theirs)
    licence = next((record.value for record in ours.records if record.name == "License"), None)
    for record in before.records("license") if licence is not None else ():
        if record.value != licence:  # ours, in a group, would silence theirs: RSL 1.0, section 4.4.2
            raise UnreadableError(
                Message.of("robots-own-licence", line=str(record.line), licence=record.value)
            )
    ours, remarks = _hidden_stays_hidden(ours, before)
    text = robots_text(ours)
    if not text:
        return Merged(theirs)
    newline = found[0] if (found := re.search(_EOL, theirs)) else b"\n"
    block = newline.join([BEGIN.encode(), *text.rstrip("\n").encode().split(b"\n"), END.encode()])
    named = {agent.lower() for group in ours.groups for agent in group.agents} - {ANYBODY}
    # A reader that knows only the first group for everybody (urllib.robotparser) goes on finding the maker's own.
    places = (_at_start, _at_end) if before.everyone is None else (_at_end, _at_start)
    for place in places:
        body = place(theirs, block, newline)
        after = RobotsTxt.parse(body)
        if not theirs or _unchanged(before, after, named):
            down = len(re.findall(_EOL, body)) - len(re.findall(_EOL, theirs)) if place is _at_start else 0
            told = [replace(remark, line=remark.line + down) for remark in remarks]
            told += [*_overruled(block, after, ours), *_without_records(after, ours, named)]
            return Merged(body, tuple(told))
    raise UnreadableError(Message.of("robots-no-place"))


def cut(body: bytes) -> bytes:
    """Give `body` without our block: the exact inverse of `merge`.  Raises UnreadableError where the markers are damaged."""
    blocks = list(_BLOCK.finditer(body))
    if len(blocks) > 1 or len(_MARKER.findall(body)) != 2 * len(blocks):
        raise UnreadableError(Message.of("markers-damaged"))
    if not blocks:
        return body
    start, end = blocks[0].span()
    head, tail = body[:start], body[end:]
    if head in {b"", BOM}:  # we stood above: an empty line of ours follows the block
        return head + re.sub(rb"\A" + _EOL, b"", tail)
    head = re.sub(_EOL + rb"\Z", b"", head)  # we stood below: an empty line of ours comes before the block
    if not tail and not body.endswith((b"\n", b"\r")):
        head = re.sub(_EOL + rb"\Z", b"", head)  # their last line had no end; nor has our last marker
    return head + tail


def _at_start(theirs: bytes, block: bytes, newline: bytes) -> bytes:
    bom = BOM if theirs.startswith(BOM) else b""
    rest = theirs[len(bom) :]
    return bom + block + newline + (newline + rest if rest else b"")


def _at_end(theirs: bytes, block: bytes, newline: bytes) -> bytes:
    if not theirs or theirs == BOM:
        return _at_start(theirs, block, newline)
    if theirs.endswith((b"\n", b"\r")):
        between = (
            b"\r\n" if theirs.endswith(b"\r") and newline == b"\n" else newline
        )  # CR and LF would become one line end
        return theirs + between + block + newline
    return theirs + newline + newline + block


# ---- what must not change ------------------------------------------------------------------------------------------------
def _unchanged(before: RobotsTxt, after: RobotsTxt, named: Collection[str]) -> bool:
    """Tell whether everybody but `named` reads the same rules and records as before, and so may fetch the same."""
    agents = {agent.lower() for group in before.groups for agent in group.tokens} | {ANYBODY}
    strays = [[(r.name, r.value) for r in _local(robots.strays)] for robots in (before, after)]
    if strays[0] != strays[1] or not all(after.names(agent) for agent in named):
        return False  # the second: our block stands behind the 500 KiB that are read
    return all(
        _means(before.governing(agent)) == _means(after.governing(agent)) for agent in agents - set(named)
    ) and all(
        # Whoever is named by both: their lines must still be theirs, with ours added.
        _means(before.governing(agent)) <= _means(after.governing(agent))
        for agent in named
        if before.names(agent)
    )


def _means(group: CombinedGroup | None) -> frozenset[tuple[object, ...]]:
    """Give what a group says; rules without a path say nothing, and what may be added in every group is left out."""
    if group is None:
        return frozenset()
    rules = {(rule.allow, rule.path) for rule in group.rules if rule.path}
    records = {(r.name, r.value) for one in group.groups for r in _local(one.records) if r.name not in _OURS}
    return frozenset(rules | records)


def _local(records: Iterable[Record]) -> Iterator[Record]:
    return (record for record in records if record.name not in _GLOBAL)


# ---- what to adapt, and what to tell -------------------------------------------------------------------------------------
def _hidden_stays_hidden(ours: Composition, before: RobotsTxt) -> tuple[Composition, tuple[Remark, ...]]:
    """Give our groups so that they open nothing to a named agent that the maker's own lines keep closed to it.

    A named group inherits nothing from `*` (RFC 9309, section 2.2.1): `Allow: /press/` would open `/press/` to that agent.
    """
    groups, remarks = [], dict[Remark, None]()
    for group in ours.groups:
        opened = [path for field, path in group.rules if field == "Allow" and ANYBODY not in group.agents]
        theirs = dict.fromkeys(found for agent in group.agents if (found := before.governing(agent)))
        shut = {
            path: access for path in opened for their in theirs if not (access := their.access(path)).allowed
        }
        rules = tuple(rule for rule in group.rules if rule[0] != "Allow" or rule[1] not in shut)
        closed = (rule.path for their in theirs for rule in their.rules if not rule.allow and rule.path)
        left = [path for path in opened if path not in shut]
        rules += tuple(("Disallow", path) for path in dict.fromkeys(closed) if _may_meet(path, left))
        groups.append(replace(group, rules=rules))
        for path, access in shut.items():
            message = Message.of("robots-kept-shut", line=str(access.rule), path=path)
            remarks[Remark(access.line or 0, message, conflict=False)] = None
    return replace(ours, groups=tuple(groups)), tuple(remarks)


def _may_meet(pattern: str, opened: Iterable[str]) -> bool:
    """Tell whether `pattern` may match something below one of the paths `opened`."""
    head = pattern.partition("*")[0].rstrip("$")
    return any(head.startswith(path) or path.startswith(head) for path in opened)


def _overruled(block: bytes, after: RobotsTxt, ours: Composition) -> Iterator[Remark]:
    """Say where a group of the maker's lets in an agent that our group refuses, or keeps out one that ours lets in."""
    alone = RobotsTxt.parse(block)
    for group in ours.groups:
        for agent in group.agents:
            if agent == ANYBODY:
                continue
            for path in _probes(after, agent, ours):
                wanted, got = alone.access(agent, path), after.access(agent, path)
                if wanted.allowed != got.allowed:
                    key = "robots-group-opens" if got.allowed else "robots-group-closes"
                    message = Message.of(key, line=str(got.rule), agent=agent, path=path)
                    yield Remark(got.line or 0, message, conflict=True)
                    break


def _probes(robots: RobotsTxt, agent: str, ours: Composition) -> Iterator[str]:
    """Give paths at which the rules for `agent` may part: every path of a rule and of the declaration, and below them."""
    group = robots.governing(agent)
    rules = [rule.path for rule in group.rules] if group else []
    for path in dict.fromkeys(["/", *(level.path for level in ours.levels), *rules]):
        if path:
            plain = path.rstrip("$").replace("*", "x")
            plain = plain if plain.startswith("/") else "/" + plain
            yield from (plain, plain + "x/y.html")


def _without_records(after: RobotsTxt, ours: Composition, named: Collection[str]) -> Iterator[Remark]:
    """Say which groups of the maker's do not carry what we tell everybody: they inherit nothing, and we may not edit them."""
    for record in ours.records:
        lacking: dict[int, list[str]] = {}
        for token, group in after.named:
            if token.lower() not in named and not group.records(record.name.lower()):
                lacking.setdefault(group.groups[0].line, []).append(token)
        for line, tokens in lacking.items():
            agents = ", ".join(tokens[:5]) + (", …" if len(tokens) > 5 else "")
            added = f"{record.name}: {record.value}"
            yield Remark(line, Message.of("robots-group-lacks", agents=agents, record=added), conflict=False)
