"""What we are about to publish, read back as an outside reader would: nothing is written that says less, or something else.

Every carrier is parsed again and asked at every path where the declaration says something of its own, and below it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import product
from typing import Any

from ..core.artifact import Header, Markup, RobotsGroup
from ..core.errors import PublishError
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Severity
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from ..declaration.model import POLICY_PATH, Carrier, Declaration
from ..evaluate.resource import judge_use
from ..evaluate.verdict import Verdict
from ..signals import AnySignal, Asked, tdm_policy
from .compose import ANYBODY, NEVER, Composition, Level, published, robots_text, site_wide
from .message import Message, Value
from .targets.headers_file import served

DEEP = "voorbehoud/proef/werk.jpg"
FILES = {
    Kind.TDM_FILE: "/.well-known/tdmrep.json",
    Kind.AI_TXT: "/ai.txt",
    Kind.LICENCE: "/license.xml",
    Kind.TDM_POLICY: POLICY_PATH,
}
TYPES = {
    Kind.TDM_FILE: "application/json",
    Kind.LICENCE: "application/rsl+xml",
    Kind.TDM_POLICY: "application/json",
}

Meaning = frozenset[tuple[Use, Preference, Audience, Reading]]


@dataclass(frozen=True, slots=True)
class _Probe:
    """An address, and the level of the declaration that it falls under."""

    url: str
    level: Level


@dataclass(frozen=True, slots=True)
class _Amiss:
    """What is said of a use at an address, and what the declaration wants to be said there."""

    use: Use
    says: Preference
    wanted: Preference
    url: str

    @property
    def values(self) -> dict[str, Value]:
        """What fills the blanks of a message about it."""
        return {"use": self.use, "says": self.says, "wanted": self.wanted, "url": self.url}


@dataclass(frozen=True, slots=True)
class Proof:
    """What the maker should know although nothing is wrong.

    `unsaid`: uses that are reserved and that no file or tag tells everybody; only a header can, or nothing.
    `stricter`: signals that also refuse what the declaration allows below a path, for want of a form for paths.
    """

    unsaid: tuple[Use, ...]
    stricter: tuple[tuple[str, str], ...]


def prove(wish: Declaration, ours: Composition) -> Proof:
    """Read everything of `ours` back.  Raises PublishError, with the name of the carrier, where it says less or something else."""
    unsaid, stricter = dict[Use, None](), dict[tuple[str, str], None]()
    files = {signal.name: _read_file(signal, ours) for signal in _site_wide(wish)}
    _prove_policy(wish, ours)
    probes = tuple(_probes(ours))
    for signal in _site_wide(wish):
        if Kind.ROBOTS in signal.reads:
            _ask_named(wish, signal, files[signal.name], probes, ours)
    for probe in probes:
        told: list[Statement] = []
        for signal in published(wish, ours.origin):
            if site_wide(signal):
                model = by_file = files[signal.name]
            else:
                model = _read(signal, _page(probe.url, probe.level.headers, probe.level.markup))
                by_file = _read(signal, _page(probe.url, (), probe.level.markup))
            said = _said(signal, model, probe.url)
            _compare(wish, signal, said, probe)
            _leads_to_the_policy(wish, signal, said)
            if any(_refuses_what_is_allowed(wish, statement, probe) for statement in said):
                stricter[signal.name, probe.level.path] = None
            told += _said(signal, by_file, probe.url)
        unsaid |= dict.fromkeys(_missing(wish, probe, told))
    return Proof(tuple(unsaid), tuple(stricter))


def prove_robots(wish: Declaration, ours: Composition, body: bytes) -> tuple[Message, ...]:
    """Say what everybody reads otherwise in `body`, our block among the maker's own lines; empty where all is as declared."""
    wrong = []
    for signal in _site_wide(wish):
        if Kind.ROBOTS not in signal.reads:
            continue
        model = _read(signal, _file(ours, Kind.ROBOTS, body))
        for probe in _probes(ours):
            said = _said(signal, model, probe.url)
            wrong += [
                Message.of("robots-misread", signal=signal.name, **amiss.values)
                for amiss in _amiss(wish, said, probe)
            ]
    return tuple(dict.fromkeys(wrong))


def prove_headers_file(wish: Declaration, ours: Composition, body: bytes, unsaid: Iterable[str]) -> None:
    """Check the headers that the host sends because of `body`; `unsaid` are the ones left out.  Raises PublishError."""
    left_out = {name.lower() for name in unsaid}
    for probe, last in product(_probes(ours), (False, True)):
        sent = served(body, "/" + probe.url.partition("://")[2].partition("/")[2], last=last)
        for header in probe.level.headers:
            if header.name.lower() not in left_out and header.value not in _joined(sent, header.name):
                raise PublishError(f"_headers would not send {header.name}: {header.value} with {probe.url}")
        capture = _page(probe.url, tuple(Header(name, value) for name, value in sent), ())
        for signal in published(wish, ours.origin):
            if not site_wide(signal):
                _check(wish, signal, _said(signal, _read(signal, capture), probe.url), probe)


def prove_page(
    wish: Declaration, ours: Composition, path: str, media_type: str, body: bytes
) -> Message | None:
    """Say what a page, as it would be written, says otherwise than declared; None where all is well."""
    level = ours.level(path)
    probe = _Probe(ours.origin + path, level)
    capture = Capture(probe.url, probe.url, Kind.PAGE, 200, (("Content-Type", media_type),), body, NEVER)
    alone = _page(probe.url, (), level.markup)
    for signal in published(wish, ours.origin):
        if site_wide(signal):
            continue
        wanted = _said(signal, _read(signal, alone), probe.url)
        got = _said(signal, _read(signal, capture), probe.url)
        if not _meaning(wanted) <= _meaning(got):
            return Message.of("page-drowned", signal=signal.name)
        for amiss in _amiss(wish, got, probe):
            return Message.of("page-misread", signal=signal.name, **amiss.values)
    return None


def says_the_same(wish: Declaration, ours: Composition, name: str, body: bytes) -> bool:
    """Tell whether the maker's own file `name` says at every probe what ours would."""
    compared = [(s, kind) for s in _site_wide(wish) for kind in s.reads if FILES.get(kind) == name]
    for signal, kind in compared:
        mine, theirs = _read_file(signal, ours), _read(signal, _file(ours, kind, body))
        for probe in _probes(ours):
            if _meaning(_said(signal, mine, probe.url)) != _meaning(_said(signal, theirs, probe.url)):
                return False
        if kind is Kind.TDM_POLICY and mine != theirs:
            return False  # what a policy asks before anything is permitted is no statement, and it has to be the same
    return bool(compared)


def _prove_policy(wish: Declaration, ours: Composition) -> None:
    """Raise PublishError unless the policy for programs, read back, is the one that the declaration asks for and gives nothing away."""
    wanted = tdm_policy.of(wish, "/") if Carrier.TDM_POLICY in wish.carriers else None
    if wanted is None and wish.licence.mining is not None:
        raise PublishError(
            "`mining:` goes with a reservation of tdm and the carrier tdm-policy. Nothing was written."
        )
    body = next((file.body for file in ours.files if file.path == POLICY_PATH), None)
    if ours.origin != wish.site or (wanted is None and body is None):
        return
    parsed = tdm_policy.parse(_file(ours, Kind.TDM_POLICY, body or b""))
    amiss = next((f.message for f in parsed.findings if f.severity.weight >= Severity.WARNING.weight), None)
    if parsed.model is None or parsed.model != wanted or amiss is not None:
        raise PublishError(
            f"{POLICY_PATH} would not say what the declaration says"
            f"{f': {amiss}' if amiss is not None else ''}. Nothing was written."
        )


def _leads_to_the_policy(wish: Declaration, signal: AnySignal, said: Iterable[Statement]) -> None:
    """Raise PublishError where a reservation names another policy than the one that was proven."""
    for statement in said:
        if statement.policy not in {None, wish.policy}:
            raise PublishError(
                f"{signal.name} names {statement.policy}, where the policy is {wish.policy}. Nothing was written."
            )


# ---- reading back --------------------------------------------------------------------------------------------------------
def _compare(wish: Declaration, signal: AnySignal, said: Iterable[Statement], probe: _Probe) -> None:
    """Raise PublishError unless `said` is to everybody what the declaration says with `signal`."""
    model = signal.of(wish, "/" if site_wide(signal) else probe.level.path)
    if model is not None and _meaning(_said(signal, model, probe.url)) != _meaning(said):
        raise PublishError(
            f"{signal.name} would not say at {probe.url} what the declaration says. Nothing was written."
        )
    _check(wish, signal, said, probe)


def _ask_named(
    wish: Declaration, signal: AnySignal, model: Any, probes: Iterable[_Probe], ours: Composition
) -> None:
    """Raise PublishError where an agent that has, or should have, a group of ours hears something else than it should."""
    meant = signal.of(wish, "/")
    wanted = [a for a in (() if meant is None else signal.render(meant)) if isinstance(a, RobotsGroup)]
    agents = dict.fromkeys(agent for group in (*wanted, *ours.groups) for agent in group.agents)
    for probe, agent in product(probes, agents.keys() - {ANYBODY}):
        said = _said(signal, model, probe.url, agent)
        if (
            signal.carrier is not Carrier.ROBOTS_TXT
        ):  # a record in its group: it must not allow more than the maker does
            _check(wish, signal, said, probe, to_everybody=False)
        elif _meaning(said) != _meaning(_said(signal, meant, probe.url, agent)):
            raise PublishError(
                f"{signal.name} would not tell {agent} at {probe.url} what the declaration says. Nothing was written."
            )


def _check(
    wish: Declaration, signal: AnySignal, said: Iterable[Statement], probe: _Probe, to_everybody: bool = True
) -> None:
    """Raise PublishError where a literal reader is told less, or something that the declaration does not say there."""
    for amiss in _amiss(wish, said, probe, to_everybody):
        raise PublishError(
            f"{signal.name} says {amiss.says.name.lower()} for {amiss.use} at {amiss.url}, "
            f"where the declaration says {amiss.wanted.name.lower()}"
        )


def _amiss(
    wish: Declaration, said: Iterable[Statement], probe: _Probe, to_everybody: bool = True
) -> Iterator[_Amiss]:
    """Yield what a literal reader is told and the declaration does not say there; being refused more than asked is no fault."""
    for statement in said:
        heard = statement.reading.heard_in(Reading.STRICT) and (
            statement.audience is Audience.EVERYONE or not to_everybody
        )
        wanted = wish.preference(statement.use, probe.level.path)
        if (
            heard
            and statement.preference is not wanted
            and not _refuses_what_is_allowed(wish, statement, probe)
        ):
            yield _Amiss(statement.use, statement.preference, wanted, probe.url)


def _refuses_what_is_allowed(wish: Declaration, statement: Statement, probe: _Probe) -> bool:
    """Tell whether a literal reader is refused a use that the maker allows there: more than was asked, never less."""
    return (
        statement.preference is Preference.DISALLOWED
        and statement.reading.heard_in(Reading.STRICT)
        and wish.preference(statement.use, probe.level.path) is Preference.ALLOWED
    )


def _missing(wish: Declaration, probe: _Probe, told: Iterable[Statement]) -> Iterator[Use]:
    found = tuple(told)
    for use in Use:
        if (
            wish.reserves(use, probe.level.path)
            and judge_use(use, found, (), fetched=True).strict is not Verdict.RESERVED
        ):
            yield use


def _site_wide(wish: Declaration) -> tuple[AnySignal, ...]:
    return tuple(signal for signal in published(wish) if site_wide(signal))


def _read(signal: AnySignal, capture: Capture) -> Any:
    return signal.parse(capture).model if capture.kind in signal.reads else None


def _read_file(signal: AnySignal, ours: Composition) -> Any:
    """Give what the signal reads in the file that `ours` has for it."""
    kind = next(iter(signal.reads))
    if kind is Kind.ROBOTS:
        return _read(signal, _file(ours, kind, robots_text(ours).encode()))
    body = next((file.body for file in ours.files if file.path == FILES[kind]), b"")
    return _read(signal, _file(ours, kind, body))


def _said(signal: AnySignal, model: Any, url: str, agent: str | None = None) -> tuple[Statement, ...]:
    return () if model is None else signal.evaluate(model, Asked(url, agent), Origin(url))


def _meaning(said: Iterable[Statement]) -> Meaning:
    return frozenset((s.use, s.preference, s.audience, s.reading) for s in said)


def _probes(ours: Composition) -> Iterator[_Probe]:
    for level in ours.levels:
        for path in (level.path, level.path + DEEP):
            yield _Probe(ours.origin + path, ours.level(path))


def _file(ours: Composition, kind: Kind, body: bytes) -> Capture:
    url = ours.origin + FILES.get(kind, "/robots.txt")
    media_type = TYPES.get(kind, "text/plain")
    return Capture(url, url, kind, 200, (("Content-Type", media_type),), body, NEVER)


def _page(url: str, headers: Iterable[Header], markup: Iterable[Markup]) -> Capture:
    tags = "".join(f'<meta name="{escape(tag.name)}" content="{escape(tag.content)}">' for tag in markup)
    sent = (
        ("Content-Type", "text/html; charset=utf-8"),
        *((header.name, header.value) for header in headers),
    )
    body = f"<!doctype html><html><head>{tags}<title>x</title></head><body></body></html>"
    return Capture(url, url, Kind.PAGE, 200, sent, body.encode(), NEVER)


def _joined(sent: Iterable[tuple[str, str]], name: str) -> str:
    return ", ".join(value for key, value in sent if key == name.lower())
