"""Rights in the structured data of a page: `license`, `usageInfo`, `digitalSourceType` and the like, in JSON-LD.

Spec: schema.org, CreativeWork and ImageObject; IPTC Digital Source Type.
No term of schema.org expresses a reservation, and a licence is neither an opt-out nor consent: all of it is recorded and
explained, and nothing is counted (docs/decisions/0031).  Not read: microdata and RDFa.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.artifact import Artifact
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import SCHEMA_ORG
from ..core.statement import Statement
from ..declaration.model import Declaration
from ..grammar.json_ld import Block, Node, blocks
from .html_page import is_html
from .signal import Asked, Signal
from .source_types import SPEC as SOURCE_TYPE_SPEC
from .source_types import source_type

FAMILY = "schema-org"
SPEC = SCHEMA_ORG.section("CreativeWork")
ADDRESSES = ("license", "acquireLicensePage", "usageInfo")
RIGHTS = frozenset({*ADDRESSES, "copyrightNotice", "creditText", "conditionsOfAccess", "digitalSourceType"})
WORKS = frozenset(
    {
        "AudioObject", "Book", "Collection", "ComicStory", "CreativeWork", "Drawing", "ImageGallery", "ImageObject", "MediaObject",
        "Movie", "MusicComposition", "MusicRecording", "Painting", "Photograph", "Play", "Poster", "Sculpture", "ShortStory",
        "VideoObject", "VisualArtwork",
    }
)  # fmt: skip
"""The types by which makers describe works; articles, shops and pages of a site are left alone."""
MOST = 50


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SchemaOrg:
    """What the page states about rights: property and value, each once, in the order of the page."""

    rights: tuple[tuple[str, str], ...]

    @property
    def licences(self) -> tuple[str, ...]:
        return tuple(value for name, value in self.rights if name == "license")


def nothing(wish: Declaration, path: str) -> SchemaOrg | None:
    """No wish is said so: the vocabulary has no term for it."""
    return None


# ---- rules: what can be found ----------------------------------------------------------------------------------------
SCO201 = Rule(
    code="SCO201",
    severity=Severity.INFO,
    message="the structured data of this page cannot be read: {problem}",
    why="Search engines do not find licence, credit and copyright notice in it.",
    fix="Correct the JSON-LD, or the plug-in that writes it.",
    spec=SPEC,
)
SCO202 = Rule(
    code="SCO202",
    severity=Severity.INFO,
    message="the structured data say {name} twice in one object",
    why="Readers differ on which one counts.",
    fix="Keep one, or write a list.",
    spec=SPEC,
)
SCO203 = Rule(
    code="SCO203",
    severity=Severity.WARNING,
    message="the structured data give “{value}” as digitalSourceType, a term that is not known",
    why="Nobody can tell from it whether the work was made with AI.",
    fix="Write an address of IPTC, such as `http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation`.",
    spec=SOURCE_TYPE_SPEC,
)
SCO204 = Rule(
    code="SCO204",
    severity=Severity.INFO,
    message="the structured data give “{value}” as digitalSourceType, a term that IPTC has retired",
    why="It is still understood; new readers may not know it.",
    fix="Write `http://cv.iptc.org/newscodes/digitalsourcetype/{instead}`.",
    spec=SOURCE_TYPE_SPEC,
)
SCO301 = Rule(
    code="SCO301",
    severity=Severity.INFO,
    message="the structured data of this page state {names}",
    why="No term of schema.org reserves text and data mining or AI training. A licence that stands there is neither an opt-out nor consent.",
    fix="Keep it: search engines show it with your images. Let `usageInfo` point to the page with your reservation.",
    spec=SPEC,
)
SCO302 = Rule(
    code="SCO302",
    severity=Severity.INFO,
    message="the structured data describe a work ({type}), and no page about its rights",
    why="A reader who wants to ask you for a licence finds no address there.",
    fix="Add `\"usageInfo\": \"https://…\"` with the address of the page with your reservation.",
    spec=SPEC,
)  # fmt: skip
RULES = (SCO201, SCO202, SCO203, SCO204, SCO301, SCO302)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[SchemaOrg]:
    """Read the JSON-LD of an HTML page.  Never raises; a page without rights in it has no model."""
    if b"ld+json" not in capture.body or not is_html(capture):
        return Parsed(None)
    found = blocks(capture.body, capture.content_type, RIGHTS, WORKS)
    rights: dict[tuple[str, str], int] = {}
    findings: list[Finding] = []
    for block in found:
        if block.problem is not None:
            findings.append(SCO201.at(_at(capture, block), problem=block.problem))
        for node in block.nodes:
            findings += [SCO202.at(_at(capture, block), name=name) for name in node.repeated]
            for name, values in node.properties:
                for value in values:
                    rights.setdefault((name, value), block.line)
    said = dict(list(rights.items())[:MOST])
    for (name, value), line in said.items():
        if name == "digitalSourceType":
            findings += _of_source(value, Origin(capture.url, f"line {line}, JSON-LD"))
    if said:
        names = ", ".join(sorted({name for name, _ in said}))
        findings.append(SCO301.at(Origin(capture.url, f"line {min(said.values())}, JSON-LD"), names=names))
    findings += _without_address(found, capture)
    return Parsed(SchemaOrg(tuple(said)) if said else None, tuple(dict.fromkeys(findings)))


def _at(capture: Capture, block: Block) -> Origin:
    return Origin(capture.url, f"line {block.line}, JSON-LD")


def _of_source(value: str, here: Origin) -> Iterator[Finding]:
    found = source_type(value)
    if found.instead is not None:
        yield SCO204.at(here, value=value, instead=found.instead)
    elif found.term is None:
        yield SCO203.at(here, value=value)


def _without_address(found: tuple[Block, ...], capture: Capture) -> Iterator[Finding]:
    """Yield the first work, where no object of the page has an address about rights."""
    nodes: list[tuple[Block, Node]] = [(block, node) for block in found for node in block.nodes]
    if any(name in ADDRESSES for _, node in nodes for name, _ in node.properties):
        return
    for block, node in nodes:
        if kinds := [word for word in node.types if word in WORKS]:
            yield SCO302.at(_at(capture, block), type=kinds[0])
            return


# ---- render and evaluate: there is nothing to place, and nothing that it means for a use -------------------------------
def render(model: SchemaOrg) -> tuple[Artifact, ...]:
    """Give nothing: structured data belong to whoever describes the works, and reserve nothing."""
    return ()


def evaluate(model: SchemaOrg, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say nothing, in neither reading."""
    return ()


SIGNAL = Signal(
    name="schema-org",
    carrier=None,
    family=FAMILY,
    reads=frozenset({Kind.PAGE}),
    rules=RULES,
    of=nothing,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
