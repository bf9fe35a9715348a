"""`tdm-reservation` and `tdm-policy` fields: a wish that travels with one response.

Spec: TDMRep, "TDM Header Field in HTTP Responses" and "Processing priority".
Covers: the representation it came with.  Not judged here: what the policy says, and what other layers say.
"""

from collections.abc import Iterable

from ..core.artifact import Header
from ..core.evidence import Capture, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import RFC9110, TDMREP
from ..core.statement import Statement
from ..declaration.model import Carrier
from .signal import RESOURCES, Asked, Signal
from .tdm_words import FAMILY, POLICY, RESERVATION, TdmWords, is_no_policy, is_whole_address, statements

RANK = 1  # file 0 < header 1 < page 2 < embedded 3
SPEC = TDMREP.section("TDM Header Field in HTTP Responses", "sec-tdm-header")


# ---- rules: what can be found ----------------------------------------------------------------------------------------
TDH201 = Rule(
    code="TDH201",
    severity=Severity.ERROR,
    message="the header tdm-reservation says “{value}”; only 0 and 1 have a meaning",
    why="A crawler must treat any other value as if the header were missing: this address is not reserved by it.",
    fix="Send `tdm-reservation: 1` to reserve the address, or remove the header.",
    spec=SPEC,
)
TDH202 = Rule(
    code="TDH202",
    severity=Severity.ERROR,
    message="the header tdm-reservation is sent more than once ({values})",
    why="A crawler that joins repeated headers reads “{values}”, which is not 1, so the reservation is lost for it.",
    fix="Send exactly one `tdm-reservation: 1`; look for a second place that adds it (server, application, CDN).",
    spec=SPEC,
)
TDH203 = Rule(
    code="TDH203",
    severity=Severity.ERROR,
    message="the header {name} is sent, a name from an abandoned draft",
    why="No crawler looks for that name: it reserves nothing.",
    fix="Send `tdm-reservation: 1` instead.",
    spec=SPEC,
)
TDH204 = Rule(
    code="TDH204",
    severity=Severity.ERROR,
    message="the header tdm-reservation is sent with white space in its name (“{name}:”)",
    why="Strict clients and proxies drop such a line; for them nothing is reserved by it. A 0 in it may still be heard.",
    fix="Send `tdm-reservation: 1`, with nothing between the name and the colon.",
    spec=RFC9110.section("5.1 Field Names", "section-5.1"),
)
TDH301 = Rule(
    code="TDH301",
    severity=Severity.WARNING,
    message="the header tdm-policy holds “{value}”, which is not a whole address",
    why="The specification does not say what a relative address belongs to; a crawler may look in the wrong place or not at all.",
    fix="Send the whole address, beginning with https://.",
    spec=SPEC,
)
TDH302 = Rule(
    code="TDH302",
    severity=Severity.WARNING,
    message="the header tdm-reservation: 0 travels with this answer",
    why="It says that anybody may mine this page or file without asking, and it overrules what tdmrep.json says.",
    fix="Send `tdm-reservation: 1`, unless you mean to give this address away.",
    spec=SPEC,
)
TDH303 = Rule(
    code="TDH303",
    severity=Severity.WARNING,
    message="the header tdm-policy is sent without tdm-reservation",
    why="The policy only tells where the terms are; it does not reserve anything.",
    fix="Send `tdm-reservation: 1` beside it.",
    spec=SPEC,
)
TDH304 = Rule(
    code="TDH304",
    severity=Severity.WARNING,
    message="the header tdm-policy points to {value}, which holds no terms for mining",
    why="Whoever follows the address to ask for permission finds nothing there.",
    fix="Point to the page with your reservation and your contact address, or leave the header out.",
    spec=SPEC,
)
TDH901 = Rule(
    code="TDH901",
    severity=Severity.GOOD,
    message="the header tdm-reservation: 1 travels with this answer",
    why="It reserves exactly this page or file, for everyone, also when only the file itself is fetched.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (TDH201, TDH202, TDH203, TDH204, TDH301, TDH302, TDH303, TDH304, TDH901)

OBSOLETE = ("TDM-a",)  # the repository's own technique page still shows it


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmWords]:
    """Read the fields of `capture`.  Never raises: a server's mistakes come back as findings.

    Headers of anything but a final 2xx say nothing about the resource and are not read.
    """
    if not capture.ok:
        return Parsed(None)
    here, there = Origin(capture.url, f"header {RESERVATION}"), Origin(capture.url, f"header {POLICY}")
    values, policies = capture.field(RESERVATION), capture.field(POLICY)
    spaced = _spaced(capture)
    # A folded repeat arrives as `1, 1`: for a favourable reader the same as two fields.
    words = [*_words(values), *(word for word in _words(spaced.values()) if word == "0")]
    model = TdmWords.read(words, _words(spaced.values()), policies)
    findings: list[Finding] = [
        TDH203.at(Origin(capture.url, f"header {name}"), name=name)
        for name in OBSOLETE
        if capture.field(name)
    ]
    findings += [TDH204.at(here, name=name) for name in spaced]
    if len(words) > 1:
        findings.append(TDH202.at(here, values=", ".join(words)))
    elif words and model.reserved is None:
        findings.append(TDH201.at(here, value=words[0]))
    elif words:
        findings.append((TDH901 if model.reserved else TDH302).at(here))
    if model.policy is not None:
        if not words:
            findings.append(TDH303.at(there))
        if not is_whole_address(model.policy):
            findings.append(TDH301.at(there, value=model.policy))
        elif is_no_policy(model.policy):
            findings.append(TDH304.at(there, value=model.policy))
    return Parsed(model if values or policies or spaced else None, tuple(findings))


def _words(values: Iterable[str]) -> list[str]:
    """Give the words of some fields; only spaces and tabs around them are no part of them (RFC 9110, section 5.5).

    CHOICE: a 0 counts with any white space around it, because many readers strip it all; a 1 has to be a 1.
    """
    words = (word.strip(" \t") for value in values for word in value.split(","))
    return ["0" if word.strip() == "0" else word for word in words]


def _spaced(capture: Capture) -> dict[str, str]:
    """Give the fields that would be the reservation if there were no white space in their name."""
    return {
        name: value for name, value in capture.headers if name.lower() != RESERVATION == name.strip().lower()
    }


# ---- render: what to send; parse() gives `model` back ----------------------------------------------------------------
def render(model: TdmWords) -> tuple[Header, ...]:
    """Give the fields to send; none where nothing is said."""
    return tuple(Header(name, value) for name, value in model.said())


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TdmWords, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the response reserves; a reading that finds nothing usable stays silent."""
    here = Origin(origin.url, f"header {RESERVATION}")
    return statements(model.reserved, model.meant, model.policy, SIGNAL.name, RANK, here)


SIGNAL = Signal(
    name="tdm-header",
    carrier=Carrier.TDM_HEADER,
    family=FAMILY,
    reads=RESOURCES,
    rules=RULES,
    of=TdmWords.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
