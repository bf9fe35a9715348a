"""Reservations in words for people: recorded, and never counted.

A court may hold that a sentence is enough; no crawler can be expected to understand it, and a sentence about a reservation
looks like one.  So it is told, no verdict rests on it, and where it stands alone EFF405 and EFF406 go on saying so
(docs/decisions/0019).
"""

from collections.abc import Iterator, Sequence

from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Rule, Severity
from ..core.spec import DSM
from ..grammar.markup import HTML_TYPES
from ..grammar.plain_words import Saying, Words, on_page, saying
from ..grammar.robots import lines

_SPEC = DSM.section("Article 4(3), recital 18")
MOST = 5
"""Places that are told; a footer says the same on each page."""

WRD301 = Rule(
    code="WRD301",
    severity=Severity.INFO,
    message="{what} reserves text and data mining in words: “{quote}”",
    why="People and judges can read it; most crawlers cannot. It is kept as a fact, and no verdict rests on it.",
    fix="Keep the sentence, and say the same with /.well-known/tdmrep.json.",
    spec=_SPEC,
)
WRD302 = Rule(
    code="WRD302",
    severity=Severity.INFO,
    message="{what} says “{quote}” and nothing about text and data mining",
    why="That is a remark about copyright. It reserves no text and data mining.",
    fix="Add a sentence that does; `voorbehoud publish` makes a page with it, in Dutch and English.",
    spec=_SPEC,
)
WRD303 = Rule(
    code="WRD303",
    severity=Severity.WARNING,
    message="{what} seems to permit text and data mining: “{quote}”",
    why="Whoever mines the site can point at this sentence, whatever the files for machines say.",
    fix="Read the sentence, and change it if that is not what you want.",
    spec=_SPEC,
)
RULES = (WRD301, WRD302, WRD303)
_OF = {Words.RESERVED: WRD301, Words.GENERIC: WRD302, Words.PERMITTED: WRD303}


def of_captures(captures: Sequence[Capture]) -> tuple[Finding, ...]:
    """Give what pages and the comments of robots.txt say in sentences; a general remark only where nothing better is said."""
    found = [(capture, said) for capture in captures for said in _said(capture)]
    better = [(capture, said) for capture, said in found if said.words is not Words.GENERIC]
    told: dict[Saying, Capture] = {}
    for capture, said in better or found[:1]:
        told.setdefault(said, capture)
    return tuple(
        _OF[said.words].at(Origin(capture.url), what=capture.kind, quote=said.quote)
        for said, capture in list(told.items())[:MOST]
    )


def _said(capture: Capture) -> Iterator[Saying]:
    if not capture.ok:
        return
    said = None
    if capture.kind is Kind.ROBOTS:
        said = saying(_comments(capture.body))
    elif capture.kind is Kind.PAGE and capture.media_type in {*HTML_TYPES, ""}:
        said = on_page(capture.body, next(iter(capture.field("content-type")), ""))
    if said is not None:
        yield said


def _comments(body: bytes) -> str:
    remarks = (line.partition(b"#")[2] for line in lines(body) if b"#" in line)
    return b" ".join(remarks).decode("utf-8", "replace")
