"""`tdm:reservation` and `tdm:policy` in the metadata of a PDF document.

Spec: TDMRep, "TDM Metadata in PDF Content".
Covers: the document and all its pages.  Not judged here: files attached to it, the XMP of single pages and images in it.
A document whose metadata could not be read leaves open what it says (docs/decisions/0021).
"""

from collections.abc import Iterator

from ..core.artifact import MediaTag
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import TDMREP, XMP
from ..core.statement import Statement
from ..grammar.pdf import metadata
from ..grammar.xml_tree import Element, Refusal
from ..grammar.xmp import Property, Xmp, packet
from .signal import Asked, Signal
from .tdm_words import FAMILY, TdmWords, is_whole_address, statements
from .work_file import extent

RANK = 3  # file 0 < header 1 < page 2 < embedded 3
NAMESPACE = "http://www.w3.org/ns/tdmrep/"
SPEC = TDMREP.section("TDM Metadata in PDF Content", "sec-tdm-pdf")

# ---- rules: what can be found ----------------------------------------------------------------------------------------
PDF101 = Rule(
    code="PDF101",
    severity=Severity.WARNING,
    message="the metadata of this PDF was not read: {reason}",
    why="A 0 in it would overrule tdmrep.json and the header, and a 1 would reserve it. As nobody here has seen which, this file counts as undetermined, not as reserved.",
    fix="Offer the PDF without a password and undamaged, or make it smaller; then check again.",
    spec=SPEC,
)
PDF102 = Rule(
    code="PDF102",
    severity=Severity.ERROR,
    message="the metadata of this PDF is not marked as `/Type /Metadata /Subtype /XML`",
    why="Many readers pass over metadata that is not marked so: for them it reserves nothing. A 0 counts all the same.",
    fix="Write the metadata again with a program that marks it, such as ExifTool or pikepdf.",
    spec=SPEC,
)
PDF103 = Rule(
    code="PDF103",
    severity=Severity.ERROR,
    message="the metadata of this PDF speaks of TDMRep and cannot be read as XMP: {reason}",
    why="A reader that meets broken metadata finds no reservation in it.",
    fix="Write the metadata again with a program that makes well-formed XMP, such as ExifTool or pikepdf.",
    spec=XMP.section("7 Serialization"),
)
PDF201 = Rule(
    code="PDF201",
    severity=Severity.ERROR,
    message="tdm:reservation in this PDF says “{value}”; only 0 and 1 have a meaning",
    why="A crawler must treat any other value as if the property were missing: the document is not reserved by it.",
    fix="Write `<tdm:reservation>1</tdm:reservation>`.",
    spec=SPEC,
)
PDF202 = Rule(
    code="PDF202",
    severity=Severity.ERROR,
    message="the metadata of this PDF holds tdm:reservation more than once ({values})",
    why="The specification does not say which one counts, so a crawler may take none of them.",
    fix="Keep exactly one.",
    spec=SPEC,
)
PDF203 = Rule(
    code="PDF203",
    severity=Severity.ERROR,
    message="“{written}” stands in the namespace {namespace}; in a PDF it has to be `reservation` in http://www.w3.org/ns/tdmrep/",
    why="A crawler looks for the exact namespace, with the slash at its end: it finds no reservation in this document.",
    fix='Declare `xmlns:tdm="http://www.w3.org/ns/tdmrep/"` and write `<tdm:reservation>1</tdm:reservation>`.',
    spec=SPEC,
)
PDF204 = Rule(
    code="PDF204",
    severity=Severity.WARNING,
    message="this PDF/A-{part} does not describe the properties of TDMRep",
    why="A checker of PDF/A rejects properties that are not described in the file. The reservation itself can be read.",
    fix="Add a PDF/A extension schema for http://www.w3.org/ns/tdmrep/ with `reservation` and `policy`.",
    spec=SPEC,
)
PDF301 = Rule(
    code="PDF301",
    severity=Severity.WARNING,
    message="tdm:policy in this PDF holds “{value}”, which is not a whole address",
    why="A file that was downloaded has no address of its own, so nobody can tell where the policy is.",
    fix="Write the whole address, beginning with https://.",
    spec=SPEC,
)
PDF302 = Rule(
    code="PDF302",
    severity=Severity.WARNING,
    message="tdm:reservation in this PDF says 0",
    why="It says that anybody may mine this document without asking, and it overrules the header and tdmrep.json.",
    fix="Write 1, unless you mean to give this document away.",
    spec=SPEC,
)
PDF303 = Rule(
    code="PDF303",
    severity=Severity.WARNING,
    message="the metadata of this PDF holds tdm:policy without tdm:reservation",
    why="The policy only tells where the terms are; it does not reserve anything.",
    fix="Add `<tdm:reservation>1</tdm:reservation>` beside it.",
    spec=SPEC,
)
PDF901 = Rule(
    code="PDF901",
    severity=Severity.GOOD,
    message="this PDF says tdm:reservation 1",
    why="The reservation travels with the document, wherever it is copied to.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (
    PDF101, PDF102, PDF103, PDF201, PDF202, PDF203, PDF204, PDF301, PDF302, PDF303, PDF901,
)  # fmt: skip

_NEARLY = ("http://www.w3.org/ns/tdmrep", "https://www.w3.org/ns/tdmrep")
_PDFA_ID = "http://www.aiim.org/pdfa/ns/id/"
_PDFA_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmWords]:
    """Read the metadata stream of the document.  Never raises; a file that is no PDF has none."""
    found = metadata(extent(capture)) if capture.ok else None
    if found is None:
        return Parsed(None)
    here = Origin(capture.url, "XMP tdm:reservation")
    if found.unread:
        return Parsed(None, (PDF101.at(Origin(capture.url), reason=found.unread),), unread=True)
    if found.packet is None:
        return Parsed(None)
    read = packet(found.packet)
    if isinstance(read, Refusal):
        ours = b"tdmrep" in found.packet
        broken = (PDF103.at(Origin(capture.url), reason=read),) if ours else ()
        return Parsed(None, broken, unread=read is not Refusal.NOT_XML)
    said = [v.strip() for p in read.all(NAMESPACE, "reservation") for v in p.values]
    policies = [v.strip() for p in read.all(NAMESPACE, "policy") for v in p.values]
    astray = [p for p in read.properties if _is_astray(p)]
    if not (said or policies or astray):
        return Parsed(None)
    # Metadata that is not marked is seen by some: to them a 0 is a permission, to the others a 1 is nothing.
    counting = said if found.typed or "0" in said else []
    model = TdmWords.read(counting, [*said, *(p.value for p in astray)], policies)
    notes = [*_of_words(said, counting, model, here), *_of_policy(said, policies, astray, capture.url)]
    notes += [PDF203.at(here, written=p.name, namespace=p.namespace) for p in astray]
    if not found.typed:
        notes.append(PDF102.at(Origin(capture.url)))
    if (part := _undescribed(read)) is not None:
        notes.append(PDF204.at(Origin(capture.url), part=part))
    return Parsed(model, tuple(notes))


def _of_words(said: list[str], counting: list[str], model: TdmWords, here: Origin) -> Iterator[Finding]:
    if len(said) > 1:
        yield PDF202.at(here, values=", ".join(said))
    elif said and said[0] not in {"0", "1"}:
        yield PDF201.at(here, value=said[0])
    elif counting:
        yield (PDF901 if model.reserved else PDF302).at(here)


def _of_policy(said: list[str], policies: list[str], astray: list[Property], url: str) -> Iterator[Finding]:
    there = Origin(url, "XMP tdm:policy")
    if policies and not said and not astray:
        yield PDF303.at(there)
    if policies and not is_whole_address(policies[0]):
        yield PDF301.at(there, value=policies[0])


def _is_astray(found: Property) -> bool:
    """Tell whether a property means it and is not it: another namespace of TDMRep, or the name of the header."""
    if found.namespace == NAMESPACE:
        return found.name.lower() in {"tdm-reservation", "tdm_reservation", "tdmreservation"}
    return found.namespace.startswith(_NEARLY) and found.name.lower() in {"reservation", "tdm-reservation"}


def _undescribed(xmp: Xmp) -> str | None:
    """Give the part of PDF/A that the document says it follows, where that asks for a description that is not there."""
    part = next((p.value.strip() for p in xmp.all(_PDFA_ID, "part")), "")
    if part not in {"1", "2", "3"} or NAMESPACE in _schemas(xmp.root):
        return None
    return part


def _schemas(element: Element) -> Iterator[str]:
    if (element.namespace, element.name) == (_PDFA_SCHEMA, "namespaceURI"):
        yield element.text
    for namespace, name, value in element.attributes:
        if (namespace, name) == (_PDFA_SCHEMA, "namespaceURI"):
            yield value
    for child in element.children:
        yield from _schemas(child)


# ---- render: what to place; parse() gives `model` back ---------------------------------------------------------------
def render(model: TdmWords) -> tuple[MediaTag, ...]:
    """Give the properties for the document's XMP; none where nothing is said."""
    return tuple(MediaTag(NAMESPACE, name.removeprefix("tdm-"), value) for name, value in model.said())


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TdmWords, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the document reserves for itself."""
    policy = model.policy if model.policy is not None and is_whole_address(model.policy) else None
    where = Origin(origin.url, "XMP tdm:reservation")
    return statements(model.reserved, model.meant, policy, SIGNAL.name, RANK, where)


SIGNAL = Signal(
    name="tdm-pdf",
    carrier=None,
    family=FAMILY,
    reads=frozenset({Kind.DOCUMENT}),
    rules=RULES,
    of=TdmWords.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
