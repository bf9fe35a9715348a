"""The training-and-data-mining assertion in the C2PA manifest of an image: what a signed history of a work says about mining.

Spec: CAWG Training and Data Mining Assertion 1.1; its predecessor `c2pa.training-mining` (C2PA up to 1.4).
Covers: the file that it stands in.  Not judged here: signature, hashes, trust.  So what it reserves is only claimed and counts
for the favourable reader; a permission is heard (docs/decisions/0024).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ..core.artifact import MediaTag
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.spec import CAWG_TDM
from ..core.statement import Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Declaration
from ..grammar.cbor import Value
from ..grammar.jumbf import assertions
from .signal import Asked, Signal

FAMILY, RANK = "cawg", 0
LABEL, OLD_LABEL = "cawg.training-mining", "c2pa.training-mining"
SPEC = CAWG_TDM.section("Assertion definition")
KEYS = TERMS["cawg"]
GENERATIVE, OTHER_TRAINING = "ai_generative_training", "ai_training"
NO, YES, CONSTRAINED = "notAllowed", "allowed", "constrained"
_STRICTEST = (YES, CONSTRAINED, NO)

# ---- rules: what can be found ----------------------------------------------------------------------------------------
CAW101 = Rule(
    code="CAW101",
    severity=Severity.INFO,
    message="the manifest of this file claims: {said}",
    why="We do not check its signature, nor whether the file was changed since. A reservation in it is notice; it does not count as a reservation that every reader finds.",
    fix="Reserve the file with a header or tdmrep.json as well.",
    spec=SPEC,
)
CAW201 = Rule(
    code="CAW201",
    severity=Severity.WARNING,
    message="only the old assertion c2pa.training-mining is there",
    why="C2PA dropped it in version 2.0; readers of today look for cawg.training-mining.",
    fix="Sign the work again with the assertion cawg.training-mining.",
    spec=SPEC,
)
CAW202 = Rule(
    code="CAW202",
    severity=Severity.WARNING,
    message="the manifest says different things about {keys}",
    why="A reader finds one of them. We take the stricter one.",
    fix="Sign the work again with one assertion, cawg.training-mining.",
    spec=SPEC,
)
CAW203 = Rule(
    code="CAW203",
    severity=Severity.ERROR,
    message="the manifest says “{value}” about {key}; only allowed, notAllowed and constrained have a meaning",
    why="Nobody can tell what it means, so it says nothing.",
    fix="Sign the work again with `notAllowed`.",
    spec=SPEC,
)
CAW301 = Rule(
    code="CAW301",
    severity=Severity.ERROR,
    message="ai_training is not allowed, and nothing is said about ai_generative_training",
    why="In this assertion ai_training is about other AI than generative AI. Training of generative AI is not reserved by it.",
    fix="Say notAllowed about ai_generative_training and data_mining too.",
    spec=SPEC,
)
CAW302 = Rule(
    code="CAW302",
    severity=Severity.WARNING,
    message="{keys}: constrained, without a word about the conditions",
    why="A reader has to take that for not allowed, and learns nowhere whom to ask.",
    fix="Add constraint_info, or write notAllowed.",
    spec=SPEC,
)
RULES = (CAW101, CAW201, CAW202, CAW203, CAW301, CAW302)


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Cawg:
    """What the assertion says: (key without prefix, `allowed`, `notAllowed` or `constrained`), each key once.

    `given`: keys that some assertion in the manifest allows, whatever another one says.
    """

    entries: tuple[tuple[str, str], ...]
    given: frozenset[str] = frozenset()

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "Cawg | None":
        """The maker's wish at `path`; who reserves mining reserves the training of any AI."""
        said = [(key, wish.reserves(uses[0], path)) for key, uses in KEYS.items() if uses]
        entries = [(key, NO if reserved else YES) for key, reserved in said if reserved is not None]
        if wish.reserves(Use.TDM, path):
            entries.append((OTHER_TRAINING, NO))
        given = frozenset(key for key, told in entries if told == YES)
        return cls(tuple(sorted(entries)), given) if entries else None


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[Cawg]:
    """Read the assertion in the active manifest.  Never raises; integrity is not checked."""
    found = assertions(capture.body) if capture.ok else None
    ours = [a for a in found or () if a.label in {LABEL, OLD_LABEL}]
    if not ours:
        return Parsed(None)
    here = Origin(capture.url, "C2PA manifest")
    notes: list[Finding] = []
    told: dict[str, set[str]] = {}
    bare: set[str] = set()
    for assertion in ours:
        for key, use, explained in _entries(assertion.data):
            if use not in _STRICTEST:
                notes.append(CAW203.at(here, key=key, value=use))
                continue
            told.setdefault(key, set()).add(use)
            if use == CONSTRAINED and not explained:
                bare.add(key)
    if not told:
        return Parsed(None, tuple(notes))
    entries = tuple((key, max(uses, key=_STRICTEST.index)) for key, uses in sorted(told.items()))
    said = dict(entries)
    notes.append(CAW101.at(here, said=", ".join(f"{key} {use}" for key, use in entries)))
    if all(a.label == OLD_LABEL for a in ours):
        notes.append(CAW201.at(here))
    if differing := sorted(key for key, uses in told.items() if len(uses) > 1):
        notes.append(CAW202.at(here, keys=", ".join(differing)))
    if said.get(OTHER_TRAINING) == NO and GENERATIVE not in said:
        notes.append(CAW301.at(here))
    if bare:
        notes.append(CAW302.at(here, keys=", ".join(sorted(bare))))
    return Parsed(Cawg(entries, frozenset(key for key, uses in told.items() if YES in uses)), tuple(notes))


def _entries(data: Value) -> Iterator[tuple[str, str, bool]]:
    """Yield key, use, and whether conditions are told.  Version 1.0 forgot the map `entries`: its entries stand at the top."""
    if not isinstance(data, dict):
        return
    inner = data.get("entries")
    for name, entry in (inner if isinstance(inner, dict) else data).items():
        prefix, _, key = name.partition(".")
        if prefix not in {"cawg", "c2pa"} or key not in KEYS or not isinstance(entry, dict):
            continue
        # The prose of 1.1 calls it constraints_info, its definition and example constraint_info.
        explained = any(
            isinstance(entry.get(word), str) and entry[word]
            for word in ("constraint_info", "constraints_info")
        )
        yield key, str(entry.get("use")), explained


# ---- render: what to sign; parse() gives `model` back ----------------------------------------------------------------
def render(model: Cawg) -> tuple[MediaTag, ...]:
    """Give the entries of the assertion."""
    return tuple(MediaTag(LABEL, f"cawg.{key}", use) for key, use in model.entries)


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: Cawg, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the manifest claims."""
    return tuple(_statements(model, Origin(origin.url, "C2PA manifest")))


def _statements(model: Cawg, where: Origin) -> Iterator[Statement]:
    for key, said in model.entries:
        for use in KEYS[key]:
            if key in model.given:
                reading = Reading.BOTH if said == YES else Reading.STRICT
                yield Statement(use, Preference.ALLOWED, SIGNAL.name, FAMILY, RANK, where, reading)
            if said != YES:
                yield Statement(
                    use, Preference.DISALLOWED, SIGNAL.name, FAMILY, RANK, where, Reading.PROTECTIVE
                )


SIGNAL = Signal(
    name="cawg",
    carrier=None,
    family=FAMILY,
    reads=frozenset({Kind.IMAGE}),
    rules=RULES,
    of=Cawg.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
