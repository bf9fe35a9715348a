"""`/ai.txt` in the form of Spawning (2023): which kinds of files are not for AI training.

Spec: Spawning's announcement and generator; there is no formal grammar.
Covers: the origin that serves it.  Not judged here: other files of that name, which are recognised and left alone.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from ..core.artifact import File
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.spec import AI_TXT
from ..core.statement import Audience, Statement
from ..core.use import Use
from ..declaration.model import Carrier, Declaration
from ..grammar.location import matches, target
from .signal import Asked, Signal

FAMILY, RANK = "ai-txt", 0
PATH = "/ai.txt"
SPEC = AI_TXT.section("ai.txt")
MOST_BYTES, MOST_LINES = 500 * 1024, 5000

IMAGE_ENDINGS = ("bmp", "gif", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")
ENDINGS = (
    "txt", "pdf", "doc", "docx", "odt", "rtf", "tex", "wks", "wpd", "wps", "html", "epub",
    *IMAGE_ENDINGS, "avif", "heic", "jxl",
    "aac", "aiff", "amr", "flac", "m4a", "mp3", "oga", "opus", "wav", "wma",
    "mp4", "webm", "ogg", "avi", "mov", "wmv", "flv", "mkv",
    "py", "js", "java", "c", "cpp", "cs", "h", "css", "php", "swift", "go", "rb", "pl", "sh", "sql",
)  # fmt: skip
"""What Spawning's generator writes when everything is switched off, and four newer formats that it forgets."""

EVERYTHING = ("/", "*")


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class AiGroup:
    """One group.  `disallow` are patterns as written: `*.jpg`, `/`, `*`.  `line`: where the first of them stands."""

    agents: tuple[str, ...]
    disallow: tuple[str, ...]
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AiTxt:
    """The groups in the order of the file."""

    groups: tuple[AiGroup, ...]

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "AiTxt | None":
        """The maker's wish for the whole origin; None also where a path is excepted, which this format cannot say."""
        if not all(wish.reserves(Use.TRAIN_AI, place) for place in wish.paths()):
            return None
        return cls((AiGroup(("*",), (*(f"*.{ending}" for ending in ENDINGS), *EVERYTHING)),))


# ---- rules: what can be found ----------------------------------------------------------------------------------------
AIT101 = Rule(
    code="AIT101",
    severity=Severity.WARNING,
    message="a web page ({media_type}) is served where ai.txt should be",
    why="The host answers any unknown address with a page: there is no ai.txt, whatever the status says.",
    fix="Nothing to do if you publish no ai.txt; else upload it as a file of its own.",
    spec=SPEC,
)
AIT102 = Rule(
    code="AIT102",
    severity=Severity.WARNING,
    message="ai.txt is served as {media_type}",
    why="A careful reader may refuse a file that does not say that it is plain text.",
    fix="Serve it with `Content-Type: text/plain; charset=utf-8`.",
    spec=SPEC,
)
AIT103 = Rule(
    code="AIT103",
    severity=Severity.WARNING,
    message="ai.txt is longer than we read (500 KiB or 5,000 lines)",
    why="What stands further down does not count for us, and other readers stop earlier.",
    fix="Publish it again with this tool: the file has about fifty lines.",
    spec=SPEC,
)
AIT201 = Rule(
    code="AIT201",
    severity=Severity.INFO,
    message="ai.txt holds no User-Agent with a Disallow below it: it is another format of the same name, or empty",
    why="It reserves nothing in the sense of Spawning's ai.txt.",
    fix="Nothing to do; the other signals count.",
    spec=SPEC,
)
AIT202 = Rule(
    code="AIT202",
    severity=Severity.INFO,
    message="ai.txt says Allow: {pattern}",
    why="What that means beside a Disallow is not described anywhere; we take a Disallow to win.",
    fix="Remove the line, unless you mean to give these files away; then remove the Disallow.",
    spec=SPEC,
)
AIT301 = Rule(
    code="AIT301",
    severity=Severity.INFO,
    message="ai.txt does not mention every kind of image: {missing}",
    why="A reader that goes by file extension finds nothing about these.",
    fix="Publish it again with this tool.",
    spec=SPEC,
)
AIT302 = Rule(
    code="AIT302",
    severity=Severity.WARNING,
    message="ai.txt speaks to {agents} only",
    why="A group without `User-Agent: *` says nothing to anybody else.",
    fix="Write `User-Agent: *`.",
    spec=SPEC,
)
AIT901 = Rule(
    code="AIT901",
    severity=Severity.GOOD,
    message="ai.txt refuses AI training to everyone",
    why="It is one more notice; hardly anybody reads this file, so it never stands alone.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (AIT101, AIT102, AIT103, AIT201, AIT202, AIT301, AIT302, AIT901)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[AiTxt]:
    """Read the file.  Never raises; a page in its place and other formats of that name give no model."""
    if not capture.ok:
        return Parsed(None)
    here = Origin(capture.url)
    media_type = capture.media_type or "no media type"
    text = capture.body[:MOST_BYTES].decode("utf-8-sig", "replace")
    if text.lstrip().startswith("<"):
        return Parsed(None, (AIT101.at(here, media_type=media_type),))
    groups, findings = _groups(text, here)
    if not any(group.disallow for group in groups):
        return Parsed(None, (*findings, AIT201.at(here)))
    if media_type != "text/plain":
        findings.append(AIT102.at(here, media_type=media_type))
    if capture.truncated or len(capture.body) > MOST_BYTES or text.count("\n") > MOST_LINES:
        findings.append(AIT103.at(here))
    general = [group for group in groups if "*" in group.agents]
    patterns = {pattern.lower() for group in general for pattern in group.disallow}
    if not patterns:
        agents = dict.fromkeys(agent for group in groups for agent in group.agents)
        findings.append(AIT302.at(here, agents=", ".join(agents)))
    else:
        findings.append(AIT901.at(Origin(here.url, f"line {next(g.line for g in general if g.disallow)}")))
        missing = [ending for ending in IMAGE_ENDINGS if f"*.{ending}" not in patterns]
        if missing and patterns.isdisjoint({*EVERYTHING, "/*"}):
            findings.append(AIT301.at(here, missing=", ".join(missing)))
    return Parsed(AiTxt(tuple(groups)), tuple(findings))


_LINE = re.compile(r"\s*(user-agent|disallow|allow)\s*:([^#]*)", re.IGNORECASE)


def _groups(text: str, here: Origin) -> tuple[list[AiGroup], list[Finding]]:
    groups, findings = list[AiGroup](), list[Finding]()
    agents, patterns, first = list[str](), list[str](), 0
    ruled = False

    def close() -> None:
        if agents:
            groups.append(AiGroup(tuple(agents), tuple(patterns), first))

    for number, line in enumerate(re.split("\r\n|\r|\n", text)[:MOST_LINES], start=1):
        match = _LINE.match(line)
        if match is None:
            continue
        key, value = match[1].lower(), match[2].strip()
        if key == "user-agent":
            if ruled:
                close()
                agents, patterns, ruled = [], [], False
            if value:
                agents.append(value)
            continue
        ruled = True
        if value and key == "allow":
            findings.append(AIT202.at(Origin(here.url, f"line {number}"), pattern=value))
        elif value and agents:
            first = number if not patterns else first
            patterns.append(value)
    close()
    return groups, findings


# ---- render: what to publish; parse() gives `model` back -------------------------------------------------------------
def render(model: AiTxt) -> tuple[File, ...]:
    """Give the file."""
    groups = (
        [f"User-Agent: {agent}" for agent in group.agents]
        + [f"Disallow: {pattern}" for pattern in group.disallow]
        for group in model.groups
    )
    text = "\n".join("\n".join(lines) + "\n" for lines in groups)
    return (File(PATH, text.encode("utf-8"), "text/plain; charset=utf-8"),)


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: AiTxt, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say which groups refuse training with `asked.url`; any Disallow that matches counts, a group for `*` for everyone."""
    path = target(asked.url).partition("?")[0].lower()
    found: list[Statement] = []
    for group in model.groups:
        if not any(_refuses(pattern.lower(), path) for pattern in group.disallow):
            continue
        general = "*" in group.agents
        named = asked.agent is None or asked.agent.lower() in {agent.lower() for agent in group.agents}
        if not general and not named:
            continue
        found.append(
            Statement(
                Use.TRAIN_AI,
                Preference.DISALLOWED,
                SIGNAL.name,
                FAMILY,
                RANK,
                Origin(origin.url, f"line {group.line}"),
                audience=Audience.EVERYONE if general else Audience.NAMED,
                agents=() if general else group.agents,
            )
        )
    return tuple(found)


def _refuses(pattern: str, path: str) -> bool:
    if pattern.startswith("*.") and pattern[2:].isalnum():
        return unquote(path).endswith(pattern[1:])
    return matches(pattern, path) if pattern.startswith(("/", "*")) else False


SIGNAL = Signal(
    name="ai-txt",
    carrier=Carrier.AI_TXT,
    family=FAMILY,
    reads=frozenset({Kind.AI_TXT}),
    rules=RULES,
    of=AiTxt.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
