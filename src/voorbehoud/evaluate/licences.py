"""Which RSL documents govern a page or file, and what they say about it.

What the page itself or its headers name goes before what robots.txt names; there, the crawler's own group goes before the
lines above all groups.  A place nearby that names a document which does not exist silences the ones further away.
A feed goes before robots.txt too, and does not silence it (docs/decisions/0035).

Source: RSL 1.0, sections 4.3, 4.4.2, 4.4.3 and 4.9; docs/decisions/0010.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..core.evidence import Capture, Kind, Origin, origin_of
from ..core.finding import Finding, Parsed, Severity
from ..core.preference import Preference
from ..core.statement import Reading, Statement
from ..core.use import Use
from ..grammar.robots import LIMIT, CombinedGroup, Record, RobotsTxt, read, records
from ..signals import Asked, rsl
from ..signals.robots_audience import Said, addressed
from ..signals.rsl_in_files import read_inside
from ..signals.rsl_links import Naming, named
from ..signals.rsl_read import document, feed
from ..signals.rsl_rules import RSL101, RSL111, RSL401, RSL402
from ..signals.rsl_terms import Rsl
from ..signals.work_file import WORKS
from .listen import Heard, listen, settled
from .verdict import SignalState

NEAR = 1
"""The rank of what a page or its headers name; robots.txt is 0."""
NOBODY_REFUSED = b"\nDisallow:\nUser-agent: *\nDisallow:\n"
"""A group for everybody that changes nothing: lines above all groups need somebody to speak to.

Its first line closes a group that the file leaves open, which would else be joined with this one (RFC 9309, section 2.2.1).
"""
UNLICENSED = (Use.TRAIN_AI, Use.AI_USE, Use.SEARCH)


@dataclass(frozen=True, slots=True)
class Governed:
    """What the licences of one resource say.  `open`: one of them could not be fetched and may say anything."""

    said: tuple[Statement, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    """What one naming comes to.  `speaks` False: its document is about something else."""

    said: tuple[Statement, ...]
    open: bool
    speaks: bool


@dataclass(frozen=True, slots=True)
class Licences:
    """The licences of a visit.  `documents`: by the address that names them; `inline`: those inside pages, by page."""

    documents: Mapping[str, Heard]
    inline: Mapping[str, tuple[Heard, ...]]
    feeds: tuple[Heard, ...]
    robots: Mapping[str, tuple[Capture, RobotsTxt]]
    namings: Mapping[str, tuple[Naming, ...]]
    findings: tuple[Finding, ...]

    @property
    def heard(self) -> tuple[Heard, ...]:
        return (*self.documents.values(), *(h for some in self.inline.values() for h in some), *self.feeds)

    def govern(self, url: str, resource: Capture | None, agent: str | None = None) -> Governed:
        """Give what holds for `url`, to everybody or to one agent.  `resource`: its answer, where there is one."""
        told = list[_Told]()
        if resource is not None:
            told += [self._document(naming, url) for naming in self.namings.get(resource.url, ())]
            told += [_spoken(heard, url) for heard in self.inline.get(resource.url, ())]
        near = [t for t in told if t.speaks or t.open]
        # Whoever asks for the page never sees the feed: what robots.txt names stands beside that, for them.
        far = Governed() if near else self._far(url, agent)
        near += [t for t in (_spoken(heard, url) for heard in self.feeds) if t.speaks]
        said = (replace(s, rank=NEAR) for t in near for s in t.said)
        return Governed((*said, *far.said), far.open or any(t.open for t in near))

    def _far(self, url: str, agent: str | None) -> Governed:
        try:
            capture, file = self.robots[origin_of(url)]
        except (KeyError, ValueError):
            return Governed()
        return self._by_robots(capture, file, Asked(url, agent))

    def _by_robots(self, capture: Capture, file: RobotsTxt, asked: Asked) -> Governed:
        told = {n.line: self._document(n, asked.url) for n in self.namings.get(capture.url, ())}
        if asked.agent is not None:
            return _by_groups(capture, file, asked, told)
        # Most pages are told the same.  The key holds all that the answer rests on: the file may outlive this visit.
        meant = tuple(
            (line, one.open, tuple([(s.use, s.preference, s.reading) for s in one.said]))
            for line, one in told.items()
        )
        key = ("licence", capture.url, file.matching(asked.url), meant)
        return file.once(key, lambda: _by_groups(capture, file, asked, told))

    def _document(self, naming: Naming, url: str) -> _Told:
        if naming.url is None:
            return _Told((), open=False, speaks=False)
        heard = self.documents.get(naming.url)
        if heard is None or heard.state is SignalState.UNDETERMINED:
            return _Told((), open=True, speaks=False)
        told = _spoken(heard, url)
        return replace(told, said=tuple(replace(s, origin=naming.where) for s in told.said))


def _by_groups(capture: Capture, file: RobotsTxt, asked: Asked, told: Mapping[int, _Told]) -> Governed:
    """Give what the groups of robots.txt amount to.  `told`: by the line that names it, what each document comes to."""
    doubtful = False

    def says(group: CombinedGroup) -> tuple[Said, ...]:
        nonlocal doubtful
        found: list[Said] = []
        for record in group.records("license") or _general(file):
            one = told.get(record.line)
            if one is not None:
                doubtful = doubtful or one.open
                found += [Said(s.use, s.preference, record.line, s.reading) for s in one.said]
        return tuple(found)

    said = tuple(
        Statement(
            s.use,
            s.preference,
            rsl.SIGNAL.name,
            rsl.SIGNAL.family,
            0,
            Origin(capture.url, f"line {s.line}"),
            s.reading,
            s.audience,
            s.agents,
            s.exempting,
        )
        for s in addressed(file, asked, ("license",), says)
    )
    return Governed(said, doubtful)


def licences(captures: Sequence[Capture]) -> Licences:
    """Give the licences that `captures` name and hold."""
    documents: dict[str, Heard] = {}
    for capture in captures:
        if capture.kind is Kind.LICENCE and (
            capture.asked not in documents or not settled(documents[capture.asked].capture)
        ):
            documents[capture.asked] = _heard(capture)
    namings: dict[str, tuple[Naming, ...]] = {}
    inline: dict[str, tuple[Heard, ...]] = {}
    robots: dict[str, tuple[Capture, RobotsTxt]] = {}
    feeds: list[Heard] = []
    findings = [finding for heard in documents.values() for finding in heard.findings]
    for capture in captures:
        if capture.kind is Kind.FEED and capture.ok:
            items = feed(capture.body, capture.url)
            findings += items.findings
            if items.model is not None:
                feeds.append(_read(capture, items))
        if _is_rsl_media(capture):
            findings.append(RSL111.at(Origin(capture.url)))
        found = named(capture)
        findings += found.findings
        if capture.kind is Kind.ROBOTS and capture.ok and found.namings:
            robots.setdefault(origin_of(capture.asked), (capture, _for_everybody(capture.body)))
            findings += _of_groups(capture)
        if found.namings:
            namings[capture.url] = tuple(n for n in found.namings if n.url is not None)
            within = tuple(_inside(capture, n) for n in found.namings if n.url is None)
            inline[capture.url] = within
            findings += [finding for heard in within for finding in heard.findings]
        for naming in found.namings:
            if naming.url in documents and documents[naming.url].capture.absent:
                findings.append(RSL101.at(naming.where, url=naming.url))
    return Licences(documents, inline, tuple(feeds), robots, namings, tuple(findings))


def _heard(capture: Capture) -> Heard:
    (heard,) = listen(capture)
    # Whoever names a document that does not exist has a broken licence, not none.
    return replace(heard, state=SignalState.BROKEN) if capture.absent else heard


def _inside(capture: Capture, naming: Naming) -> Heard:
    if capture.kind in WORKS or not isinstance(naming.inline, str):
        return _read(capture, read_inside(naming.inline, naming.where))
    parsed = document(
        naming.inline.strip().encode("utf-8", "replace"),
        capture.url,
        standalone=False,
        first_line=naming.line,
    )
    return _read(capture, parsed)


def _read(capture: Capture, parsed: Parsed[Rsl]) -> Heard:
    bad = any(f.severity.weight >= Severity.ERROR.weight for f in parsed.findings)
    state = (
        SignalState.BROKEN
        if parsed.model is None or (bad and not parsed.model.conformant)
        else SignalState.PRESENT
    )
    return Heard(rsl.SIGNAL, capture, parsed.model, parsed.findings, state)


def _is_rsl_media(capture: Capture) -> bool:
    """Tell whether a declaration of RSL-MEDIA is there: asked for, or named as if it were a licence."""
    here = capture.kind is Kind.RSL_MEDIA or capture.asked.endswith("/.well-known/rsl-media.xml")
    begins = capture.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    return here and capture.ok and begins.startswith(b"<") and b"html" not in begins


def _spoken(heard: Heard, url: str) -> _Told:
    if heard.model is None:
        # No document means unlicensed (section 4.3).  That is no reservation in the eyes of a literal reader: nothing says so.
        said = tuple(
            Statement(
                use,
                Preference.DISALLOWED,
                rsl.SIGNAL.name,
                rsl.SIGNAL.family,
                0,
                heard.origin,
                Reading.PROTECTIVE,
            )
            for use in UNLICENSED
        )
        return _Told(said, open=False, speaks=True)
    said = heard.say(url)
    return _Told(said, open=False, speaks=bool(said))


def _for_everybody(body: bytes) -> RobotsTxt:
    file = read(body)
    if file.everyone is not None:
        return file
    return RobotsTxt.parse(body[: LIMIT - len(NOBODY_REFUSED)] + NOBODY_REFUSED)


def _general(file: RobotsTxt) -> tuple[Record, ...]:
    return tuple(record for record in file.strays if record.name == "license")


def _of_groups(capture: Capture) -> Iterator[Finding]:
    file = read(capture.body)
    own = [(token, group) for token, group in file.named if group.records("license")]
    if file.everyone is not None and file.everyone.records("license"):
        own.append(("*", file.everyone))
    if _general(file) and own:
        line = own[0][1].records("license")[0].line
        agents = ", ".join(token for token, _ in own[:8])
        yield RSL401.at(Origin(capture.url, f"line {line}"), agents=agents)
    body = capture.body.lower()
    if body.find(b"license") < body.rfind(b"user-agent"):
        yield from _between_agents(capture.url, records(capture.body))


def _between_agents(url: str, lines: Iterable[Record]) -> Iterator[Finding]:
    before: Record | None = None
    after_agent = False
    for record in lines:
        if record.name == "license" and after_agent:
            before = before or record
            continue
        if record.name == "user-agent" and before is not None:
            yield RSL402.at(Origin(url, f"line {before.line}"), agent=record.value)
            return
        after_agent, before = record.name == "user-agent", None
