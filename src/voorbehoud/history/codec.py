"""A verdict as bytes and back, without loss, whatever the version of this program that wrote it.

The bytes are JSON: every object a list of its fields, in the order of FIELDS.  Equal verdicts give equal bytes, so that a site
that stays as it is costs one verdict for all its weeks; what differs each time, `checked` and `rules`, is left out.
Pickle is no choice: a store is a file that somebody may have been handed.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from ..core.evidence import Kind, Origin
from ..core.finding import Finding, Rule, Severity
from ..core.preference import Preference
from ..core.spec import Section
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from ..evaluate.verdict import (
    Platform,
    ResourceVerdict,
    SignalResult,
    SignalState,
    SiteVerdict,
    UseVerdict,
    Verdict,
)

FORM = 2
"""Written first.  A class that gets a field gets a new form; the readers of the earlier ones stay."""

OLD_STATEMENT = 10
FORMS = frozenset({1, 2})
"""Form 1 had statements of ten fields, without `exempting`."""

FIELDS: Mapping[type[Any], tuple[str, ...]] = MappingProxyType(
    {
        Origin: ("url", "where"),
        Statement: (
            "use", "preference", "signal", "family", "rank", "origin", "reading", "audience", "agents", "exempting", "policy",
        ),
        UseVerdict: (
            "use", "strict", "protective", "audience", "contradictory", "undetermined", "because", "overruled",
        ),
        ResourceVerdict: ("url", "kind", "uses", "found_on", "fetched"),
        SignalResult: ("signal", "state", "uses", "origin"),
        Platform: ("name", "evidence"),
    }
)  # fmt: skip
_GETTERS: dict[type[Any], Callable[[Any], Any]] = {kind: attrgetter(*names) for kind, names in FIELDS.items()}
_WHOLE = attrgetter("site", "protected", "uses", "signals", "resources", "findings", "reachable", "platforms")


# ---- writing ---------------------------------------------------------------------------------------------------------
def encode(verdict: SiteVerdict) -> bytes:
    """Give `verdict` without `checked` and `rules`; its findings name their rules as `name_of` does."""
    return _encode((FORM, *_WHOLE(verdict))).encode("ascii")


def rules_of(verdict: SiteVerdict) -> dict[str, str]:
    """Give the texts of the rules that a verdict's findings name, by their names."""
    return {name_of(finding.rule): _NAMES[finding.rule.code][2] for finding in verdict.findings}


def name_of(rule: Rule) -> str:
    """Give the name under which the store keeps a rule in this wording: `TDF201@0f3a…`."""
    known = _NAMES.get(rule.code)
    if known is None or known[0] is not rule:
        texts = texts_of(rule)
        digest = hashlib.sha256(texts.encode()).hexdigest()[:16]
        known = _NAMES[rule.code] = (rule, f"{rule.code}@{digest}", texts)
    return known[1]


def texts_of(rule: Rule) -> str:
    """Give everything that a rule says, as JSON."""
    spec = rule.spec
    return json.dumps(
        {
            "code": rule.code,
            "severity": rule.severity,
            "message": rule.message,
            "why": rule.why,
            "fix": rule.fix,
            "spec": [spec.spec, spec.date, spec.url, spec.name],
        }
    )


def _default(value: object) -> object:
    getter = _GETTERS.get(type(value))
    if getter is not None:
        return getter(value)
    if isinstance(value, Finding):
        return (name_of(value.rule), value.origin, value.values)
    raise TypeError(f"{type(value).__name__} has no form in the store")


_NAMES: dict[str, tuple[Rule, str, str]] = {}
_encode = json.JSONEncoder(default=_default, check_circular=False, separators=(",", ":")).encode


_scan = json.JSONDecoder().raw_decode
_STATES = {
    state.value: state for state in SignalState
}  # there are many, and a look-up is cheaper than a call


# ---- reading ---------------------------------------------------------------------------------------------------------
def decode_bare(body: bytes, checked: datetime, rules: str, *, reachable: bool) -> SiteVerdict:
    """Give the verdict as `decode` does, but without findings, platforms and the statements behind it: in a third of the time.

    `reachable` stands in a column beside the bytes.
    """
    text, at = body.decode("ascii"), 1
    values: list[Any] = []
    while len(values) < 6:  # what comes after that is most of the text, and is not even looked at
        value, at = _scan(text, at)
        values.append(value)
        at += 1
    form, site, protected, uses, signals, resources = values
    _known(form)
    return SiteVerdict(
        site=site,
        checked=checked,
        rules=rules,
        protected=protected,
        uses=_bare_uses(uses),
        signals=tuple(map(_signal, signals)),
        resources=tuple(
            ResourceVerdict(url, Kind(kind), _bare_uses(told), found_on, fetched)
            for url, kind, told, found_on, fetched in resources
        ),
        findings=(),
        reachable=reachable,
    )


def decode(body: bytes, checked: datetime, rules: str, rule: Callable[[str], Rule]) -> SiteVerdict:
    """Give the verdict that `encode` was given.  `rule` gives the rule of a name."""
    form, site, protected, uses, signals, resources, findings, reachable, platforms = json.loads(body)
    _known(form)
    return SiteVerdict(
        site=site,
        checked=checked,
        rules=rules,
        protected=protected,
        uses=tuple(map(_use, uses)),
        signals=tuple(map(_signal, signals)),
        resources=tuple(map(_resource, resources)),
        findings=tuple(
            Finding(rule(name), Origin(*origin), tuple((blank, value) for blank, value in values))
            for name, origin, values in findings
        ),
        reachable=reachable,
        platforms=tuple(
            Platform(name, tuple(Origin(*origin) for origin in evidence)) for name, evidence in platforms
        ),
    )


def rule_of(texts: str) -> Rule:
    """Give the rule that `texts_of` was given."""
    said = json.loads(texts)
    return Rule(
        code=said["code"],
        severity=Severity(said["severity"]),
        message=said["message"],
        why=said["why"],
        fix=said["fix"],
        spec=Section(*said["spec"]),
    )


def _known(form: object) -> None:
    if form not in FORMS:
        raise ValueError(f"a verdict of form {form}; this program knows up to form {FORM}")


def _bare_uses(told: list[list[Any]]) -> tuple[UseVerdict, ...]:
    return tuple(_bare_use(*said[:6]) for said in told)


@lru_cache(maxsize=4_096)
def _bare_use(
    use: str, strict: str, protective: str, audience: str | None, contradictory: bool, undetermined: bool
) -> UseVerdict:
    return _use([use, strict, protective, audience, contradictory, undetermined, (), ()])


def _use(said: list[Any]) -> UseVerdict:
    use, strict, protective, audience, contradictory, undetermined, because, overruled = said
    return UseVerdict(
        use=Use(use),
        strict=Verdict(strict),
        protective=Verdict(protective),
        audience=None if audience is None else Audience(audience),
        contradictory=contradictory,
        undetermined=undetermined,
        because=tuple(map(_statement, because)),
        overruled=tuple(map(_statement, overruled)),
    )


def _statement(said: list[Any]) -> Statement:
    if len(said) == OLD_STATEMENT:
        said = [*said[:-1], False, said[-1]]
    use, preference, signal, family, rank, origin, reading, audience, agents, exempting, policy = said
    return Statement(
        use=Use(use),
        preference=Preference(preference),
        signal=signal,
        family=family,
        rank=rank,
        origin=Origin(*origin),
        reading=Reading(reading),
        audience=Audience(audience),
        agents=tuple(agents),
        exempting=exempting,
        policy=policy,
    )


def _signal(said: list[Any]) -> SignalResult:
    signal, state, uses, origin = said
    told = tuple((Use(use), Preference(preference)) for use, preference in uses) if uses else ()
    return SignalResult(signal, _STATES[state], told, Origin(*origin))


def _resource(said: list[Any]) -> ResourceVerdict:
    url, kind, uses, found_on, fetched = said
    return ResourceVerdict(url, Kind(kind), tuple(map(_use, uses)), found_on, fetched)
