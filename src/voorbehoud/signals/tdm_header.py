"""`tdm-reservation` and `tdm-policy` fields: a wish that travels with one response.

Spec: TDMRep, "TDM Header Field in HTTP Responses" and "Processing priority".
Covers: the representation it came with.  Not judged here: what the policy says.
"""

from dataclasses import dataclass

from ..core.artifact import Header
from ..core.evidence import Capture, Origin
from ..core.finding import Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.spec import TDMREP
from ..core.statement import Reading, Statement
from ..core.use import Use
from ..declaration.model import Carrier, Declaration
from .signal import RESOURCES, Asked, Signal

FAMILY, RANK = "tdmrep", 1  # file 0 < header 1 < page 2 < embedded 3
SPEC = TDMREP.section("TDM Header Field in HTTP Responses", "sec-tdm-header")


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TdmHeader:
    """`reserved` is what a literal reader finds, None: nothing usable was said, which is not "no".

    `meant` is what a favourable reader takes it for; it differs from `reserved` only where the field is faulty.
    """

    reserved: bool | None = None
    policy: str | None = None
    meant: bool | None = None

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "TdmHeader | None":
        """The maker's wish, said with this mechanism."""
        reserved = wish.reserves(Use.TDM, path)
        return None if reserved is None else cls(reserved, wish.policy if reserved else None, reserved)


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
TDH301 = Rule(
    code="TDH301",
    severity=Severity.WARNING,
    message="the header tdm-policy holds the relative address “{value}”",
    why="The specification does not say what a relative address belongs to; a crawler may look in the wrong place or not at all.",
    fix="Send the whole address, beginning with https://.",
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
RULES = (TDH201, TDH202, TDH203, TDH301, TDH901)

OBSOLETE = ("TDM-a",)  # the repository's own technique page still shows it


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmHeader]:
    """Read the fields of `capture`.  Never raises: a server's mistakes come back as findings."""
    here = Origin(capture.url, "header tdm-reservation")
    values = capture.field("tdm-reservation")
    policies = capture.field("tdm-policy")
    findings = [
        TDH203.at(Origin(capture.url, f"header {name}"), name=name)
        for name in OBSOLETE
        if capture.field(name)
    ]
    reserved: bool | None = None
    # A folded repeat arrives as `1, 1`: for a favourable reader the same as two fields.
    words = [word.strip() for value in values for word in value.split(",")]
    if len(words) > 1:
        findings.append(TDH202.at(here, values=", ".join(words)))
    elif words and words[0] in {"0", "1"}:
        reserved = words[0] == "1"
    elif words:
        findings.append(TDH201.at(here, value=words[0]))
    meant = reserved
    if (
        reserved is None and words
    ):  # CHOICE: two differing values or the abolished 2 still tell that somebody meant to reserve
        meant = True if {"1", "2"} & set(words) else (False if set(words) == {"0"} else None)
    policy = next(iter(policies), None)
    if policy is not None and "://" not in policy:
        findings.append(TDH301.at(Origin(capture.url, "header tdm-policy"), value=policy))
    if reserved:
        findings.append(TDH901.at(here))
    model = TdmHeader(reserved, policy, meant) if values or policies else None
    return Parsed(model, tuple(findings))


# ---- render: what to send; parse() gives `model` back ----------------------------------------------------------------
def render(model: TdmHeader) -> tuple[Header, ...]:
    """Give the fields to send; none where nothing is said."""
    reservation = None if model.reserved is None else str(int(model.reserved))
    said = {"tdm-reservation": reservation, "tdm-policy": model.policy}
    return tuple(Header(name, value) for name, value in said.items() if value is not None)


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TdmHeader, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the response reserves; a reading that finds nothing usable stays silent."""
    said = []
    for reserved, reading in _readings(model.reserved, model.meant):
        preference = Preference.DISALLOWED if reserved else Preference.ALLOWED
        said.append(Statement(Use.TDM, preference, SIGNAL.name, FAMILY, RANK, origin, reading))
    return tuple(said)


def _readings(strict: bool | None, protective: bool | None) -> list[tuple[bool, Reading]]:
    if strict == protective:
        return [] if strict is None else [(strict, Reading.BOTH)]
    pairs = ((strict, Reading.STRICT), (protective, Reading.PROTECTIVE))
    return [(value, reading) for value, reading in pairs if value is not None]


SIGNAL = Signal(
    name="tdm-header",
    carrier=Carrier.TDM_HEADER,
    family=FAMILY,
    reads=RESOURCES,
    rules=RULES,
    of=TdmHeader.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
