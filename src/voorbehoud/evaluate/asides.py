"""What stands beside a reservation and is none: llms.txt, a Creative Commons licence, two words to Bing that weaken it,
copies of an image that lost what the others say.

Findings only; no verdict rests on any of it (docs/decisions/0022, 0029, 0031, 0032).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Rule, Severity
from ..core.preference import Preference
from ..core.spec import BING, DSM, GOOGLE_META, LLMS_TXT, PLUS
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use
from ..grammar.page_links import READ
from ..grammar.robots import lines
from ..grammar.tags import is_xml, tags
from ..grammar.text_encoding import decode
from ..signals.html_page import is_html
from .effective import heard as heard_in
from .listen import Heard, Policy
from .verdict import ResourceVerdict, Verdict

_LLMS = LLMS_TXT.section("llms.txt")
_NAMED = re.compile(rb"llms(?:-full)?\.txt", re.IGNORECASE)
_LINKED = re.compile(rb"""href\s*=\s*["']?[^"'<>\s]{0,300}?llms(?:-full)?\.txt""", re.IGNORECASE)
_COMMONS = re.compile(
    r"(?:https?:)?//(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/", re.IGNORECASE
)

LLM301 = Rule(
    code="LLM301",
    severity=Severity.INFO,
    message="there is an llms.txt",
    why="It is an index that helps assistants to find their way. It neither reserves nor permits anything, and does not count.",
    fix="Nothing to do; it does not take the place of a reservation.",
    spec=_LLMS,
)
LLM302 = Rule(
    code="LLM302",
    severity=Severity.INFO,
    message="{what} names llms.txt",
    why="llms.txt is no policy: whoever follows the address finds no reservation and no permission there.",
    fix="Nothing to do; say what you reserve in /.well-known/tdmrep.json.",
    spec=_LLMS,
)
EFF411 = Rule(
    code="EFF411",
    severity=Severity.ERROR,
    message="this {kind} reserves {use}, and tells Bing noarchive and nocache at once",
    why="Of the two Bing takes the weaker, nocache: title, address and summary may still be used in its chat and for training. That is the opposite of what is reserved here.",
    fix="Keep noarchive and remove nocache, from the header X-Robots-Tag and from the page.",
    spec=BING.section("NOCACHE and NOARCHIVE"),
)
EFF412 = Rule(
    code="EFF412",
    severity=Severity.INFO,
    message="this page names the licence {licence}, and text and data mining is reserved",
    why="A Creative Commons licence lets people copy under its conditions. It is neither an opt-out nor consent to mining, but a reader may take the two for a contradiction.",
    fix="If you mean both, say so on the page with your reservation; else remove the licence.",
    spec=DSM.section("Article 4(3)"),
)
MXP401 = Rule(
    code="MXP401",
    severity=Severity.WARNING,
    message="other images of this site say plus:DataMining, this one does not",
    why="Programs that make smaller copies of images often leave their metadata out. Whoever fetches only this copy finds no reservation in it.",
    fix="Tell the program or image service to keep the metadata (XMP), and reserve images with a header or tdmrep.json too.",
    spec=PLUS.section("Data Mining"),
)
EFF413 = Rule(
    code="EFF413",
    severity=Severity.WARNING,
    message="this {kind} is reserved by its own header, tag or metadata only, and robots.txt asks everybody not to fetch it",
    why="A crawler that obeys never reads them, and may later use a copy from elsewhere.",
    fix="Say it for the whole origin as well: /.well-known/tdmrep.json with a rule for `/`.",
    spec=GOOGLE_META.section("Combining robots.txt rules with indexing and serving rules", "combining"),
)
RULES = (LLM301, LLM302, EFF411, EFF412, EFF413, MXP401)


def of_captures(captures: Sequence[Capture]) -> Iterator[Finding]:
    """Yield that llms.txt is there, and the first place of each kind that names it."""
    told = set()
    for capture in captures:
        if not capture.ok:
            continue
        if capture.kind is Kind.LLMS_TXT:
            if not ("html" in capture.media_type or capture.body.lstrip()[:1] == b"<"):
                yield LLM301.at(Origin(capture.url))
        elif capture.kind in {Kind.ROBOTS, Kind.PAGE} and capture.kind not in told:
            where = _naming(capture)
            if where is not None:
                told.add(capture.kind)
                yield LLM302.at(Origin(capture.url, where), what=capture.kind)


def _naming(capture: Capture) -> str | None:
    if b"llms" not in capture.body:
        return None
    if capture.kind is Kind.ROBOTS:
        return next(
            (f"line {n}" for n, line in enumerate(lines(capture.body), 1) if _NAMED.search(line)), None
        )
    match = _LINKED.search(capture.body)
    return None if match is None else f"line {capture.body.count(bytes([10]), 0, match.start()) + 1}"


def of_resource(
    capture: Capture, own: Sequence[Heard], resource: ResourceVerdict, policy: Policy
) -> Iterator[Finding]:
    """Yield what a page or file says beside what it reserves, and whether anybody who obeys can hear it."""
    if _unheard(capture, own, policy):
        yield EFF413.at(Origin(capture.asked), kind=capture.kind)
    models = {heard.signal.name: heard.model for heard in own if heard.model is not None}
    engines = models.get("search-engines")
    if engines is not None and engines.weakened:
        for use in (Use.TRAIN_AI, Use.AI_USE):
            if Verdict.RESERVED in {resource.use(use).strict, resource.use(use).protective}:
                yield EFF411.at(Origin(capture.asked), kind=capture.kind, use=use)
                break
    if resource.use(Use.TDM).strict is Verdict.RESERVED:
        data = models.get("schema-org")
        named = [*(data.licences if data is not None else ()), *_linked(capture)]
        if commons := next((licence for licence in named if _COMMONS.match(licence)), None):
            yield EFF412.at(Origin(capture.asked), licence=commons)


def _unheard(capture: Capture, own: Sequence[Heard], policy: Policy) -> bool:
    """Tell whether what is reserved stands behind a door that robots.txt closes to everybody, and nowhere before it."""
    robots = next(
        (h.model for h in policy.heard if h.signal.name == "robots-txt" and h.model is not None), None
    )
    everyone = None if robots is None else robots.everyone
    if everyone is None or everyone.access(capture.url).allowed:
        return False
    inside = (s for heard in own for s in heard.say(capture.url))
    return _reserves(inside) and not _reserves(policy.say(capture.url))


def _reserves(said: Iterable[Statement]) -> bool:
    return any(
        s.preference is Preference.DISALLOWED
        for s in heard_in(said, Reading.STRICT, Audience.EVERYONE)
        if s.use in {Use.TDM, Use.TRAIN_AI}
    )


def of_works(spoken: Sequence[Heard]) -> Iterator[Finding]:
    """Yield the images without a reservation inside, on a site whose images have one: a copy may have lost it."""
    images = [
        heard for heard in spoken if heard.capture.kind is Kind.IMAGE and heard.signal.name == "media-xmp"
    ]
    if not any(heard.model is not None and heard.model.mining for heard in images):
        return
    for heard in images:
        if heard.capture.ok and not heard.unread and (heard.model is None or not heard.model.mining):
            yield MXP401.at(Origin(heard.capture.url))


def _linked(capture: Capture) -> Iterator[str]:
    """Yield what the page links to as its licence, in its head or, as the licence chooser of Creative Commons writes it, in its text."""
    if capture.kind is not Kind.PAGE or b"creativecommons.org" not in capture.body or not is_html(capture):
        return
    text = decode(capture.body[:READ], capture.content_type)
    for tag in tags(text, is_xml(capture.content_type)):
        if tag.name in {"a", "area", "link"} and not tag.end and "license" in tag.raw_attributes.lower():
            given = tag.attributes()
            if "license" in given.get("rel", "").lower().split():
                yield given.get("href", "").strip()
