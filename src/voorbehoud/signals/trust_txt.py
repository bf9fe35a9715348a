"""`datatrainingallowed` in trust.txt: whether an organisation lets its data be used to train AI.

Spec: JournalList, trust.txt; the variable was added on 2024-04-04.
Covers: the origin that serves it.  Not judged here: the other variables, which tell who belongs to whom.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..core.artifact import File
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.preference import Preference
from ..core.spec import TRUST_TXT
from ..core.statement import Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Declaration
from ..grammar.tags import WHITE
from .signal import Asked, Signal

FAMILY, RANK = "trust-txt", 0
PATH = "/trust.txt"
VARIABLE = "datatrainingallowed"
USES = TERMS[FAMILY][VARIABLE]
VALUES = {"yes": True, "no": False}
SPEC = TRUST_TXT.section("datatrainingallowed")
MOST_LINES = 5000
OF_EACH = 5  # findings about single lines
LONGEST = 120  # characters of a line that are quoted


# ---- model: the mechanism in its own words ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TrustTxt:
    """`allowed`: what a literal reader finds; None: nothing usable, which is not "no".  `line`: where it stands.

    `meant`: what a favourable reader takes it for; differs only where the file says both.
    """

    allowed: bool | None = None
    meant: bool | None = None
    line: int = field(default=0, compare=False)

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "TrustTxt | None":
        """The maker's wish for the whole origin; None also where a path is excepted, which this format cannot say."""
        wanted = {wish.preference(Use.TRAIN_AI, place) for place in wish.paths()}
        if len(wanted) != 1 or Preference.UNKNOWN in wanted:
            return None
        allowed = wanted == {Preference.ALLOWED}
        return cls(allowed, allowed)


# ---- rules: what can be found ----------------------------------------------------------------------------------------
TRT101 = Rule(
    code="TRT101",
    severity=Severity.WARNING,
    message="a web page ({media_type}) is served where trust.txt should be",
    why="The host answers any unknown address with a page: there is no trust.txt, whatever the status says.",
    fix="Nothing to do if you publish no trust.txt; else upload it as a file of its own.",
    spec=SPEC,
)
TRT102 = Rule(
    code="TRT102",
    severity=Severity.WARNING,
    message="trust.txt is longer than we read (256 KiB or 5,000 lines)",
    why="What stands further down does not count for us, and other readers stop earlier.",
    fix="Put the line `datatrainingallowed=no` at the top.",
    spec=SPEC,
)
TRT201 = Rule(
    code="TRT201",
    severity=Severity.WARNING,
    message="trust.txt says {written}; only yes and no have a meaning",
    why="A reader must ignore the line, so nothing is said about training.",
    fix="Write `datatrainingallowed=no`.",
    spec=SPEC,
)
TRT202 = Rule(
    code="TRT202",
    severity=Severity.ERROR,
    message="trust.txt says both yes and no about training (lines {lines})",
    why="The variable may occur once. With two answers it is void, and whoever wants to train can point at the yes.",
    fix="Keep the one line `datatrainingallowed=no`.",
    spec=SPEC,
)
TRT203 = Rule(
    code="TRT203",
    severity=Severity.WARNING,
    message="trust.txt says datatrainingallowed more than once (lines {lines})",
    why="The specification allows it once. A strict reader may ignore all of them.",
    fix="Keep one line.",
    spec=SPEC,
)
TRT204 = Rule(
    code="TRT204",
    severity=Severity.WARNING,
    message="trust.txt writes {written}; the form is datatrainingallowed={value}",
    why="Spaces, capitals and a remark behind the value are understood here; a strict reader may not accept them.",
    fix="Write `datatrainingallowed={value}`, and remarks on a line of their own.",
    spec=SPEC,
)
TRT301 = Rule(
    code="TRT301",
    severity=Severity.INFO,
    message="there is a trust.txt, and it says nothing about training",
    why="It tells to whom the site belongs; that reserves nothing.",
    fix="If you keep this file, add the line `datatrainingallowed=no`.",
    spec=SPEC,
)
TRT302 = Rule(
    code="TRT302",
    severity=Severity.WARNING,
    message="trust.txt says that the site may be used for training (datatrainingallowed=yes)",
    why="Whoever trains an AI model with your work can point at this line.",
    fix="Write `datatrainingallowed=no`, unless you mean yes.",
    spec=SPEC,
)
TRT901 = Rule(
    code="TRT901",
    severity=Severity.GOOD,
    message="trust.txt says that the site may not be used for training",
    why="It is a clear statement to everyone; it says nothing about other mining, and no AI company has promised to read it.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (TRT101, TRT102, TRT201, TRT202, TRT203, TRT204, TRT301, TRT302, TRT901)


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TrustTxt]:
    """Read a trust.txt.  Never raises; a file without the variable has no model: it says nothing about training."""
    if not capture.ok:
        return Parsed(None)
    here = Origin(capture.url)
    text = capture.body.decode("utf-8-sig", "replace")
    if "html" in capture.media_type or text[:512].lstrip(WHITE).startswith("<"):
        return Parsed(None, (TRT101.at(here, media_type=capture.media_type or "no media type"),))
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    findings = [TRT102.at(here)] if capture.truncated or len(lines) > MOST_LINES else []
    said: list[tuple[int, bool]] = []
    void: list[Finding] = []
    odd: list[Finding] = []
    for number, line in enumerate(lines[:MOST_LINES], 1):
        name, equals, value = line.partition("=")
        if not equals or name.strip(WHITE).lower() != VARIABLE:
            continue
        word = value.partition("#")[0].strip(WHITE).lower()
        there = Origin(capture.url, f"line {number}")
        if word not in VALUES:
            if len(void) < OF_EACH:
                void.append(TRT201.at(there, written=line.strip(WHITE)[:LONGEST]))
            continue
        said.append((number, VALUES[word]))
        if line != f"{VARIABLE}={word}" and len(odd) < OF_EACH:
            odd.append(TRT204.at(there, written=line.strip(WHITE)[:LONGEST], value=word))
    findings += [*void, *odd, *_together(said, capture.url)]
    if not said and VARIABLE not in text.lower():
        findings.append(TRT301.at(here))
    if not said:
        return Parsed(None, tuple(findings))
    answers = {allowed for _, allowed in said}
    agreed = next(iter(answers)) if len(answers) == 1 else None
    return Parsed(TrustTxt(agreed, False if agreed is None else agreed, said[0][0]), tuple(findings))


def _together(said: list[tuple[int, bool]], url: str) -> Iterator[Finding]:
    """Yield what the lines come to."""
    if not said:
        return
    places = ", ".join(str(number) for number, _ in said[:8])
    last = Origin(url, f"line {said[-1][0]}")
    if len({allowed for _, allowed in said}) > 1:
        yield TRT202.at(last, lines=places)
        return
    if len(said) > 1:
        yield TRT203.at(last, lines=places)
    yield (TRT302 if said[0][1] else TRT901).at(Origin(url, f"line {said[0][0]}"))


# ---- render: what to write; parse() gives `model` back ---------------------------------------------------------------
def render(model: TrustTxt) -> tuple[File, ...]:
    """Give a file with this one variable; none where nothing clear is said."""
    if model.allowed is None:
        return ()
    line = f"{VARIABLE}={'yes' if model.allowed else 'no'}\n"
    return (File(PATH, line.encode(), "text/plain; charset=utf-8"),)


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TrustTxt, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the file allows or refuses, to everyone: training, and nothing else."""
    where = Origin(origin.url, f"line {model.line}" if model.line else "")
    preference = Preference.ALLOWED if model.meant else Preference.DISALLOWED
    reading = Reading.BOTH if model.allowed is not None else Reading.PROTECTIVE
    return tuple(Statement(use, preference, SIGNAL.name, FAMILY, RANK, where, reading) for use in USES)


SIGNAL = Signal(
    name="trust-txt",
    carrier=None,  # who has one belongs to JournalList, and writes it with more in it
    family=FAMILY,
    reads=frozenset({Kind.TRUST_TXT}),
    rules=RULES,
    of=TrustTxt.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
