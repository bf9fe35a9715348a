"""Verdicts made by hand, and strategies for random ones: what the tests of the report print."""

from datetime import UTC, datetime
from string import Formatter

from hypothesis import strategies as st

from voorbehoud.core.evidence import Kind, Origin
from voorbehoud.core.finding import Finding, Rule, Severity
from voorbehoud.core.preference import Preference
from voorbehoud.core.spec import HOUSE
from voorbehoud.core.statement import Audience, Reading, Statement
from voorbehoud.core.use import Use
from voorbehoud.evaluate.verdict import (
    RULES_VERSION,
    ResourceVerdict,
    SignalResult,
    SignalState,
    SiteVerdict,
    UseVerdict,
    Verdict,
)

SITE = "https://atelier.example"
WHEN = datetime(2026, 11, 24, 9, 5, 30, tzinfo=UTC)
SECTION = HOUSE.section("Tests")
BAD = Rule(
    "ZZZ201",
    Severity.ERROR,
    "the header says “{value}”",
    "It is lost.",
    "Send `tdm: 1` for {value}.",
    SECTION,
)
BLOCKER = Rule("ZZZ301", Severity.BLOCKER, "the file says 0", "It lifts everything.", "Write 1.", SECTION)
NOTE = Rule("ZZZ302", Severity.INFO, "robots.txt moved", "It may move again.", "Move it back.", SECTION)
FINE = Rule("ZZZ901", Severity.GOOD, "the file says 1", "It holds for all.", "Nothing to do.", SECTION)


def use_verdict(
    use: Use = Use.TDM,
    strict: Verdict = Verdict.RESERVED,
    protective: Verdict | None = None,
    audience: Audience | None = None,
    contradictory: bool = False,
) -> UseVerdict:
    """A verdict; reserved means for everyone unless `audience` says otherwise."""
    kindly = protective or strict
    reserved = Verdict.RESERVED in {strict, kindly}
    origin = Origin(SITE + "/.well-known/tdmrep.json", "line 1")
    said = Statement(use, Preference.DISALLOWED, "tdm-file", "tdmrep", 0, origin)
    return UseVerdict(
        use,
        strict,
        kindly,
        (audience or Audience.EVERYONE) if reserved else None,
        contradictory,
        Verdict.UNDETERMINED in {strict, kindly},
        because=(said,) if strict is Verdict.RESERVED else (),
    )


def resource(tdm: UseVerdict | None = None, url: str = SITE + "/", kind: Kind = Kind.PAGE) -> ResourceVerdict:
    """A page or file of which only `tdm` is remarkable."""
    rest = tuple(use_verdict(use, Verdict.UNSET) for use in Use if use is not Use.TDM)
    return ResourceVerdict(url, kind, (tdm or use_verdict(), *rest))


def site(
    *resources: ResourceVerdict,
    findings: tuple[Finding, ...] = (),
    protected: bool = False,
    reachable: bool = True,
    url: str = SITE,
) -> SiteVerdict:
    """A site; its own uses are those of the first resource."""
    uses = resources[0].uses if resources else tuple(use_verdict(use, Verdict.UNSET) for use in Use)
    signals = (
        SignalResult(
            "tdm-file", SignalState.PRESENT, ((Use.TDM, Preference.DISALLOWED),), Origin(url, "line 1")
        ),
        SignalResult("ai-txt", SignalState.ABSENT, (), Origin(url + "/ai.txt")),
    )
    return SiteVerdict(
        url, WHEN, RULES_VERSION, protected, uses, signals, tuple(resources), findings, reachable
    )


# ---- random ones: everything that comes from the wire may be any text, lone surrogates included ------------------------
WIRE = st.one_of(
    st.text(st.characters(), max_size=40),  # surrogates too
    st.sampled_from(
        [
            "\x1b[31m",
            "\x9b31m",
            "\u202egpj.exe",
            "a\r\nb",
            "<script>alert(1)</script>",
            "`rm -rf /`",
            "{use}",
            "\udc80",
        ]
    ),
)
ORIGINS = st.builds(Origin, WIRE, WIRE)
STATEMENTS = st.builds(
    Statement,
    st.sampled_from(Use),
    st.sampled_from(Preference),
    st.just("tdm-file"),
    st.just("tdmrep"),
    st.integers(0, 3),
    ORIGINS,
    st.sampled_from(Reading),
    st.sampled_from(Audience),
)


def _use(use: Use) -> st.SearchStrategy[UseVerdict]:
    return st.builds(
        UseVerdict,
        st.just(use),
        st.sampled_from(Verdict),
        st.sampled_from(Verdict),
        st.none() | st.sampled_from(Audience),
        st.booleans(),
        st.booleans(),
        st.lists(STATEMENTS, max_size=1).map(tuple),
        st.lists(STATEMENTS, max_size=1).map(tuple),
    )


USES = st.tuples(*(_use(use) for use in Use))
RESOURCES = st.builds(
    ResourceVerdict,
    WIRE,
    st.sampled_from([kind for kind in Kind if kind.is_resource]),
    USES,
    st.none() | WIRE,
    st.booleans(),
)
SIGNALS = st.builds(
    SignalResult,
    st.sampled_from(["robots-txt", "tdm-header"]),
    st.sampled_from(SignalState),
    st.lists(
        st.tuples(st.sampled_from(Use), st.sampled_from([Preference.ALLOWED, Preference.DISALLOWED])),
        max_size=2,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    ORIGINS,
)


def _finding(rule: Rule) -> st.SearchStrategy[Finding]:
    texts = (rule.message, rule.why, rule.fix)
    names = sorted({name for text in texts for _, name, _, _ in Formatter().parse(text) if name})
    values = st.tuples(*(st.tuples(st.just(name), WIRE) for name in names))
    return st.builds(Finding, st.just(rule), ORIGINS, values)


FINDINGS = st.sampled_from([BAD, BLOCKER, NOTE, FINE]).flatmap(_finding)
SITES = st.builds(
    SiteVerdict,
    WIRE,
    st.just(WHEN),
    st.just(RULES_VERSION),
    st.booleans(),
    USES,
    st.lists(SIGNALS, max_size=2).map(tuple),
    st.lists(RESOURCES, max_size=3).map(tuple),
    st.lists(FINDINGS, max_size=4).map(tuple),
    st.booleans(),
)
