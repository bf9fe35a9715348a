"""`X-Robots-Tag: noai, noimageai`: a notice that travels with one response, pages and media alike.

Spec: DeviantArt's directives of 2022, in the syntax of Google's X-Robots-Tag.
Covers: the representation it came with.  Not judged here: rules for search results; they are named where they touch AI.
"""

from ..core.artifact import Header
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import GOOGLE_META, HOUSE, NOAI
from ..core.statement import Statement
from ..declaration.model import Carrier
from ..grammar.robots_rules import rules
from .noai_words import FAMILY, NoAi, of_ai, run_together, says_noml, statements
from .signal import RESOURCES, Asked, Signal

NAME = "X-Robots-Tag"
SPEC = NOAI.section("the directives noai and noimageai")
SYNTAX = GOOGLE_META.section("Using the X-Robots-Tag HTTP header", "xrobotstag")

# ---- rules: what can be found ----------------------------------------------------------------------------------------
XRT201 = Rule(
    code="XRT201",
    severity=Severity.WARNING,
    message="the header X-Robots-Tag says “{value}” without a comma between the words",
    why="A reader takes it for one word that nobody knows.",
    fix="Send `X-Robots-Tag: noai, noimageai`.",
    spec=SYNTAX,
)
XRT301 = Rule(
    code="XRT301",
    severity=Severity.WARNING,
    message="the header X-Robots-Tag says {word} to {agent} only",
    why="Nobody else is addressed: it is no notice to all crawlers.",
    fix="Send `X-Robots-Tag: noai, noimageai` in a header of its own, without a name before it.",
    spec=SYNTAX,
)
XRT304 = Rule(
    code="XRT304",
    severity=Severity.INFO,
    message="the header X-Robots-Tag says noml, a proposal of 2023",
    why="No crawler is known to follow it, and it has no agreed meaning.",
    fix="Send `X-Robots-Tag: noai, noimageai` and `tdm-reservation: 1`.",
    spec=HOUSE.section("words that are recognised and not counted"),
)
XRT305 = Rule(
    code="XRT305",
    severity=Severity.INFO,
    message="the header X-Robots-Tag of this {kind} says noimageai, but not noai",
    why="The word speaks of images; the rest of what is served here is not addressed.",
    fix="Send `X-Robots-Tag: noai, noimageai`.",
    spec=SPEC,
)
XRT901 = Rule(
    code="XRT901",
    severity=Severity.GOOD,
    message="the header X-Robots-Tag says {words}",
    why="It is a clear notice against AI training, which travels with the file; no AI company has promised to follow it.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (XRT201, XRT301, XRT304, XRT305, XRT901)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[NoAi]:
    """Read the fields of `capture`, each line by itself.  Never raises."""
    if not capture.ok:
        return Parsed(None)
    said = [rule for line in capture.field(NAME) for rule in rules(line)]
    if not said:
        return Parsed(None)
    here = Origin(capture.url, f"header {NAME}")
    model = NoAi(of_ai(said), run_together(said), capture.kind is Kind.IMAGE)
    findings: list[Finding] = []
    findings += [XRT201.at(here, value=rule.name) for rule in said if run_together([rule])]
    findings += [XRT301.at(here, word=r.name, agent=r.agent) for r in model.rules if r.agent is not None]
    if model.general:
        findings.append(XRT901.at(here, words=", ".join(sorted(model.general))))
    if model.general == {"noimageai"} and not model.image:
        findings.append(XRT305.at(here, kind=capture.kind))
    if says_noml(said):
        findings.append(XRT304.at(here))
    return Parsed(model if model.rules or model.loose else None, tuple(findings))


# ---- render: what to send; parse() gives `model` back ----------------------------------------------------------------
def render(model: NoAi) -> tuple[Header, ...]:
    """Give the fields to send: one for every crawler, one for each agent that is addressed by name."""
    agents = dict.fromkeys(rule.agent for rule in model.rules)
    return tuple(
        Header(
            NAME,
            (f"{agent}: " if agent else "") + ", ".join(r.name for r in model.rules if r.agent == agent),
        )
        for agent in agents
    )


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: NoAi, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say for whom the response reserves training."""
    return statements(model, SIGNAL.name, asked.agent, Origin(origin.url, f"header {NAME}"))


SIGNAL = Signal(
    name="x-robots-tag",
    carrier=Carrier.X_ROBOTS_TAG,
    family=FAMILY,
    reads=RESOURCES,
    rules=RULES,
    of=NoAi.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
