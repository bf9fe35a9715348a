"""`Content-Usage` lines of robots.txt: IETF AIPREF preferences for a whole site, by path.

Spec: draft-ietf-aipref-attach-05, section 3; draft-ietf-aipref-vocab-08, sections 4 to 6.
Covers: training, AI use and search, for addresses that may be fetched; never mining at large.
Order of readings: first Allow and Disallow, then the longest matching Content-Usage line of the same group.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..core.artifact import RobotsGroup, RobotsRecord
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..declaration.model import Carrier, Declaration
from ..grammar.robots import (
    CombinedGroup,
    Record,
    RobotsTxt,
    encoded,
    head_of,
    match_length,
    path_of,
    read,
    written,
)
from ..grammar.usage import LABELS, Fault, Usage, usage, usage_text
from .content_usage_rules import (
    CUR201,
    CUR202,
    CUR203,
    CUR204,
    CUR205,
    CUR206,
    CUR207,
    CUR208,
    CUR301,
    CUR302,
    CUR303,
    CUR304,
    CUR305,
    CUR901,
    RULES,
)  # fmt: skip
from .robots_audience import Said, addressed, is_web_page, silent
from .signal import Asked, Signal

FAMILY, RANK = "aipref", 0  # the drafts rank nothing: header and robots.txt combine (vocab, section 5.1)
NAME = "content-usage"
LINES_LOOKED_AT = 200
"""Lines of one file that findings are made of; what the file means is read from all of them."""


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class UsageRule:
    """One line.  `path`: a pattern as in Allow, None: the whole site, at the lowest rank.

    `meant_path`: what a favourable reader takes for the path of a line that has none although it seems to want one.
    """

    path: str | None
    statement: str
    line: int = field(default=0, compare=False)
    meant_path: str | None = field(default=None, compare=False)

    @property
    def usage(self) -> Usage:
        return usage(self.statement)

    def match(self, path: bytes) -> int:
        """Give how many octets of the path count, 0 for a line without path; -1 where it does not match."""
        return 0 if self.path is None else match_length(self.path.encode(), path)

    def __str__(self) -> str:
        return self.statement if self.path is None else f"{self.path} {self.statement}"


@dataclass(frozen=True, slots=True)
class ContentUsage:
    """`rules`: what stands in the groups for everybody else (`*`), in the order of the file.  `file`: all of it."""

    rules: tuple[UsageRule, ...]
    file: RobotsTxt = field(compare=False, repr=False)

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "ContentUsage | None":
        """The maker's wish for the whole site, exceptions included.  None where no use that AIPREF has a label for is spoken of.

        A line for a path repeats every label, since a longer match inherits nothing from a shorter one.
        """
        said: dict[str, str] = {}
        for level in reversed(wish.paths()):  # shortest first
            statement = usage_text(tuple((use, wish.preference(use, level)) for use in LABELS.values()))
            shorter = [known for known in said if level.startswith(known)]
            if statement and (not shorter or said[max(shorter, key=len)] != statement):
                said[level] = statement
        rules = tuple(UsageRule(None if p == "/" else encoded(p), text) for p, text in said.items())
        if not rules:
            return None
        text = written([RobotsGroup(("*",), (("Disallow", ""),))], map(_record, rules))
        return cls(rules, RobotsTxt.parse(text.encode()))


def _record(rule: UsageRule) -> RobotsRecord:
    return RobotsRecord("Content-Usage", str(rule))


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[ContentUsage]:
    """Read the Content-Usage lines of a robots.txt.  Never raises: mistakes come back as findings."""
    if not capture.ok:
        return Parsed(None)
    file = read(capture.body)
    found = file.records(NAME)
    if not found or is_web_page(file, capture):
        return Parsed(None)
    in_groups = [record for group in file.groups for record in group.records if record.name == NAME]
    rules = () if file.everyone is None else usage_rules(file.everyone)
    model = ContentUsage(rules, file) if in_groups else None
    findings = [*_strays(file, capture.url), *_each(in_groups, capture.url)]
    if model is not None:
        findings += [*_together(model, capture.url), *_good(model, capture.url)]
    return Parsed(model, tuple(findings))


def usage_rules(group: CombinedGroup) -> tuple[UsageRule, ...]:
    """Give the Content-Usage lines of a group, cut into path and statement.

    Only a value that starts with `/` has a path: `*.jpg train-ai=n` is a dictionary, and a broken one.
    Source: draft-ietf-aipref-attach-05, section 3.
    """
    return tuple(map(_rule, group.records(NAME)))


def _rule(record: Record) -> UsageRule:
    head, _, rest = record.value.replace("\t", " ").partition(" ")
    if record.value.startswith("/"):
        return UsageRule(head, rest.strip(), record.line)
    wants_path = rest and "=" not in head and ("*" in head or "/" in head or "." in head)
    return UsageRule(None, record.value, record.line, "/" + head if wants_path else None)


def _strays(file: RobotsTxt, url: str) -> Iterator[Finding]:
    for record in file.strays:
        if record.name == NAME:
            yield CUR207.at(Origin(url, f"line {record.line}"), value=record.value)
            return


def _each(records: list[Record], url: str) -> Iterator[Finding]:
    """Yield what is wrong with single lines; a line that is repeated in other groups is told once."""
    seen = set()
    for record in records[:LINES_LOOKED_AT]:
        if record.value in seen:
            continue
        seen.add(record.value)
        rule, here = _rule(record), Origin(url, f"line {record.line}")
        said = rule.usage
        corrected = said.corrected if rule.path is None else f"{rule.path} {said.corrected}"
        if rule.meant_path is not None:
            yield CUR206.at(here, value=record.value, corrected=f"{rule.meant_path} {said.corrected}")
            continue
        for flaw in said.flaws:
            yield _finding(flaw.fault, flaw.quote, corrected, here)


def _finding(fault: Fault, quote: str, corrected: str, here: Origin) -> Finding:
    match fault:
        case Fault.UNREADABLE:
            return CUR201.at(here, reason=quote, corrected=corrected)
        case Fault.VALUE:
            return CUR202.at(here, member=quote, corrected=corrected)
        case Fault.LEGACY:
            return CUR203.at(here, label=quote, corrected=corrected)
        case Fault.DUPLICATE:
            return CUR204.at(here, value=quote, corrected=corrected)
        case Fault.PARAMETER:
            return CUR205.at(here, value=quote, corrected=corrected)
        case Fault.UNKNOWN:
            return CUR208.at(here, label=quote)


def _together(model: ContentUsage, url: str) -> Iterator[Finding]:
    """Yield what lines do to each other, to the crawl rules and to groups without them."""
    if missing := silent(model.file, NAME):
        agents = ", ".join(token for token, _ in missing[:8]) + (", …" if len(missing) > 8 else "")
        yield CUR301.at(Origin(url, f"line {missing[0][1]}"), agents=agents)
    groups = dict.fromkeys(group for _, group in model.file.named)
    if model.file.everyone is not None:
        groups = {model.file.everyone: None} | groups
    told = set()
    for group in groups:
        for finding in _within(usage_rules(group)[:LINES_LOOKED_AT], group, url):
            if (finding.code, finding.values) not in told:
                told.add((finding.code, finding.values))
                yield finding


def _within(rules: tuple[UsageRule, ...], group: CombinedGroup, url: str) -> Iterator[Finding]:
    general = next((rule for rule in rules if rule.path is None), None)
    root = next((rule for rule in rules if rule.path == "/"), None)
    if general and root and general.usage.said != root.usage.said:
        yield CUR304.at(Origin(url, f"line {root.line}"), root=root, general=general)
    wide = root or general
    first: dict[str | None, UsageRule] = {}
    for rule in rules:
        here = Origin(url, f"line {rule.line}")
        other = first.setdefault(rule.path, rule)
        if other.usage.said != rule.usage.said:
            yield CUR305.at(here, path=rule.path or "/", other=other.line)
        if wide and rule.path not in {None, "/"}:
            dropped = dict(wide.usage.said).keys() - dict(rule.usage.said).keys()
            if dropped:
                yield CUR302.at(here, path=rule.path, labels=", ".join(sorted(dropped)))
        start = head_of((rule.path or "/").encode()).decode("utf-8", "replace")
        if not group.access(start).allowed:
            yield CUR303.at(here, path=rule.path or "/")


def _good(model: ContentUsage, url: str) -> Iterator[Finding]:
    said = [
        s
        for s in addressed(model.file, Asked("/"), (NAME,), lambda group: _says(group, "/"))
        if s.reading is Reading.BOTH
    ]
    refused = [s for s in said if s.preference is Preference.DISALLOWED and s.audience is Audience.EVERYONE]
    if refused:
        uses = ", ".join(s.use.value for s in refused)
        yield CUR901.at(Origin(url, f"line {refused[0].line}"), uses=uses)


# ---- render: what to write; parse() gives `model` back ---------------------------------------------------------------
def render(model: ContentUsage) -> tuple[RobotsRecord, ...]:
    """Give the lines to repeat in every group that lets somebody in, after its rules."""
    return tuple(map(_record, model.rules))


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: ContentUsage, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the lines prefer for the address asked about, and for whom."""
    return tuple(
        Statement(
            use=said.use,
            preference=said.preference,
            signal=SIGNAL.name,
            family=FAMILY,
            rank=RANK,
            origin=Origin(origin.url, f"line {said.line}"),
            reading=said.reading,
            audience=said.audience,
            agents=said.agents,
            exempting=said.exempting,
        )
        for said in addressed(model.file, asked, (NAME,), lambda group: _says(group, asked.url))
    )


def _says(group: CombinedGroup, url: str) -> tuple[Said, ...]:
    """Give what a group tells its own agents about `url`; nothing where they may not fetch it.

    The longest path decides, and lines that match at the same length combine; an unreadable one says nothing to a literal
    reader, who does not go back to a shorter one.  A favourable reader keeps every refusal that is plain in the text.
    """
    if not group.access(url).allowed:
        return ()
    path = path_of(url)
    rules = usage_rules(group)
    plain = [(rule.match(path), rule) for rule in rules if rule.meant_path is None]
    longest = max((length for length, _ in plain), default=-1)
    deciding = [rule for length, rule in plain if length == longest >= 0]
    misspelt = [r for r in rules if r.meant_path and match_length(r.meant_path.encode(), path) >= 0]
    return tuple(_combined(deciding, misspelt))


def _combined(deciding: list[UsageRule], misspelt: list[UsageRule]) -> Iterable[Said]:
    for use in LABELS.values():
        strict = max(deciding, key=lambda rule: rule.usage.preference(use), default=None)
        preference = Preference.UNKNOWN if strict is None else strict.usage.preference(use)
        refusing = next((rule for rule in deciding + misspelt if use in rule.usage.refused), None)
        only_kindly = refusing is not None and preference is not Preference.DISALLOWED
        if strict is not None and preference is not Preference.UNKNOWN:
            yield Said(use, preference, strict.line, Reading.STRICT if only_kindly else Reading.BOTH)
        if only_kindly and refusing is not None:
            yield Said(use, Preference.DISALLOWED, refusing.line, Reading.PROTECTIVE)


SIGNAL = Signal(
    name="content-usage",
    carrier=Carrier.CONTENT_USAGE,
    family=FAMILY,
    reads=frozenset({Kind.ROBOTS}),
    rules=RULES,
    of=ContentUsage.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
