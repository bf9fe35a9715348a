"""A TDM policy, read: from JSON to the model, with everything that a checking reader would stumble over.

Spec: TDMRep, "TDM policies": ODRL 2.2 in the profile http://www.w3.org/ns/tdmrep.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from ..core.evidence import Origin
from ..core.finding import Finding, Parsed
from ..grammar.odrl import as_list, document, local, text_of
from . import tdm_policy_rules as rule

CONTEXT = ("http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld")
PROFILE = "http://www.w3.org/ns/tdmrep"
MOST_PERMISSIONS, MOST_PARTS, OF_EACH = 200, 50, 5
MINING = frozenset({"mine", "use"})
"""Actions that let somebody mine: `use` contains every action of ODRL."""
ASKING = frozenset({"obtainConsent", "compensate"})
"""Duties that leave the decision with the rightsholder; any other one can be fulfilled without a word to them."""
PURPOSES = frozenset({"research", "non-research"})
PERSON = ("vcard:fn", "vcard:nickname", "vcard:hasEmail", "vcard:hasTelephone", "vcard:hasURL")
ADDRESS = ("vcard:hasAddress", "vcard:street-address", "vcard:postal-code", "vcard:locality", "vcard:country-name")  # fmt: skip
_BESIDE = ("duty", "constraint", "obligation", "prohibition")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+")


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition as written, prefixes left out: `purpose`, `eq`, (`research`,)."""

    left: str
    operator: str
    right: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {', '.join(self.right)}"


@dataclass(frozen=True, slots=True)
class Permission:
    """What may be done.  `mines` False: it is about something else than mining.

    `duties` must all be fulfilled first.  `assignee`: it is offered to that party alone.
    """

    mines: bool = True
    duties: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    target: str | None = None
    assignee: str | None = None

    @property
    def asks(self) -> bool:
        """Nobody may mine by this without the rightsholder's consent, or without paying."""
        return not ASKING.isdisjoint(self.duties)

    @property
    def condition(self) -> str:
        """What has to be so where nothing has to be asked; empty where it holds for everybody."""
        duties = [f"duty {duty}" for duty in self.duties]
        to = [f"for {self.assignee}"] if self.assignee is not None else []
        return "; ".join([*duties, *map(str, self.constraints), *to])


@dataclass(frozen=True, slots=True)
class TdmPolicy:
    """A machine-readable policy.  `literal` False: only a reader who mends JSON can read it.

    `person`: what it says about its owner, names with the prefix `vcard:`.
    """

    uid: str | None
    permissions: tuple[Permission, ...]
    assigner: str | None = None
    person: tuple[tuple[str, str], ...] = ()
    literal: bool = field(default=True)


def policy(text: str, url: str) -> Parsed[TdmPolicy]:
    """Read a policy.  Never raises; text that holds none gives no model."""
    found = document(text, frozenset({"permission"}))
    problems = []
    if found.problem is not None:
        problems = [rule.TDP201.at(Origin(url, f"line {found.line}"), problem=found.problem)]
        if found.value is None:
            return Parsed(None, tuple(problems))
    objects = [o for o in _objects(found.value) if "permission" in o or "profile" in o]
    if not objects:
        told = rule.TDP202.at(Origin(url), problem="nothing in it has a permission or a profile")
        return Parsed(None, (*problems, told))
    reader = _Reader(url, problems)
    for name in found.repeated:
        reader.note(rule.TDP207, "", field=name)
    models = [reader.policy(o, found.problem is None) for o in islice(objects, MOST_PARTS)]
    if len(models) > 1:
        reader.note(rule.TDP207, "", field="@type")
    permissions = tuple(p for model in models for p in model.permissions)
    first = models[0]
    model = TdmPolicy(first.uid, permissions, first.assigner, first.person, first.literal)
    return Parsed(model, (*reader.findings, *_meaning(model, Origin(url))))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects that may be a policy, at the top, in a list or below `@graph`, names without prefixes."""
    for item in as_list(value):
        if isinstance(item, dict):
            yield _plain(item)
            yield from (_plain(o) for o in as_list(item.get("@graph")) if isinstance(o, dict))


def _plain(item: Mapping[str, Any], known: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Give an object with its names as the contexts of the profile spell them."""
    same = {"type": "@type", "@id": "uid", "id": "uid"}
    return {same.get(name := local(key, known), name): value for key, value in item.items()}


class _Reader:
    """One document on its way to the model; a mistake that repeats is told a few times only."""

    def __init__(self, url: str, findings: list[Finding]) -> None:
        self.findings = findings
        self._at = partial(Origin, url)
        self._known: dict[str, str] = {}

    def note(self, what: Any, where: str, **values: object) -> None:
        if sum(f.rule is what for f in self.findings) < OF_EACH:
            self.findings.append(what.at(self._at(where), **values))

    def _wrong(self, where: str, name: str, value: Any, wanted: str) -> None:
        self.note(rule.TDP203, where, field=name, value=_shown(value), wanted=wanted)

    def policy(self, item: Mapping[str, Any], literal: bool) -> TdmPolicy:
        self._context(item.get("@context"))
        item = _plain(item, self._known)
        kinds = [local(t, self._known) for t in map(text_of, as_list(item.get("@type"))) if t is not None]
        if kinds != ["Offer"]:
            self._wrong("", "@type", item.get("@type"), '`"@type": "Offer"`')
        if text_of(item.get("profile")) != PROFILE:
            self._wrong("", "profile", item.get("profile"), f'`"profile": "{PROFILE}"`')
        uid = text_of(item.get("uid"))
        if uid is None or not _URI.fullmatch(uid):
            self._wrong("", "uid", item.get("uid"), "an address, beginning with https://")
        assigner, person = self._assigner(item.get("assigner"))
        for name in _BESIDE:
            if name in item:
                self.note(rule.TDP205, "", field=name)
        given = item.get("permission")
        if not isinstance(given, list) or not given:
            self._wrong("", "permission", given, '`"permission": [{…}]`')
        shared = {name: item[name] for name in ("action", "target", "assignee") if name in item}
        permissions = tuple(
            self._permission(shared | _plain(p, self._known), f"permission {number}")
            for number, p in enumerate(islice(as_list(given), MOST_PERMISSIONS), 1)
            if isinstance(p, dict)
        )
        return TdmPolicy(uid, permissions, assigner, person, literal)

    def _context(self, given: Any) -> None:
        inline = [c for c in as_list(given) if isinstance(c, dict)]
        for context in inline:
            self._known |= {key: value for key, value in context.items() if isinstance(value, str)}
        if given == list(CONTEXT):
            return
        if CONTEXT[0] in as_list(given) and any("tdmrep" in str(c.get("tdm")) for c in inline):
            self.note(rule.TDP204, "")
        else:
            self._wrong("", "@context", given, f'`"@context": ["{CONTEXT[0]}", "{CONTEXT[1]}"]`')

    def _assigner(self, given: Any) -> tuple[str | None, tuple[tuple[str, str], ...]]:
        owner = given[0] if isinstance(given, list) and given else given
        uid = text_of(owner)
        if isinstance(given, list) or not isinstance(owner, dict) or uid is None:
            self._wrong("", "assigner", given, '`"assigner": {"uid": "https://…", "vcard:fn": "…"}`')
        if not isinstance(owner, dict):
            return uid, ()
        said: list[tuple[str, str]] = []
        for key, value in islice(owner.items(), MOST_PARTS):
            name = key if key.startswith("vcard:") else f"vcard:{key.removeprefix(VCARD)}"
            if local(key) in {"uid", "@id", "id", "@type", "type"}:
                continue
            if name not in PERSON and name not in ADDRESS:
                self.note(rule.TDP206, "assigner", term=key)
                continue
            text = text_of(value)
            scheme = {"vcard:hasEmail": "mailto:", "vcard:hasTelephone": "tel:"}.get(name)
            if scheme is not None and not (text or "").startswith(scheme):
                self._wrong("assigner", name, value, f'`"{name}": "{scheme}…"`')
            if name in PERSON and text is not None:
                said.append((name, text))
        return uid, tuple(said)

    def _permission(self, item: Mapping[str, Any], where: str) -> Permission:
        actions = [a for a in map(self._action, as_list(item.get("action"))) if a]
        if actions != ["mine"]:
            self._wrong(where, "action", item.get("action"), '`"action": "tdm:mine"`')
        mines = any(action.lower() in MINING for action in actions)
        target = text_of(item.get("target"))
        if "target" in item and (target is None or not _URI.fullmatch(target)):
            self._wrong(where, "target", item["target"], "an address, beginning with https://")
        duties = tuple(self._duty(d, where) for d in islice(as_list(item.get("duty")), MOST_PARTS))
        if not isinstance(item.get("duty", []), list):
            self._wrong(where, "duty", item["duty"], '`"duty": [{"action": "obtainConsent"}]`')
        limits = [
            *as_list(item.get("constraint")),
            *(
                r
                for a in as_list(item.get("action"))
                if isinstance(a, dict)
                for r in as_list(a.get("refinement"))
            ),
        ]
        constraints = tuple(self._constraint(c, where) for c in islice(limits, MOST_PARTS))
        assignee = _shown(text_of(item["assignee"])) if "assignee" in item else None
        return Permission(mines, duties, constraints, target, assignee)

    def _action(self, value: Any) -> str:
        if isinstance(value, Mapping) and "rdf:value" in value:
            value = value["rdf:value"]
        return local(text_of(value) or "", self._known)

    def _duty(self, given: Any, where: str) -> str:
        duty = _plain(given, self._known) if isinstance(given, dict) else {}
        named = [self._action(a) for a in as_list(duty.get("action"))]
        # A duty with a condition of its own falls away for whoever does not meet it.
        action = named[0] if len(named) == 1 and "constraint" not in duty else ""
        if action not in ASKING:
            self._wrong(where, "duty", given, '`{"action": "obtainConsent"}` or `{"action": "compensate"}`')
        return action or _shown(given)

    def _constraint(self, given: Any, where: str) -> Constraint:
        item = _plain(given, self._known) if isinstance(given, dict) else {}
        left = local(text_of(item.get("leftOperand")) or "", self._known)
        operator = local(text_of(item.get("operator")) or "", self._known)
        right = tuple(
            local(text_of(v) or _shown(v), self._known)
            for v in as_list(item.get("rightOperand"))[:MOST_PARTS]
        )
        purpose = left == "purpose" and operator == "eq" and len(right) == 1 and right[0] in PURPOSES
        place = left == "spatial" and operator == "isPartOf"
        if not (purpose or place):
            wanted = '`{"leftOperand": "purpose", "operator": "eq", "rightOperand": "tdm:non-research"}`'
            self._wrong(where, "constraint", given, wanted)
        return Constraint(left or _shown(given), operator or "?", right or ("?",))


VCARD = "http://www.w3.org/2006/vcard/ns#"


def _meaning(model: TdmPolicy, here: Origin) -> Iterator[Finding]:
    """Yield what the permissions amount to."""
    mining = [(number, p) for number, p in enumerate(model.permissions, 1) if p.mines]
    for number, permission in mining:
        at = Origin(here.url, f"permission {number}")
        if permission.asks:
            if any(c.left == "purpose" and c.right == ("research",) for c in permission.constraints):
                yield rule.TDP303.at(at)
        elif permission.condition:
            yield rule.TDP302.at(at, condition=permission.condition)
        else:
            yield rule.TDP301.at(at)
    if not mining:
        yield rule.TDP304.at(here)
    elif all(p.asks for _, p in mining) and model.literal:
        duties = sorted({d for _, p in mining for d in p.duties if d in ASKING})
        yield rule.TDP901.at(here, duties=" / ".join(duties))


def _shown(value: Any) -> str:
    """Give a value short enough to print."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return f"“{value[:80]}”"
    if isinstance(value, bool | int | float):
        return str(value).lower()[:80]
    return "a list" if isinstance(value, list) else "an object"
