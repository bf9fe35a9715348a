"""`plus:DataMining` in the XMP of images, sound, film and PDF, and what the same packet says about how the work was made.

Spec: PLUS LDF and IPTC Photo Metadata Standard 2023.1, "Data Mining"; IPTC Digital Source Type.
Covers: the file that it stands in.  Not judged here: rights expressions that a value refers to, sidecar files, and prose such
as xmpRights:UsageTerms, which reserves nothing (docs/decisions/0022).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..core.artifact import MediaTag
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed
from ..core.preference import Preference, combine
from ..core.statement import Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Declaration
from ..grammar.xmp import Property
from ..grammar.xmp_files import Flaw
from .media_xmp_rules import (
    MXP101,
    MXP102,
    MXP103,
    MXP104,
    MXP201,
    MXP202,
    MXP203,
    MXP204,
    MXP205,
    MXP301,
    MXP302,
    MXP303,
    MXP304,
    MXP305,
    MXP306,
    MXP901,
    RULES,
)  # fmt: skip
from .signal import Asked, Signal
from .source_types import BASE, WITH_AI, source_type
from .work_file import WORKS, Graph, Graphs, graphs

FAMILY, RANK = "plus", 0
PLUS_NS = "http://ns.useplus.org/ldf/xmp/1.0/"
VOCABULARY = "http://ns.useplus.org/ldf/vocab/"
IPTC_NS = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
TDM_NS = "http://www.w3.org/ns/tdmrep/"
KEYS = TERMS["plus"]
ALLOWED, CONSTRAINED = "DMI-ALLOWED", "DMI-PROHIBITED-SEECONSTRAINT"
EXCEPT_SEARCH, ALL = "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING", "DMI-PROHIBITED"
REFERRING = frozenset(key for key in KEYS if "-SEE" in key)
_LABELS = {
    "allowed": ALLOWED,
    "prohibited for generative ai/ml training": "DMI-PROHIBITED-GENAIMLTRAINING",
    "prohibited for ai/ml training": "DMI-PROHIBITED-AIMLTRAINING",
    "prohibited except for search engine indexing": EXCEPT_SEARCH,
    "prohibited": ALL,
    "prohibited, see plus:otherconstraints": CONSTRAINED,
}
"""What programs show instead of the value, and people copy."""


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MediaXmp:
    """What a work says about itself.

    `mining`: the terms that readers find, each once; more than one is a mistake.  `meant`: those that only a favourable reader
    takes for one.  `constraints`: the text that a term may refer to.  `source_type`: how the work was made, in IPTC's word.
    `tdm`: tdm:reservation 1 stands in a file for which TDMRep does not define it.
    """

    mining: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    constraints: str | None = None
    source_type: str | None = None
    tdm: bool = False

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "MediaXmp | None":
        """The maker's wish at `path`; None where PLUS has no word for it."""
        reserved = {use: wish.reserves(use, path) for use in Use}
        if reserved[Use.TDM]:
            return cls((ALL if reserved[Use.SEARCH] else EXCEPT_SEARCH,))
        if reserved[Use.TRAIN_AI]:
            return cls(("DMI-PROHIBITED-GENAIMLTRAINING",))
        given = all(reserved[use] is False for use in KEYS[ALLOWED])
        return cls((ALLOWED,)) if given else None


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[MediaXmp]:
    """Read the packets of a work.  Never raises; what could not be read leaves it open what the file says."""
    file = graphs(capture)
    reader = _Reader(capture)
    for graph in file.found:
        reader.take(graph)
    reader.finish(file)
    model = reader.model()
    return Parsed(model, tuple(reader.findings), unread=not file.whole)


class _Reader:
    """One work on its way to the model."""

    def __init__(self, capture: Capture) -> None:
        self.findings: list[Finding] = []
        self._capture = capture
        self._mining: dict[str, None] = {}  # in the order found
        self._meant: dict[str, None] = {}
        self._constraints: str | None = None
        self._source: str | None = None
        self._tdm = False

    def take(self, graph: Graph) -> None:
        here = Origin(self._capture.url, graph.where)
        said = graph.xmp.all(PLUS_NS, "DataMining")
        if graph.flaw is Flaw.OUTSIDE:
            self.findings.append(MXP103.at(here, where=graph.where))
            return
        if graph.flaw is Flaw.COMPRESSED and said:
            self.findings.append(MXP102.at(here))
        if not graph.typed and said:
            self.findings.append(MXP104.at(here))
        for found in said:
            for value in found.values:
                self._value(value, graph, here)
        texts = (v.strip() for p in graph.xmp.all(PLUS_NS, "OtherConstraints") for v in p.values)
        self._constraints = self._constraints or next(filter(None, texts), None)
        for found in graph.xmp.properties:
            if found.name.lower() == "datamining" and found.namespace != PLUS_NS:
                self.findings.append(MXP203.at(here, namespace=found.namespace))
        for found in graph.xmp.all(IPTC_NS, "DigitalSourceType"):
            self._made(found, here)
        if self._capture.kind is not Kind.DOCUMENT:
            for found in graph.xmp.all(TDM_NS, "reservation"):
                self.findings.append(MXP303.at(here))
                self._tdm = self._tdm or found.value.strip() == "1"

    def _value(self, written: str, graph: Graph, here: Origin) -> None:
        key, exact = _key(written)
        if key is None:
            label = _LABELS.get(written.strip().lower())
            if label is None:
                self.findings.append(MXP201.at(here, value=written))
                return
            self.findings.append(MXP202.at(here, value=written, key=label))
            # A label is not the term; but who reads a permission in it will not ask twice.
            self._note(label, literal=label == ALLOWED)
            return
        if not exact:
            self.findings.append(MXP202.at(here, value=written, key=key))
        self._note(key, literal=graph.typed or key == ALLOWED)

    def _note(self, key: str, literal: bool) -> None:
        (self._mining if literal else self._meant)[key] = None

    def _made(self, found: Property, here: Origin) -> None:
        kind = source_type(found.value)
        if kind.instead is not None:
            self.findings.append(MXP304.at(here, value=found.value, instead=kind.instead))
        elif kind.term is None:
            self.findings.append(MXP305.at(here, value=found.value))
        if kind.term in WITH_AI:
            self.findings.append(MXP306.at(here, term=kind.term))
        self._source = self._source or kind.term

    def finish(self, file: Graphs) -> None:
        """Note what only shows in the whole file."""
        here = Origin(self._capture.url, "XMP plus:DataMining")
        if not file.whole and self._capture.kind is not Kind.DOCUMENT:  # tdm-pdf tells it of a PDF
            self.findings.append(MXP101.at(Origin(self._capture.url)))
        self.findings += [MXP205.at(here, where=where, reason=reason) for reason, where in file.broken]
        said = [*self._mining, *self._meant]
        if len(self._mining) > 1:
            self.findings.append(MXP204.at(here, values=", ".join(self._mining)))
        elif self._mining and ALLOWED not in self._mining and KEYS[said[0]]:
            self.findings.append(MXP901.at(here, key=said[0]))
        if ALLOWED in self._mining:
            self.findings.append(MXP302.at(here))
        if CONSTRAINED in said and self._constraints is None:
            self.findings.append(MXP301.at(here))

    def model(self) -> MediaXmp | None:
        if not (self._mining or self._meant or self._source or self._tdm):
            return None
        constraints = self._constraints if CONSTRAINED in {*self._mining, *self._meant} else None
        return MediaXmp(tuple(self._mining), tuple(self._meant), constraints, self._source, self._tdm)


def _key(written: str) -> tuple[str | None, bool]:
    """Give the term of PLUS that is written, and whether it is written as PLUS does.

    CHOICE: spaces around it, https, the bare term and another case leave no doubt about which term is meant.
    """
    word = written.strip()
    for start in (VOCABULARY, VOCABULARY.replace("http:", "https:")):
        word = word.removeprefix(start)
    key = word.upper()
    return (key, written == VOCABULARY + key) if key in KEYS else (None, False)


# ---- render: what to place; parse() gives `model` back ---------------------------------------------------------------
def render(model: MediaXmp) -> tuple[MediaTag, ...]:
    """Give the properties for the packet.  Raises ValueError for a model that says several things at once."""
    if len(model.mining) > 1 or model.meant or model.tdm:
        raise ValueError(f"{model} cannot be published")
    tags = [MediaTag(PLUS_NS, "DataMining", VOCABULARY + key) for key in model.mining]
    if model.constraints is not None:
        tags.append(MediaTag(PLUS_NS, "OtherConstraints", model.constraints))
    if model.source_type is not None:
        tags.append(MediaTag(IPTC_NS, "DigitalSourceType", BASE + model.source_type))
    return tuple(tags)


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: MediaXmp, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the file reserves and allows for itself."""
    return tuple(_statements(model, Origin(origin.url, "XMP plus:DataMining")))


def _statements(model: MediaXmp, where: Origin) -> Iterator[Statement]:
    for use in Use:
        strict = _agreed([_told(key, use) for key in model.mining])
        kindly = combine(_meant(key, use) for key in (*model.mining, *model.meant))
        said = Statement(use, strict, SIGNAL.name, FAMILY, RANK, where)
        if strict is kindly:
            if strict is not Preference.UNKNOWN:
                yield said
            continue
        for preference, reading in ((strict, Reading.STRICT), (kindly, Reading.PROTECTIVE)):
            if preference is not Preference.UNKNOWN:
                yield replace(said, preference=preference, reading=reading)
    if model.tdm:
        place = Origin(where.url, "XMP tdm:reservation")
        yield Statement(Use.TDM, Preference.DISALLOWED, SIGNAL.name, "tdmrep", 3, place, Reading.PROTECTIVE)


def _agreed(told: list[Preference]) -> Preference:
    """Give what every reader hears, whichever of several terms it takes; a permission is heard by whoever takes that one."""
    if Preference.ALLOWED in told:
        return Preference.ALLOWED
    return min(told, default=Preference.UNKNOWN)


def _told(key: str, use: Use) -> Preference:
    """Say what a term means to the letter; one that refers to a text leaves it to the text, which no machine reads."""
    return Preference.UNKNOWN if key in REFERRING else _meant(key, use)


def _meant(key: str, use: Use) -> Preference:
    if key == EXCEPT_SEARCH and use is Use.SEARCH:
        return Preference.ALLOWED
    if use not in KEYS[key]:
        return Preference.UNKNOWN
    return Preference.ALLOWED if key == ALLOWED else Preference.DISALLOWED


SIGNAL = Signal(
    name="media-xmp",
    carrier=None,
    family=FAMILY,
    reads=WORKS,
    rules=RULES,
    of=MediaXmp.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
