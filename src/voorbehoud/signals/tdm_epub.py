"""`tdm:reservation` and `tdm:policy` in the package document of an EPUB.

Spec: TDMRep, "TDM Metadata in EPUB 2 Content" and "TDM Metadata in EPUB 3 Content".
Covers: every resource in the publication.  Not judged here: what the pages and images inside say for themselves.
A publication whose package documents could not be read leaves open what it says (docs/decisions/0021).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.artifact import MediaTag
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import TDMREP
from ..core.statement import Statement
from ..grammar.epub import Meta, Package, packages
from .signal import Asked, Signal
from .tdm_words import FAMILY, TdmWords, is_whole_address, statements
from .work_file import extent

RANK = 3  # file 0 < header 1 < page 2 < embedded 3
NAMESPACE = "http://www.w3.org/ns/tdmrep#"
DRAFT_NAMESPACE = "http://www.w3.org/ns/tdmrep/xml"
"""What a draft called the same vocabulary."""
SPEC2 = TDMREP.section("TDM Metadata in EPUB 2 Content", "sec-tdm-epub2")
SPEC = TDMREP.section("TDM Metadata in EPUB 3 Content", "sec-tdm-epub3")

# ---- rules: what can be found ----------------------------------------------------------------------------------------
TDE101 = Rule(
    code="TDE101",
    severity=Severity.WARNING,
    message="the package document of this EPUB was not read: {reason}",
    why="A 0 in it would overrule tdmrep.json and the header, and a 1 would reserve it. As nobody here has seen which, this file counts as undetermined, not as reserved.",
    fix="Mend the EPUB (EPUBCheck tells what is wrong), or make it smaller; then check again.",
    spec=SPEC,
)
TDE201 = Rule(
    code="TDE201",
    severity=Severity.ERROR,
    message="tdm:reservation in this EPUB says “{value}”; only 0 and 1 have a meaning",
    why="A crawler must treat any other value as if the property were missing: the book is not reserved by it.",
    fix='Write `<meta property="tdm:reservation">1</meta>`.',
    spec=SPEC,
)
TDE202 = Rule(
    code="TDE202",
    severity=Severity.ERROR,
    message="the package document holds tdm:reservation more than once ({values})",
    why="The specification does not say which one counts, so a crawler may take none of them.",
    fix="Keep exactly one.",
    spec=SPEC,
)
TDE203 = Rule(
    code="TDE203",
    severity=Severity.ERROR,
    message="the prefix of “{written}” is not declared in this EPUB",
    why="Without its declaration the property has no meaning: a crawler finds no reservation in this book.",
    fix='Add `prefix="tdm: http://www.w3.org/ns/tdmrep#"` to the element `package`.',
    spec=SPEC,
)
TDE204 = Rule(
    code="TDE204",
    severity=Severity.WARNING,
    message="the prefix is declared as http://www.w3.org/ns/tdmrep/xml, the name in an early draft",
    why="Readers of today look for the name with # at its end; some know the old one too.",
    fix='Write `prefix="tdm: http://www.w3.org/ns/tdmrep#"`.',
    spec=SPEC,
)
TDE205 = Rule(
    code="TDE205",
    severity=Severity.ERROR,
    message="“{written}” stands in the namespace {namespace}; in an EPUB 3 it has to be `reservation` in http://www.w3.org/ns/tdmrep#",
    why="A crawler looks for the exact namespace, with # at its end: it finds no reservation in this book.",
    fix='Write `prefix="tdm: http://www.w3.org/ns/tdmrep#"` and `<meta property="tdm:reservation">1</meta>`.',
    spec=SPEC,
)
TDE206 = Rule(
    code="TDE206",
    severity=Severity.ERROR,
    message="this EPUB {version} says tdm:reservation in the form of the other version",
    why="EPUB 2 has `name` and `content`, EPUB 3 has `property` and a text. A crawler need not look for the other form.",
    fix='In EPUB 3 write `<meta property="tdm:reservation">1</meta>`, in EPUB 2 `<meta name="tdm:reservation" content="1"/>`.',
    spec=SPEC2,
)
TDE207 = Rule(
    code="TDE207",
    severity=Severity.ERROR,
    message="not every package document of this EPUB says the same",
    why="A reader opens one rendition of the book and looks at its package document alone.",
    fix="Write the same tdm:reservation into each package document that META-INF/container.xml names.",
    spec=SPEC,
)
TDE301 = Rule(
    code="TDE301",
    severity=Severity.WARNING,
    message="tdm:policy in this EPUB holds “{value}”, which is not a whole address",
    why="A file that was downloaded has no address of its own, so nobody can tell where the policy is.",
    fix="Write the whole address, beginning with https://.",
    spec=SPEC,
)
TDE302 = Rule(
    code="TDE302",
    severity=Severity.WARNING,
    message="tdm:reservation in this EPUB says 0",
    why="It says that anybody may mine this book without asking, and it overrules the header and tdmrep.json.",
    fix="Write 1, unless you mean to give this book away.",
    spec=SPEC,
)
TDE303 = Rule(
    code="TDE303",
    severity=Severity.WARNING,
    message="the package document holds tdm:policy without tdm:reservation",
    why="The policy only tells where the terms are; it does not reserve anything.",
    fix='Add `<meta property="tdm:reservation">1</meta>` beside it.',
    spec=SPEC,
)
TDE901 = Rule(
    code="TDE901",
    severity=Severity.GOOD,
    message="this EPUB says tdm:reservation 1",
    why="The reservation travels with the book, wherever it is copied to.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (
    TDE101, TDE201, TDE202, TDE203, TDE204, TDE205, TDE206, TDE207, TDE301, TDE302, TDE303, TDE901,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """One `<meta>` of ours.  `counts`: a literal reader finds it.  `term`: `reservation` or `policy`."""

    meta: Meta
    term: str
    counts: bool
    other_form: bool = False

    @property
    def value(self) -> str:
        return self.meta.value.strip()


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmWords]:
    """Read the package documents of the publication.  Never raises; a file that is no EPUB has none."""
    called = capture.media_type == "application/epub+zip"
    found = packages(extent(capture), called) if capture.ok else None
    if found is None:
        return Parsed(None)
    notes = [TDE101.at(Origin(capture.url), reason=found.unread)] if found.unread else []
    models = []
    for package in found.packages:
        model, told = _of_package(package, capture.url)
        models.append(model)
        notes += told
    model = _together(models)
    if model is not None and len(set(models)) > 1:
        notes.append(TDE207.at(Origin(capture.url)))
    # Where one package document says 0, what nobody read in another does not change it.
    settled = model is not None and model.reserved is False
    return Parsed(model, tuple(notes), unread=bool(found.unread) and not settled)


def _of_package(package: Package, url: str) -> tuple[TdmWords | None, list[Finding]]:
    found = [said for meta in package.metas if (said := _said(meta, package)) is not None]
    words = [said for said in found if said.term == "reservation"]
    policies = [said for said in found if said.term == "policy" and said.counts]
    if not (words or policies):
        return None, []
    # The two forms are both defined: whoever reads the other one too hears a 0 in it.
    proper = [s.value for s in words if s.counts]
    counting = proper + [s.value for s in words if s.other_form and s.value == "0" and "0" not in proper]
    model = TdmWords.read(counting, [s.value for s in words], [s.value for s in policies])
    return model, list(_notes(package, url, words, proper, policies, model))


def _notes(
    package: Package, url: str, words: list[_Said], proper: list[str], policies: list[_Said], model: TdmWords
) -> Iterator[Finding]:
    def at(said: _Said) -> Origin:
        return Origin(url, f"{package.path}, line {said.meta.line}")

    for said in words:
        written = said.meta.property or said.meta.name or ""
        if said.other_form:
            if not proper or said.value not in proper:
                yield TDE206.at(at(said), version=package.version)
        elif not said.counts and said.meta.namespace is None:
            yield TDE203.at(at(said), written=written)
        elif not said.counts:
            yield TDE205.at(at(said), written=written, namespace=said.meta.namespace)
        elif said.meta.namespace == DRAFT_NAMESPACE:
            yield TDE204.at(at(said))
    counted = [said for said in words if said.counts]
    if len(counted) > 1:
        yield TDE202.at(at(counted[1]), values=", ".join(proper))
    elif counted and proper[0] not in {"0", "1"}:
        yield TDE201.at(at(counted[0]), value=proper[0])
    elif model.reserved is not None:
        yield (TDE901 if model.reserved else TDE302).at(at((counted or words)[0]))
    if policies and not words:
        yield TDE303.at(at(policies[0]))
    if policies and not is_whole_address(policies[0].value):
        yield TDE301.at(at(policies[0]), value=policies[0].value)


def _said(meta: Meta, package: Package) -> _Said | None:
    """Give what a `<meta>` says in our words; None where it is about something else."""
    three = not package.version.startswith(("1", "2"))
    if meta.name is not None:
        prefix, _, term = meta.name.strip().partition(":")
        if prefix != "tdm" or term not in {"reservation", "policy"}:
            return None
        return _Said(meta, term, counts=not three, other_form=three)
    prefix, _, term = (meta.property or "").partition(":")
    if term not in {"reservation", "policy"}:
        return None
    if meta.namespace in {NAMESPACE, DRAFT_NAMESPACE}:
        return _Said(meta, term, counts=three, other_form=not three)
    known = prefix == "tdm" if meta.namespace is None else "www.w3.org/ns/tdmrep" in meta.namespace
    return _Said(meta, term, counts=False) if known else None


def _together(models: list[TdmWords | None]) -> TdmWords | None:
    """Give what several package documents say of one publication: each reader opens one of them.

    CHOICE: reserved where all say so; not reserved where one does.
    """
    spoken = [model for model in models if model is not None]
    if not spoken:
        return None
    reserved = {model.reserved if model is not None else None for model in models}
    strict = False if False in reserved else True if reserved == {True} else None
    meant = True if any(m.meant for m in spoken) else strict
    return TdmWords(strict, next((m.policy for m in spoken if m.policy), None), meant)


# ---- render: what to place; parse() gives `model` back ---------------------------------------------------------------
def render(model: TdmWords) -> tuple[MediaTag, ...]:
    """Give the properties for the package document; none where nothing is said."""
    return tuple(MediaTag(NAMESPACE, name.removeprefix("tdm-"), value) for name, value in model.said())


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TdmWords, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the publication reserves for itself."""
    policy = model.policy if model.policy is not None and is_whole_address(model.policy) else None
    where = Origin(origin.url, "package document, tdm:reservation")
    return statements(model.reserved, model.meant, policy, SIGNAL.name, RANK, where)


SIGNAL = Signal(
    name="tdm-epub",
    carrier=None,
    family=FAMILY,
    reads=frozenset({Kind.DOCUMENT}),
    rules=RULES,
    of=TdmWords.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
