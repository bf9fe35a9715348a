"""`<meta name="robots" content="noai, noimageai">`: a notice that stands in one HTML page.

Spec: DeviantArt's directives of 2022, in the syntax of Google's robots meta tag.
Covers: the page; images that are fetched by themselves need the header.  Not judged here: rules for search results.
"""

from ..core.artifact import Markup
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import GOOGLE_META, HOUSE, NOAI
from ..core.statement import Statement
from ..declaration.model import Carrier
from ..grammar.markup import Place
from ..grammar.robots_rules import RobotsRule
from .html_page import is_html, is_plainly_html, page_head
from .noai_words import FAMILY, NoAi, meta_rules, of_ai, run_together, says_noml, statements
from .signal import Asked, Signal

SPEC = NOAI.section("the directives noai and noimageai")
SYNTAX = GOOGLE_META.section("Using the robots meta tag", "robotsmeta")

# ---- rules: what can be found ----------------------------------------------------------------------------------------
RBM201 = Rule(
    code="RBM201",
    severity=Severity.WARNING,
    message="the robots meta element says “{value}” without a comma between the words",
    why="A reader takes it for one word that nobody knows.",
    fix="Write `<meta name=\"robots\" content=\"noai, noimageai\">`.",
    spec=SYNTAX,
)  # fmt: skip
RBM202 = Rule(
    code="RBM202",
    severity=Severity.WARNING,
    message="the robots meta element with {words} stands in the {place} of the page, not in its head",
    why="Some readers look at the head alone and do not find it.",
    fix="Move it up between `<head>` and `</head>`.",
    spec=SYNTAX,
)
RBM301 = Rule(
    code="RBM301",
    severity=Severity.WARNING,
    message="a meta element says {word} to {agent} only",
    why="Nobody else is addressed: it is no notice to all crawlers.",
    fix="Write `<meta name=\"robots\" content=\"noai, noimageai\">`.",
    spec=SYNTAX,
)  # fmt: skip
RBM304 = Rule(
    code="RBM304",
    severity=Severity.INFO,
    message="the robots meta element says noml, a proposal of 2023",
    why="No crawler is known to follow it, and it has no agreed meaning.",
    fix="Use noai and noimageai, and `<meta name=\"tdm-reservation\" content=\"1\">`.",
    spec=HOUSE.section("words that are recognised and not counted"),
)  # fmt: skip
RBM305 = Rule(
    code="RBM305",
    severity=Severity.INFO,
    message="the robots meta element says noimageai, but not noai",
    why="The word speaks of images; the text of the page is not addressed.",
    fix="Write `<meta name=\"robots\" content=\"noai, noimageai\">`.",
    spec=SPEC,
)  # fmt: skip
RBM901 = Rule(
    code="RBM901",
    severity=Severity.GOOD,
    message="the robots meta element says {words}",
    why="It is a clear notice against AI training with this page; no AI company has promised to follow it.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (RBM201, RBM202, RBM301, RBM304, RBM305, RBM901)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[NoAi]:
    """Read the meta elements of an HTML page.  Never raises; anything but HTML has none."""
    if not is_html(capture):
        return Parsed(None)
    page = page_head(capture)
    plain = is_plainly_html(capture)
    said, loose = list[RobotsRule](), list[RobotsRule]()
    findings: list[Finding] = []
    where = Origin(capture.url, "meta robots")
    for meta in page.metas:
        found = meta_rules(meta)
        if not found:
            continue
        here = Origin(capture.url, f"line {meta.line}, meta {meta.name}")
        of_this, together = of_ai(found), run_together(found)
        (loose if meta.place is Place.NOSCRIPT or not plain else said).extend(found)
        loose += together
        findings += [RBM201.at(here, value=rule.name) for rule in found if run_together([rule])]
        if of_this and meta.place is not Place.HEAD:
            findings.append(RBM202.at(here, words=", ".join(r.name for r in of_this), place=meta.place))
        if meta.place is not Place.NOSCRIPT:
            findings += [RBM301.at(here, word=r.name, agent=r.agent) for r in of_this if r.agent is not None]
            where = here if of_this or where.where == "meta robots" else where
    model = NoAi(of_ai(said), of_ai(loose))
    if model.general:
        findings.append(RBM901.at(where, words=", ".join(sorted(model.general))))
    if model.general == {"noimageai"}:
        findings.append(RBM305.at(where))
    if says_noml(said):
        findings.append(RBM304.at(where))
    return Parsed(model if model.rules or model.loose else None, tuple(findings))


# ---- render: what to place; parse() gives `model` back ---------------------------------------------------------------
def render(model: NoAi) -> tuple[Markup, ...]:
    """Give the elements to place: one for every crawler, one for each agent that is addressed by name."""
    agents = dict.fromkeys(rule.agent for rule in model.rules)
    return tuple(
        Markup(agent or "robots", ", ".join(rule.name for rule in model.rules if rule.agent == agent))
        for agent in agents
    )


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: NoAi, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say for whom the page reserves training."""
    return statements(model, SIGNAL.name, asked.agent, Origin(origin.url, "meta robots"))


SIGNAL = Signal(
    name="robots-meta",
    carrier=Carrier.ROBOTS_META,
    family=FAMILY,
    reads=frozenset({Kind.PAGE}),
    rules=RULES,
    of=NoAi.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
