"""RSL: a licence for machines, named by robots.txt, a header or a page.

Spec: RSL 1.0, section 3; which document governs what is decided in evaluate/licences.py (section 4).
Covers: what names it.  Not judged here: licence servers, tokens, encrypted content, amounts.
What is licensed against payment is not licensed to whoever did not pay: reserved.  RSL has no word for text and data mining;
only `all`, any automated processing, contains it (docs/decisions/0010).
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from ..core.artifact import Artifact, File, RobotsRecord
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Parsed
from ..core.preference import Preference
from ..core.statement import Reading, Statement
from ..core.use import TERMS, Use
from ..declaration.model import Carrier, Declaration
from ..grammar.robots import encoded
from .rsl_read import NAMESPACE, document
from .rsl_rules import RSL102, RSL103, RSL104, RULES
from .rsl_terms import AI_USAGES, ANY_OTHER, Content, Licence, Rsl, Scope, Terms, Tokens, reach, terms
from .signal import Asked, Signal

FAMILY, RANK = "rsl", 0
PATH = "/license.xml"
MEDIA_TYPE = "application/rsl+xml"
MAX_AGE = 7  # days: a reservation that is withdrawn or sharpened is read within a week

_TOKENS = {uses[0]: token for token, uses in TERMS["rsl"].items()}


# ---- model: rsl_terms.Rsl ----------------------------------------------------------------------------------------------
def of(wish: Declaration, path: str) -> Rsl | None:
    """Give the maker's wish; None where a use is left open: this format has no silence, what it does not permit it refuses."""
    uses = (Use.TRAIN_AI, Use.AI_USE, Use.SEARCH)
    if any(wish.reserves(use, place) is None for place in wish.paths() for use in uses):
        return None
    return Rsl(
        tuple(_content(wish, place) for place in wish.paths()),
        max_age=MAX_AGE,
        location=wish.site + PATH,
    )


def _content(wish: Declaration, path: str) -> Content:
    reserved = {use: wish.reserves(use, path) for use in Use}
    permitted = [_TOKENS[use] for use in (Use.TRAIN_AI, Use.AI_USE, Use.SEARCH) if not reserved[use]]
    prohibited = [_TOKENS[use] for use in (Use.TRAIN_AI, Use.AI_USE, Use.SEARCH) if reserved[use]]
    if reserved[Use.TRAIN_AI] and reserved[Use.AI_USE]:
        prohibited = ["ai-all", *(["search"] if reserved[Use.SEARCH] else [])]
    if all(reserved.values()):
        prohibited = ["all"]
    if reserved[Use.TDM] is False and not prohibited:
        permitted = ["all"]
    licence = Licence(
        permits=(Tokens(Scope.USAGE, tuple(permitted)),) if permitted else (),
        prohibits=(Tokens(Scope.USAGE, tuple(prohibited)),) if prohibited else (),
        contact=f"mailto:{wish.licence.contact or wish.declarer.contact}",
    )
    return Content(encoded(path), (licence,), owner=wish.rightsholder, terms=wish.page)


# ---- parse: what is there ----------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[Rsl]:
    """Read a document of its own.  Never raises; a web page in its place and other XML give no model."""
    if not capture.ok:
        return Parsed(None)
    here = Origin(capture.url)
    if capture.truncated:
        return Parsed(None, (RSL104.at(here, reason="it is longer than 1 MiB"),))
    start = capture.body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Parsed(None, (RSL103.at(here),))
    parsed = document(capture.body, capture.url, standalone=True)
    if parsed.model is not None and capture.media_type != MEDIA_TYPE:
        served = RSL102.at(here, media_type=capture.media_type or "no media type")
        return Parsed(parsed.model, (served, *parsed.findings))
    return parsed


# ---- render: what to publish; parse() gives `model` back ---------------------------------------------------------------
def render(model: Rsl) -> tuple[Artifact, ...]:
    """Give the document, and the record of robots.txt that names it."""
    file = File(PATH, "\n".join(_lines(model)).encode(), MEDIA_TYPE)
    return (file, RobotsRecord("License", model.location)) if model.location else (file,)


def _lines(model: Rsl) -> Iterator[str]:
    age = f' max-age="{model.max_age}"' if model.max_age is not None else ""
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<rsl xmlns="{NAMESPACE}"{age}>'
    for content in model.contents:
        yield f"  <content url={quoteattr(content.url)}>"
        for licence in content.licences:
            yield "    <license>"
            for name, lists in (("permits", licence.permits), ("prohibits", licence.prohibits)):
                for entry in lists:
                    tokens = escape(" ".join(entry.tokens))
                    yield f'      <{name} type="{entry.scope}">{tokens}</{name}>'
            if licence.payment is not None:
                yield f"      <payment type={quoteattr(licence.payment)}/>"
            if licence.contact is not None:
                yield f'      <legal type="contact">{escape(licence.contact)}</legal>'
            yield "    </license>"
        if content.owner is not None:
            yield f"    <copyright>{escape(content.owner)}</copyright>"
        if content.terms is not None:
            yield f"    <terms>{escape(content.terms)}</terms>"
        yield "  </content>"
    yield "</rsl>"
    yield ""


# ---- evaluate: what it means -------------------------------------------------------------------------------------------
def evaluate(model: Rsl, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the document licenses of `asked.url`; the longest pattern that matches counts, wherever it stands (section 3.1.1)."""
    lengths = [(reach(content.url, asked.url), content) for content in model.contents]
    longest = max((length for length, _ in lengths), default=-1)
    found: list[Statement] = []
    for length, content in lengths:
        if length != longest or length < 0:
            continue
        place = Origin(origin.url, f"line {content.line}")
        for use in Use:
            said = _said(content, use)
            if said is None:
                continue
            preference, reading = said
            if not model.conformant:
                # In doubt rights are never widened (section 3.1.1): a broken document permits nothing, and proves nothing.
                if preference is Preference.ALLOWED:
                    continue
                reading = Reading.PROTECTIVE
            found.append(Statement(use, preference, SIGNAL.name, FAMILY, RANK, place, reading))
    return tuple(found)


def _said(content: Content, use: Use) -> tuple[Preference, Reading] | None:
    token = ANY_OTHER if use is Use.TDM else _TOKENS[use]
    match terms(content, token):
        case Terms.FREE if use is Use.TDM and any(
            terms(content, other) is not Terms.FREE for other in (*AI_USAGES, "search")
        ):
            # `prohibits ai-all` leaves other processing open without a word about it: no permission to mine is meant.
            return None
        case Terms.FREE:
            return Preference.ALLOWED, Reading.BOTH
        case _ if use is Use.TDM:
            # RSL has no word for mining or for reserving: that `all` contains it is a plausible reading, not the letter.
            return Preference.DISALLOWED, Reading.PROTECTIVE
        case Terms.PROHIBITED | Terms.OMITTED | Terms.PAID:
            return Preference.DISALLOWED, Reading.BOTH
        case _:
            return Preference.DISALLOWED, Reading.PROTECTIVE


SIGNAL = Signal(
    name="rsl",
    carrier=Carrier.RSL,
    family=FAMILY,
    reads=frozenset({Kind.LICENCE}),
    rules=RULES,
    of=of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
