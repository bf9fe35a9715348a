"""Our answers for robots.txt beside those of Google's C++ parser: every difference has its reason, or it is an error.

The reasons are tried one by one: a difference counts as explained where Google's parser gives our answer, and we still do, as
soon as the one thing that the reason speaks of is taken out of the question.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jwm.robotstxt.googlebot import RobotsMatcher

from voorbehoud.grammar.robots import LIMIT, RobotsTxt, normal, records

from .pairs import odd_pair, pair

PAIRS = 30_000
SEED = 2026
_RULE = re.compile(rb"(?im)^(?P<before>[ \t]*(?:dis)?allow[ \t]*:[ \t]*)(?P<path>[^\r\n#]*)")
_LINE = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why we differ: the section that says so, and `without`, which gives file and path with that one thing taken out."""

    why: str
    section: str
    without: Callable[[bytes, str], tuple[bytes, str]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """What came out.  `differences`: how often each reason was met; `unexplained`: the pairs that no reason covers."""

    pairs: int
    refused: int
    differences: tuple[tuple[Reason, int], ...]
    unexplained: tuple[tuple[bytes, str, str], ...]


def only_records(body: bytes, path: str) -> tuple[bytes, str]:
    """Leave out the lines that the RFC does not call records of a group: misspelt names, and lines without a colon."""
    lines = _LINE.split(body[:LIMIT])
    meant = {record.line for record in records(body) if record.meant is not None}
    return b"\n".join(b"" if number in meant else line for number, line in enumerate(lines, 1)), path


def one_spelling(body: bytes, path: str) -> tuple[bytes, str]:
    """Bring patterns and path to one spelling of escapes."""
    return _RULE.sub(lambda m: m["before"] + normal(m["path"]), body), normal(path.encode()).decode()


def no_index(body: bytes, path: str) -> tuple[bytes, str]:
    """Make of `index.html` in a rule a name that Google's parser gives no special meaning."""
    return body.replace(b"/index.htm", b"/jndex.htm"), path.replace("/index.htm", "/jndex.htm")


def elsewhere(body: bytes, path: str) -> tuple[bytes, str]:
    """Ask for a file that no rule speaks of, in place of robots.txt."""
    return (b"", path) if path == "/robots.txt" else (body, path)


def quoted(body: bytes, path: str) -> tuple[bytes, str]:
    """Replace `*` and `$` in the path, and their escapes in patterns, by letters."""
    for octet, escape, letter in (("*", "%2A", "STAR"), ("$", "%24", "DOLLAR")):
        path = path.replace(octet, letter).replace(escape, letter)
        body = body.replace(escape.encode(), letter.encode())
    return body, path


REASONS = (
    Reason("/robots.txt itself may always be fetched", "RFC 9309, section 2.2.2", elsewhere),
    Reason(
        "a misspelt field name or a line without a colon is no rule",
        "RFC 9309, section 2.2 (grammar)",
        only_records,
    ),
    Reason("`%61` and `a` are the same octet", "RFC 9309, section 2.2.2 (table of encodings)", one_spelling),
    Reason("`%2A` and `%24` stand for the characters themselves", "RFC 9309, section 2.2.3", quoted),
    Reason(
        "a rule for `/b/index.html` says nothing about `/b/`", "RFC 9309, section 2.2.2 (matching)", no_index
    ),
)


def without_all(body: bytes, path: str) -> tuple[bytes, str]:
    for reason in REASONS:
        body, path = reason.without(body, path)
    return body, path


SEVERAL = Reason("two or more of these at once", "as above", without_all)


def ours(body: bytes, agent: str, path: str) -> bool:
    return RobotsTxt.parse(body).access(agent, path).allowed


def theirs(matcher: RobotsMatcher, body: bytes, agent: str, path: str) -> bool:
    return bool(matcher.OneAgentAllowedByRobots(body, agent, "https://e.nl" + path))


def compare(pairs: int) -> Agreement:
    """Ask both parsers `pairs` questions, the same in every run; one in five holds something that they may take differently."""
    chance = random.Random(SEED)
    matcher = RobotsMatcher()
    counted: Counter[Reason] = Counter()
    unexplained: list[tuple[bytes, str, str]] = []
    refused = 0
    for number in range(pairs):
        body, agent, path = (odd_pair if number % 5 == 0 else pair)(chance)
        answer = ours(body, agent, path)
        refused += not answer
        if theirs(matcher, body, agent, path) == answer:
            continue
        for reason in (*REASONS, SEVERAL):
            plain, asked = reason.without(body, path)
            if theirs(matcher, plain, agent, asked) == answer == ours(plain, agent, asked):
                counted[reason] += 1
                break
        else:
            unexplained.append((body, agent, path))
    return Agreement(pairs, refused, tuple(counted.most_common()), tuple(unexplained))


def rows(quick: bool) -> Iterator[str]:
    """Yield the lines of the report.  Raises AssertionError where a difference has no reason."""
    found = compare(500 if quick else PAIRS)
    if found.unexplained:
        raise AssertionError(
            f"{len(found.unexplained)} differences without a reason, the first: {found.unexplained[0]}"
        )
    differing = sum(number for _, number in found.differences)
    yield f"{found.pairs:,} pairs, {found.refused:,} of them refused: {found.pairs - differing:,} answers the same, {differing:,} different."
    if differing:
        yield "\n| why they differ | section | pairs |\n|---|---|---:|"
    for reason, number in found.differences:
        yield f"| {reason.why} | {reason.section} | {number:,} |"
