"""A TDM policy: on which conditions somebody may mine what `tdm-reservation` reserves.

Spec: TDMRep, "TDM policies".  A page for people is a policy too; only its address counts here.
Covers: whatever points at it.  A policy reserves nothing by itself, and one that is dead or broken lifts nothing.
What it gives away without consent or payment is not reserved (docs/decisions/0025).
"""

import json
from urllib.parse import quote

from ..core.artifact import File
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Parsed
from ..core.preference import Preference
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from ..declaration.model import POLICY_PATH, Carrier, Declaration, Mining
from . import tdm_policy_rules as rule
from .signal import Asked, Signal
from .tdm_policy_read import CONTEXT, PROFILE, Constraint, Permission, TdmPolicy, policy
from .tdm_words import FAMILY

OFFERED, CLAIMED = 4, -1
"""Ranks: an offer to everybody is the last word of whoever reserves; one that only some can claim overrules nothing."""
MEDIA_TYPE = "application/json"
MACHINE_TYPES = frozenset({MEDIA_TYPE, "application/ld+json"})
PEOPLE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
MOST_BYTES = 256 * 1024


# ---- model: tdm_policy_read.TdmPolicy ----------------------------------------------------------------------------------
def of(wish: Declaration, path: str) -> TdmPolicy | None:
    """Give the offer that goes with the reservation; None where the maker asks for none, or reserves no mining."""
    if wish.licence.mining is None or not any(wish.reserves(Use.TDM, place) for place in wish.paths()):
        return None
    paid = wish.licence.mining is Mining.PAID
    home = wish.site + "/"
    contact = wish.licence.contact or wish.declarer.contact
    page = wish.page or wish.licence.offer
    person = [("vcard:fn", wish.rightsholder), ("vcard:hasEmail", f"mailto:{quote(contact, safe='@+')}")]
    person += [("vcard:hasURL", page)] if page is not None else []
    permission = Permission(
        duties=("obtainConsent", "compensate") if paid else ("obtainConsent",),
        # What the law leaves to scientific research is not ours to sell.
        constraints=(Constraint("purpose", "eq", ("non-research",)),) if paid else (),
        target=home,
    )
    return TdmPolicy(wish.site + POLICY_PATH, (permission,), home, tuple(person))


# ---- parse: what is there ----------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmPolicy]:
    """Read a policy for programs; a page for people gives no model.  Never raises."""
    if not capture.ok:
        return Parsed(None)
    here = Origin(capture.url)
    text = capture.body[:MOST_BYTES].decode("utf-8-sig", "replace").strip()
    is_json = text.startswith(("{", "["))
    if for_people(capture):
        return Parsed(None)
    if capture.truncated or len(capture.body) > MOST_BYTES:
        return Parsed(None, (rule.TDP104.at(here, url=capture.url, reason="it is longer than 256 KiB"),))
    served = []
    if capture.media_type not in MACHINE_TYPES:
        served = [rule.TDP101.at(here, media_type=capture.media_type or "no media type")]
    if not is_json:
        problem = "it is a web page" if text.startswith("<") else "it is no JSON"
        return Parsed(None, tuple(served) or (rule.TDP202.at(here, problem=problem),))
    parsed = policy(text, capture.url)
    return Parsed(parsed.model, (*served, *parsed.findings))


def for_people(capture: Capture) -> bool:
    """Tell whether the policy is a page; JSON that is served as one is read all the same: somebody will."""
    return capture.media_type in PEOPLE_TYPES and not capture.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(
        (b"{", b"[")
    )


# ---- render: what to publish; parse() gives `model` back ---------------------------------------------------------------
def render(model: TdmPolicy) -> tuple[File, ...]:
    """Give the document, in ASCII.  Raises ValueError for what only a faulty document can say."""
    if not model.literal or model.uid is None or any(p.assignee or not p.mines for p in model.permissions):
        raise ValueError("only a whole policy about mining can be published")
    said = {
        "@context": list(CONTEXT),
        "@type": "Offer",
        "profile": PROFILE,
        "uid": model.uid,
        "assigner": {"uid": model.assigner, **dict(model.person)},
        "permission": [_permission(p) for p in model.permissions],
    }
    body = json.dumps(said, indent=2) + "\n"
    return (File(POLICY_PATH, body.encode("ascii"), MEDIA_TYPE),)


def _permission(permission: Permission) -> dict[str, object]:
    said: dict[str, object] = {"target": permission.target} if permission.target is not None else {}
    said["action"] = "tdm:mine"
    if permission.constraints:
        said["constraint"] = [_constraint(c) for c in permission.constraints]
    if permission.duties:
        said["duty"] = [{"action": duty} for duty in permission.duties]
    return said


def _constraint(constraint: Constraint) -> dict[str, object]:
    right: object = list(constraint.right)
    if constraint.left == "purpose":
        right = f"tdm:{constraint.right[0]}"
    return {"leftOperand": constraint.left, "operator": constraint.operator, "rightOperand": right}


# ---- evaluate: what it means -------------------------------------------------------------------------------------------
def evaluate(model: TdmPolicy, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the policy gives away; nothing where everybody has to ask or pay.  A literal reader hears it, a favourable one not.

    Targets are names of collections and need not be addresses, so every permission is taken to be about `asked.url`.
    """
    found = list[Statement]()
    for number, permission in enumerate(model.permissions, 1):
        if not permission.mines or permission.asks:
            continue
        for_all = not permission.condition
        audience = Audience.EVERYONE if for_all else Audience.NAMED
        rank = OFFERED if for_all and model.literal else CLAIMED
        place = Origin(origin.url, f"permission {number}")
        found.append(
            Statement(
                Use.TDM,
                Preference.ALLOWED,
                SIGNAL.name,
                FAMILY,
                rank,
                place,
                Reading.STRICT,
                audience,
            )
        )
    return tuple(found)


SIGNAL = Signal(
    name="tdm-policy",
    carrier=Carrier.TDM_POLICY,
    family=FAMILY,
    reads=frozenset({Kind.TDM_POLICY}),
    rules=rule.RULES,
    of=of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
