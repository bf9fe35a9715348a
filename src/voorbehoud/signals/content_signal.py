"""`Content-Signal` lines of robots.txt: Cloudflare's `search=yes, ai-input=no, ai-train=no`.

Spec: Cloudflare, managed robots.txt; contentsignals.org.  There is no formal grammar: it is read tolerantly, and written so
that it is also a valid RFC 9651 dictionary.
Covers: the whole site; there is no form for a path.  It is a condition of use, so it also holds where a crawl rule refuses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..agents.catalogue import catalogue
from ..core.artifact import RobotsGroup, RobotsRecord
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.purpose import Purpose
from ..core.spec import CONTENT_SIGNALS
from ..core.statement import Audience, Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Carrier, Declaration
from ..grammar.robots import CombinedGroup, Record, RobotsTxt, read, written
from .robots_audience import Said, addressed, is_web_page, silent
from .robots_txt_managed import managed
from .signal import Asked, Signal

FAMILY, RANK = "content-signals", 0
NAMES = ("content-signal", "content-signals")
LABELS = {label: uses[0] for label, uses in TERMS["content-signals"].items()}
VALUES = {"yes": Preference.ALLOWED, "no": Preference.DISALLOWED}
WORDS = {preference: word for word, preference in VALUES.items()}
ORDER = ("search", "ai-input", "ai-train")
USE_VALUES = ("immediate", "reference", "full")
SPEC = CONTENT_SIGNALS.section("Content Signals")
LINES_LOOKED_AT = 200


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ContentSignal:
    """`said`: what the groups for everybody else (`*`) say, in the order of the labels.  `file`: all of it."""

    said: tuple[tuple[str, Preference], ...]
    file: RobotsTxt = field(compare=False, repr=False)

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "ContentSignal | None":
        """The maker's wish for the whole site; None where nothing can be said.

        CHOICE: there is no form for a path.  A label whose use differs from path to path is left out: `no` would contradict
        what the other signals allow at the exception, and `yes` would be untrue.  Left out, it grants nothing.
        """
        said = []
        for label in ORDER:
            wanted = {wish.preference(LABELS[label], level) for level in wish.paths()}
            if len(wanted) == 1 and Preference.UNKNOWN not in wanted:
                said.append((label, wanted.pop()))
        if not said:
            return None
        text = written([RobotsGroup(("*",), (("Disallow", ""),))], [_line(tuple(said))])
        return cls(tuple(said), RobotsTxt.parse(text.encode()))


# ---- rules: what can be found ----------------------------------------------------------------------------------------
CSG201 = Rule(
    code="CSG201",
    severity=Severity.WARNING,
    message="Content-Signal in robots.txt has “{label}”, a label that it does not know",
    why="Only search, ai-input and ai-train are defined; this part says nothing.",
    fix="Write `Content-Signal: search=yes, ai-input=no, ai-train=no`.",
    spec=SPEC,
)
CSG202 = Rule(
    code="CSG202",
    severity=Severity.ERROR,
    message="Content-Signal in robots.txt says “{member}”; only yes and no have a meaning",
    why="A crawler cannot tell what is meant, so this part says nothing.",
    fix="Write `{label}=no` to refuse, `{label}=yes` to allow.",
    spec=SPEC,
)
CSG203 = Rule(
    code="CSG203",
    severity=Severity.WARNING,
    message="the line is called “{name}”; its name is Content-Signal",
    why="Only a tolerant crawler looks for the plural.",
    fix="Write `Content-Signal:`.",
    spec=SPEC,
)
CSG301 = Rule(
    code="CSG301",
    severity=Severity.WARNING,
    message="the groups of these agents have no Content-Signal line: {agents}",
    why="An agent with a group of its own hears nothing of what stands under `User-agent: *`.",
    fix="Repeat the Content-Signal line in each of these groups, after the Allow or Disallow lines.",
    spec=SPEC,
)
CSG302 = Rule(
    code="CSG302",
    severity=Severity.WARNING,
    message="“Content-Signal: {value}” stands before the first User-agent line",
    why="Some crawlers take it for the whole file, others for nothing: it is only heard by a favourable reader.",
    fix="Move it into the group `User-agent: *`, after the Allow or Disallow lines.",
    spec=SPEC,
)
CSG303 = Rule(
    code="CSG303",
    severity=Severity.INFO,
    message="Content-Signal says use={value}",
    why="This tells how much of a text may be shown; it has no counterpart among the uses that are judged here.",
    fix="Nothing to do.",
    spec=SPEC,
)
CSG304 = Rule(
    code="CSG304",
    severity=Severity.WARNING,
    message="Content-Signal says both yes and no about {label}",
    why="Readers differ on which one counts; here the refusal does.",
    fix="Keep one of the two; look for a second place that adds a line (CDN, plugin).",
    spec=SPEC,
)
CSG305 = Rule(
    code="CSG305",
    severity=Severity.WARNING,
    message="Content-Signal says ai-train=yes, while robots.txt keeps out {agents}",
    why="The one allows training, the other keeps out crawlers that come for it: whoever wants to read it as permission can.",
    fix="Write `ai-train=no`, or let these agents in.",
    spec=SPEC,
)
CSG306 = Rule(
    code="CSG306",
    severity=Severity.INFO,
    message="Content-Signal “{value}” comes from Cloudflare's block, not from the site's own file",
    why="It counts like any other. It goes when somebody changes the setting at Cloudflare, or when you move away.",
    fix="If you count on it, write the line into the robots.txt of the site itself.",
    spec=SPEC,
)
CSG307 = Rule(
    code="CSG307",
    severity=Severity.WARNING,
    message="Cloudflare's block says “{theirs}” to everybody, and the site itself “{own}”",
    why="Both lines end up in one group. Here the stricter word of each label counts; another reader may take the first line, which is Cloudflare's.",
    fix="Say the same in both: switch off the one at Cloudflare, or make the site's own line equal to it.",
    spec=SPEC,
)
CSG901 = Rule(
    code="CSG901",
    severity=Severity.GOOD,
    message="Content-Signal in robots.txt refuses {uses} for everyone",
    why="It is not tied to names of agents, so it also holds for those that nobody knows yet.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (CSG201, CSG202, CSG203, CSG301, CSG302, CSG303, CSG304, CSG305, CSG306, CSG307, CSG901)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[ContentSignal]:
    """Read the Content-Signal lines of a robots.txt.  Never raises: mistakes come back as findings."""
    if not capture.ok:
        return Parsed(None)
    file = read(capture.body)
    found = file.records(*NAMES)
    if not found or is_web_page(file, capture):
        return Parsed(None)
    everyone = file.everyone
    said = () if everyone is None else _strictest(everyone.records(*NAMES))
    model = ContentSignal(said, file)
    findings = [*_each(found, capture.url), *_together(file, capture.url), *_of_block(capture, file)]
    findings += _good(file, capture.url)
    return Parsed(model, tuple(findings))


def members(value: str) -> Iterator[tuple[str, str]]:
    """Yield label and value of each part, in lower case; a part without `=` has an empty value."""
    for part in value.split(","):
        label, _, word = part.partition("=")
        if part.strip():
            yield label.strip().lower(), word.strip().lower()


def _strictest(records: tuple[Record, ...]) -> tuple[tuple[str, Preference], ...]:
    said: dict[str, Preference] = {}
    for record in records:
        for label, word in members(record.value):
            if label in LABELS and word in VALUES:
                said[label] = max(VALUES[word], said.get(label, Preference.UNKNOWN))
    return tuple((label, said[label]) for label in ORDER if label in said)


def _each(records: tuple[Record, ...], url: str) -> Iterator[Finding]:
    """Yield what is wrong with single lines; a line that is repeated in other groups is told once."""
    seen = set()
    for record in records[:LINES_LOOKED_AT]:
        if (record.name, record.value) in seen:
            continue
        seen.add((record.name, record.value))
        here = Origin(url, f"line {record.line}")
        if record.name != NAMES[0]:
            yield CSG203.at(here, name=record.name)
        for label, word in members(record.value):
            if label == "use" and word in USE_VALUES:
                yield CSG303.at(here, value=word)
            elif label not in LABELS:
                yield CSG201.at(here, label=label)
            elif word not in VALUES:
                yield CSG202.at(here, member=f"{label}={word}", label=label)


def _together(file: RobotsTxt, url: str) -> Iterator[Finding]:
    for record in file.strays:
        if record.name in NAMES:
            yield CSG302.at(Origin(url, f"line {record.line}"), value=record.value)
            break
    if missing := silent(file, *NAMES):
        agents = ", ".join(token for token, _ in missing[:8]) + (", …" if len(missing) > 8 else "")
        yield CSG301.at(Origin(url, f"line {missing[0][1]}"), agents=agents)
    everyone = file.everyone
    if everyone is None:
        return
    records = everyone.records(*NAMES)
    heard: dict[str, set[str]] = {}
    for record in records:
        for label, word in members(record.value):
            if label in LABELS and word in VALUES:
                heard.setdefault(label, set()).add(word)
    last = Origin(url, f"line {records[-1].line}") if records else Origin(url)
    for label, words in heard.items():
        if len(words) > 1:
            yield CSG304.at(last, label=label)
    if heard.get("ai-train") == {"yes"} and (kept_out := _kept_out(file)):
        yield CSG305.at(last, agents=", ".join(kept_out[:8]) + (", …" if len(kept_out) > 8 else ""))


def _of_block(capture: Capture, file: RobotsTxt) -> Iterator[Finding]:
    """Yield what comes from Cloudflare's managed block, and whether the site itself says something else to everybody."""
    block = managed(capture.body)
    if block is None or file.everyone is None:
        return
    records = file.everyone.records(*NAMES)
    theirs = [record for record in records if record.line in block]
    own = [record for record in records if record.line not in block]
    if not theirs:
        return
    here = Origin(capture.url, f"line {theirs[0].line}")
    if own and _strictest(tuple(own)) != _strictest(tuple(theirs)):
        yield CSG307.at(here, theirs=theirs[0].value, own=own[0].value)
    else:
        yield CSG306.at(here, value=theirs[0].value)


def _kept_out(file: RobotsTxt) -> list[str]:
    known = catalogue()
    trainers = [
        token for token, _ in file.named if (a := known.by_token(token)) and a.purpose is Purpose.TRAINING
    ]
    return [token for token in trainers if not file.access(token, "/").allowed]


def _good(file: RobotsTxt, url: str) -> Iterator[Finding]:
    refused = [
        said
        for said in addressed(file, Asked("/"), NAMES, _says)
        if said.preference is Preference.DISALLOWED and said.audience is Audience.EVERYONE
    ]
    if refused:
        uses = ", ".join(said.use.value for said in refused)
        yield CSG901.at(Origin(url, f"line {refused[0].line}"), uses=uses)


# ---- render: what to write; parse() gives `model` back ---------------------------------------------------------------
def render(model: ContentSignal) -> tuple[RobotsRecord, ...]:
    """Give the line to repeat in every group that lets somebody in, after its rules."""
    return (_line(model.said),) if model.said else ()


def _line(said: tuple[tuple[str, Preference], ...]) -> RobotsRecord:
    return RobotsRecord(
        "Content-Signal", ", ".join(f"{label}={WORDS[preference]}" for label, preference in said)
    )


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: ContentSignal, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the lines prefer, and for whom; a refusal before the first group is heard by a favourable reader only."""
    said = [*addressed(model.file, asked, NAMES, _says), *_early(model.file)]
    return tuple(
        Statement(
            use=one.use,
            preference=one.preference,
            signal=SIGNAL.name,
            family=FAMILY,
            rank=RANK,
            origin=Origin(origin.url, f"line {one.line}"),
            reading=one.reading,
            audience=one.audience,
            agents=one.agents,
            exempting=one.exempting,
        )
        for one in said
    )


def _says(group: CombinedGroup) -> tuple[Said, ...]:
    return tuple(_all(group.records(*NAMES)))


def _early(file: RobotsTxt) -> Iterator[Said]:
    records = tuple(record for record in file.strays if record.name in NAMES)
    for said in _all(records):
        if said.preference is Preference.DISALLOWED:
            yield Said(said.use, said.preference, said.line, Reading.PROTECTIVE)


def _all(records: tuple[Record, ...]) -> Iterator[Said]:
    """Yield what records say about each use, of several the strictest with its line."""
    best: dict[Use, Said] = {}
    for record in records:
        for label, word in members(record.value):
            if label in LABELS and word in VALUES:
                said = Said(LABELS[label], VALUES[word], record.line)
                if said.use not in best or said.preference > best[said.use].preference:
                    best[said.use] = said
    return iter(best.values())


SIGNAL = Signal(
    name="content-signal",
    carrier=Carrier.CONTENT_SIGNAL,
    family=FAMILY,
    reads=frozenset({Kind.ROBOTS}),
    rules=RULES,
    of=ContentSignal.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
