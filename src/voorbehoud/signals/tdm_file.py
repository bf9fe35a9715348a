"""`/.well-known/tdmrep.json`: rules for every address of one origin.

Spec: TDMRep, "TDM File on the Origin Server".  The first rule that matches counts, unlike in robots.txt.
Covers: scheme, host and port that serve it.  Not judged here: what the policies say, and what other layers say.
"""

import codecs
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..core.artifact import File
from ..core.evidence import Capture, Kind, Origin, origin_of
from ..core.finding import Finding, Parsed
from ..core.statement import Statement
from ..core.use import Use
from ..declaration.model import Carrier, Declaration
from ..grammar.json_rules import Entry, entries
from ..grammar.location import canonical, literal, matches, target
from . import tdm_file_rules as rule
from .signal import Asked, Signal
from .tdm_words import FAMILY, POLICY, RESERVATION, is_no_policy, is_whole_address, statements

RANK = 0  # file 0 < header 1 < page 2 < embedded 3
PATH, MEDIA_TYPE = "/.well-known/tdmrep.json", "application/json"
MOST_BYTES, MOST_RULES = 500 * 1024, 1000  # CHOICE: the size that RFC 9309 asks readers of robots.txt to take
MOST_TOLD = 20
COMPARED = 100  # rules among which the order is examined; every pair is looked at


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TdmRule:
    """One rule.  `location` None: no text to match with.

    `reserved`: for a literal reader; None: its value means nothing, so addresses that it matches first are unset.
    `meant`: for a favourable reader; never False where `reserved` is None.
    """

    location: str | None
    reserved: bool | None
    policy: str | None = None
    meant: bool | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TdmFile:
    """The rules in the order of the file.  `literal` False: a literal reader cannot use the file at all."""

    rules: tuple[TdmRule, ...]
    literal: bool = True

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "TdmFile | None":
        """The maker's wish for the whole origin; exceptions first, so that the first match is also the longest."""
        rules: list[TdmRule] = []
        for place in reversed(wish.paths()):  # shortest first: a path that changes nothing gets no rule
            reserved = wish.reserves(Use.TDM, place)
            around = next((r for r in rules if matches(r.location or "", target(place))), None)
            if reserved is not None and (around is None or around.reserved is not reserved):
                policy = wish.policy if reserved else None
                rules.insert(0, TdmRule(literal(place), reserved, policy, reserved))
        return cls(tuple(rules)) if rules else None


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmFile]:
    """Read the file.  Never raises: what is wrong with it comes back as findings.

    HTML in its place is no file at all: many hosts answer every unknown address with their home page.
    """
    if not capture.ok:
        return Parsed(None)
    here = Origin(capture.url)
    body = capture.body[:MOST_BYTES]
    text, problem = _text(body)
    media_type = capture.media_type
    if text.lstrip().startswith("<"):
        return Parsed(None, (rule.TDF101.at(here, media_type=media_type or "no media type"),))
    findings = list[Finding]()
    if not (media_type == MEDIA_TYPE or media_type.endswith(("/json", "+json"))):
        findings.append(rule.TDF102.at(here, media_type=media_type or "no media type"))
    if body.startswith(codecs.BOM_UTF8):
        findings.append(rule.TDF103.at(here))
    found = entries(text, MOST_RULES + 1)
    cut = capture.truncated or len(capture.body) > MOST_BYTES
    problem = problem or found.problem
    if cut:
        findings.append(rule.TDF104.at(here))
    elif problem:
        findings.append(rule.TDF201.at(Origin(capture.url, f"line {found.line}"), problem=problem))
    elif not found.array:
        findings.append(rule.TDF202.at(Origin(capture.url, f"line {found.line}")))
    model = TdmFile(
        tuple(_rule(entry, found.array) for entry in found.entries[:MOST_RULES]),
        literal=found.array and not cut and not problem,
    )
    if len(found.entries) > MOST_RULES:
        findings.append(rule.TDF208.at(here))
    for entry, read in zip(found.entries, model.rules, strict=False):
        findings.extend(_about(entry, read, Origin(capture.url, f"line {entry.line}")))
    findings.extend(_about_all(model, here))
    return Parsed(model, tuple(_the_first_of_each(findings)))


def _the_first_of_each(findings: list[Finding]) -> Iterator[Finding]:
    """Yield findings, of each kind only the first twenty: a plug-in makes the same mistake in every rule."""
    told = Counter[str]()
    for finding in findings:
        told[finding.code] += 1
        if told[finding.code] <= MOST_TOLD:
            yield finding


def _text(body: bytes) -> tuple[str, str | None]:
    """Give the text without byte order mark, and what is wrong with its encoding."""
    try:
        return body.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        return body.decode("utf-8-sig", "replace"), "it is not UTF-8"


def _rule(entry: Entry, in_array: bool) -> TdmRule:
    location, value, policy = (entry.last(key) for key in ("location", RESERVATION, POLICY))
    if not isinstance(location, str):
        # {"tdm-reservation": true} and nothing else: whoever writes that means the whole site.
        location = "/" if not in_array and not entry.has("location") and entry.has(RESERVATION) else None
    reserved = bool(value) if _is_value(value) else None
    # A key that is written twice with different values is read differently by different parsers.
    if any(_differ([item for name, item in entry.members or () if name == key]) for key in entry.repeated):
        reserved = None
    said = [item for name, item in entry.members or () if name == RESERVATION]
    meant = reserved if reserved is not None else (any(map(_means_reserved, said)) or None)
    return TdmRule(location, reserved, policy if isinstance(policy, str) else None, meant, entry.line)


def _is_value(value: Any) -> bool:
    # True == 1 and 1.0 == 1, but neither is the number 1 of the file.
    return type(value) is int and value in {0, 1}


def _differ(values: list[Any]) -> bool:
    return any(type(value) is not type(values[0]) or value != values[0] for value in values)


def _means_reserved(value: Any) -> bool:
    return isinstance(value, str | int | float) and str(value).strip().lower() in _MEANT


_MEANT = frozenset({"1", "1.0", "2", "true", "yes"})
_REGEX = re.compile(
    r"\.\*|[\[\\^]|\([^)]*[|?*+]|\)[*+?{]"
)  # brackets alone are the name of a folder: `/werk (oud)/`
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}\$$")


def _about(entry: Entry, read: TdmRule, here: Origin) -> Iterator[Finding]:
    """Yield what is wrong with one rule."""
    if entry.members is None or read.location in {None, ""}:
        yield rule.TDF203.at(here)
        return
    location = read.location or ""
    if not location.startswith("/"):
        yield rule.TDF205.at(here, location=location)
    if not entry.has(RESERVATION):
        yield rule.TDF210.at(here, location=location)
    elif not _is_value(entry.last(RESERVATION)):
        yield rule.TDF204.at(here, location=location, value=_shown(entry.last(RESERVATION)))
    for key in entry.repeated:
        yield rule.TDF206.at(here, key=key)
    for key in dict.fromkeys(name for name, _ in entry.members):
        if key not in {"location", RESERVATION, POLICY}:
            yield rule.TDF207.at(here, key=key)
    if _REGEX.search(location):
        yield rule.TDF209.at(here, location=location)
    elif _ENDING.search(location):
        yield rule.TDF301.at(here, location=location)
    if unicodedata.normalize("NFC", location) != location:
        yield rule.TDF309.at(here, location=location)
    if entry.has(POLICY):
        policy = entry.last(POLICY)
        if not isinstance(policy, str) or not is_whole_address(policy):
            yield rule.TDF307.at(here, value=_shown(policy))
        elif is_no_policy(policy):
            yield rule.TDF308.at(here, value=policy)


def _about_all(model: TdmFile, here: Origin) -> Iterator[Finding]:
    """Yield what is wrong with the rules together, and what is right."""
    if not model.literal:
        return
    if not model.rules:
        yield rule.TDF306.at(here)
        return
    usable = [r for r in model.rules if r.location is not None and r.location.startswith("/")]
    hidden = _hidden(usable[:COMPARED])
    for place, read in enumerate(usable):
        at = Origin(here.url, f"line {read.line}")
        if place in hidden:
            yield rule.TDF302.at(at, location=read.location, winner=hidden[place].location)
        elif read.reserved is False:
            yield (rule.TDF303 if _covers_all(_location(read)) else rule.TDF304).at(
                at, location=read.location
            )
    last = next((place for place, read in enumerate(usable) if _covers_all(_location(read))), None)
    if last is None:
        yield rule.TDF305.at(here)
    elif all(read.reserved for read in usable[: last + 1]):
        yield rule.TDF901.at(Origin(here.url, f"line {usable[last].line}"))


def _hidden(rules: list[TdmRule]) -> dict[int, TdmRule]:
    """Give the places of rules that an earlier, shorter one with another value hides, each with the one that hides it.

    Tried on the plainest address that a rule was written for: what is found is true, not everything is found.
    """
    found = dict[int, TdmRule]()
    for place, late in enumerate(rules):
        address = target(_location(late).removesuffix("$").replace("*", ""))
        winner = next((early for early in rules[:place] if matches(_location(early), address)), None)
        if winner is None or None in {winner.reserved, late.reserved} or winner.reserved is late.reserved:
            continue
        if len(canonical(_location(winner))) < len(canonical(_location(late))):
            found[place] = winner
    return found


def _location(read: TdmRule) -> str:
    return read.location or ""


def _covers_all(location: str) -> bool:
    return re.fullmatch(r"/\**\$?", location) is not None and (not location.endswith("$") or "*" in location)


def _shown(value: Any) -> str:
    """Give a value as the file writes it, short enough to print."""
    if isinstance(value, str | int | float | bool) or value is None:
        return json.dumps(value, ensure_ascii=False)[:80]
    return "[…]" if isinstance(value, list) else "{…}"


# ---- render: what to publish; parse() gives `model` back -------------------------------------------------------------
def render(model: TdmFile) -> tuple[File, ...]:
    """Give the file, in ASCII.  Raises ValueError for a model that only a faulty file can have."""
    if not model.literal or any(r.location is None or r.reserved is None for r in model.rules):
        raise ValueError("rules without a location or a value cannot be published")
    said = [
        {"location": r.location, RESERVATION: int(bool(r.reserved))}
        | ({POLICY: r.policy} if r.policy else {})
        for r in model.rules
    ]
    return (File(PATH, (json.dumps(said, indent=2) + "\n").encode("ascii"), MEDIA_TYPE),)


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TdmFile, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the first rule that matches `asked.url` reserves, for a literal and for a favourable reader."""
    path = target(asked.url)
    strict = next((r for r in model.rules if _literally(r, path)), None) if model.literal else None
    kind = next((r for r in model.rules if _favourably(r, path, model.literal, origin.url)), None)
    deciding = strict if strict is not None and strict.reserved is not None else kind
    if deciding is None:
        return ()
    return statements(
        strict.reserved if strict else None,
        kind.meant if kind else None,
        deciding.policy,
        SIGNAL.name,
        RANK,
        Origin(origin.url, f"line {deciding.line}"),
    )


def _literally(read: TdmRule, path: str) -> bool:
    return read.location is not None and read.location.startswith("/") and matches(read.location, path)


def _favourably(read: TdmRule, path: str, literal: bool, file: str) -> bool:
    """Tell whether a reader who wants to do right lets this rule decide; what gives away is taken literally only."""
    if not read.meant:
        return read.meant is False and literal and _literally(read, path)
    pattern = _repaired(_location(read), file)
    return _literally(read, path) or (pattern is not None and matches(pattern, path))


def _repaired(location: str, file: str) -> str | None:
    """Give the pattern that was probably meant: a whole address, a regular expression, a path without its slash."""
    try:
        if origin_of(location) == origin_of(file):
            location = target(location)
    except ValueError:
        pass  # no whole address
    location = location.removeprefix("^").replace("\\", "").replace(".*", "*")
    location = re.split(r"[\[(]", location, maxsplit=1)[0]
    if not location:
        return None
    return location if location.startswith(("/", "*")) else f"/{location}"


SIGNAL = Signal(
    name="tdm-file",
    carrier=Carrier.TDM_FILE,
    family=FAMILY,
    reads=frozenset({Kind.TDM_FILE}),
    rules=rule.RULES,
    of=TdmFile.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
