"""The `Content-Usage` header: IETF AIPREF preferences that travel with one response.

Spec: draft-ietf-aipref-attach-05, section 2; draft-ietf-aipref-vocab-08, sections 4 to 6.
Covers: the content that it came with.  It speaks of training, AI use and search, never of mining at large.
"""

from dataclasses import dataclass, field

from ..core.artifact import Header
from ..core.evidence import Capture, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.spec import AIPREF_ATTACH, AIPREF_VOCAB
from ..core.statement import Reading, Statement
from ..core.use import Use
from ..declaration.model import Carrier, Declaration
from ..grammar.usage import LABELS, Fault, usage, usage_text
from .signal import RESOURCES, Asked, Signal

FAMILY, RANK = (
    "aipref",
    0,
)  # the drafts rank nothing: sources combine, the most restrictive counts (vocab, section 5.1)
FIELD = "Content-Usage"
SPEC = AIPREF_ATTACH.section("Content-Usage Header Field, section 2")
SYNTAX = AIPREF_VOCAB.section("Format for Expressing Preferences, section 6")


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ContentUsageHeader:
    """`said`: what a literal reader finds, unknown uses left out.  `refused`: what a favourable reader takes as refused."""

    said: tuple[tuple[Use, Preference], ...] = ()
    refused: frozenset[Use] = field(default=frozenset())

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "ContentUsageHeader | None":
        """The maker's wish at `path`; None where it says nothing about any use that AIPREF has a label for."""
        wanted = ((use, wish.preference(use, path)) for use in LABELS.values())
        said = tuple((use, preference) for use, preference in wanted if preference is not Preference.UNKNOWN)
        refused = frozenset(use for use, preference in said if preference is Preference.DISALLOWED)
        return cls(said, refused) if said else None


# ---- rules: what can be found ----------------------------------------------------------------------------------------
CUH201 = Rule(
    code="CUH201",
    severity=Severity.ERROR,
    message="the header Content-Usage cannot be read: {reason}",
    why="One mistake makes the whole header void: a crawler that follows the draft finds no preference for this address.",
    fix="Send `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUH202 = Rule(
    code="CUH202",
    severity=Severity.ERROR,
    message="the header Content-Usage says “{member}”; only y and n have a meaning",
    why="A crawler must take that preference for unknown, so it holds nobody back.",
    fix="Send `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUH203 = Rule(
    code="CUH203",
    severity=Severity.WARNING,
    message="the header Content-Usage uses “{label}”, a label of an earlier draft",
    why="The present draft knows train-ai, ai-use and search; any other label is ignored.",
    fix="Send `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUH204 = Rule(
    code="CUH204",
    severity=Severity.WARNING,
    message="the header Content-Usage gives the same label twice (“{value}”)",
    why="The last one counts, also when it is the more permissive one.",
    fix="Give each label once: `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUH205 = Rule(
    code="CUH205",
    severity=Severity.WARNING,
    message="the header Content-Usage has a semicolon where a comma belongs (“{value}”)",
    why="What follows a semicolon is a remark on the preference before it, so that part is not heard.",
    fix="Send `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUH206 = Rule(
    code="CUH206",
    severity=Severity.WARNING,
    message="the header Content-Usage is sent more than once ({values})",
    why="The lines are joined before they are read: a later one overrides an earlier one, and a broken one voids them all.",
    fix="Send exactly one; look for a second place that adds it (server, application, CDN).",
    spec=SPEC,
)
CUH207 = Rule(
    code="CUH207",
    severity=Severity.INFO,
    message="the header Content-Usage uses the label “{label}”, which no draft defines",
    why="Crawlers ignore it.",
    fix="Leave it out, unless you know who reads it.",
    spec=SYNTAX,
)
CUH901 = Rule(
    code="CUH901",
    severity=Severity.GOOD,
    message="the header Content-Usage refuses {uses} for this answer",
    why="It travels with the page or file itself, so it also holds when only that file is fetched.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (CUH201, CUH202, CUH203, CUH204, CUH205, CUH206, CUH207, CUH901)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[ContentUsageHeader]:
    """Read the fields of `capture`.  Never raises: a server's mistakes come back as findings.

    Field lines are joined before parsing (RFC 9651, section 4.2); where each alone would have said something else, a
    favourable reader keeps every refusal.
    """
    values = capture.field(FIELD)
    if not values:
        return Parsed(None)
    here = Origin(capture.url, "header content-usage")
    joined = usage(", ".join(values))
    alone = [usage(value) for value in values]
    refused = joined.refused.union(*(one.refused for one in alone))
    findings = [CUH206.at(here, values=" | ".join(values))] if len(values) > 1 else []
    findings += [
        found for flaw in joined.flaws if (found := _finding(flaw.fault, flaw.quote, joined.corrected, here))
    ]
    literally = [use.value for use, preference in joined.said if preference is Preference.DISALLOWED]
    if literally:
        findings.append(CUH901.at(here, uses=", ".join(literally)))
    return Parsed(ContentUsageHeader(joined.said, refused), tuple(findings))


def _finding(fault: Fault, quote: str, corrected: str, here: Origin) -> Finding:
    match fault:
        case Fault.UNREADABLE:
            return CUH201.at(here, reason=quote, corrected=corrected)
        case Fault.VALUE:
            return CUH202.at(here, member=quote, corrected=corrected)
        case Fault.LEGACY:
            return CUH203.at(here, label=quote, corrected=corrected)
        case Fault.DUPLICATE:
            return CUH204.at(here, value=quote, corrected=corrected)
        case Fault.PARAMETER:
            return CUH205.at(here, value=quote, corrected=corrected)
        case Fault.UNKNOWN:
            return CUH207.at(here, label=quote)


# ---- render: what to send; parse() gives `model` back ----------------------------------------------------------------
def render(model: ContentUsageHeader) -> tuple[Header, ...]:
    """Give the field to send; none where nothing is said."""
    value = usage_text(model.said)
    return (Header(FIELD, value),) if value else ()


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: ContentUsageHeader, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the response prefers; a favourable reader also hears refusals that are misspelt, never permissions."""
    statements = []
    literal = dict(model.said)
    for use in LABELS.values():
        said = literal.get(use, Preference.UNKNOWN)
        unheard = use in model.refused and said is not Preference.DISALLOWED
        if said is not Preference.UNKNOWN:
            reading = Reading.STRICT if unheard else Reading.BOTH
            statements.append(Statement(use, said, SIGNAL.name, FAMILY, RANK, origin, reading))
        if unheard:
            statements.append(
                Statement(use, Preference.DISALLOWED, SIGNAL.name, FAMILY, RANK, origin, Reading.PROTECTIVE)
            )
    return tuple(statements)


SIGNAL = Signal(
    name="content-usage-header",
    carrier=Carrier.CONTENT_USAGE,
    family=FAMILY,
    reads=RESOURCES,
    rules=RULES,
    of=ContentUsageHeader.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
