"""`<meta name="tdm-reservation">` and `tdm-policy`: a wish that stands in one HTML page.

Spec: TDMRep, "TDM Metadata in HTML Content".
Covers: the page, not the images, sound and film that it shows.  Not judged here: what the policy says.
"""

from ..core.artifact import Markup
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Finding, Parsed, Rule, Severity
from ..core.spec import TDMREP
from ..core.statement import Statement
from ..declaration.model import Carrier
from ..grammar.markup import Head, Meta, Place
from ..grammar.page_links import is_shell
from .html_page import is_html, is_plainly_html, page_head
from .signal import Asked, Signal
from .tdm_words import FAMILY, POLICY, RESERVATION, TdmWords, is_no_policy, is_whole_address, statements

RANK = 2  # file 0 < header 1 < page 2 < embedded 3
SPEC = TDMREP.section("TDM Metadata in HTML Content", "sec-tdm-html")

# ---- rules: what can be found ----------------------------------------------------------------------------------------
TDM101 = Rule(
    code="TDM101",
    severity=Severity.WARNING,
    message="the head of this page goes on beyond the part that we read",
    why="What stands further down was not seen by us, and other readers stop early too.",
    fix="Put `<meta name=\"tdm-reservation\" content=\"1\">` right after the charset, before styles and scripts.",
    spec=SPEC,
)  # fmt: skip
TDM102 = Rule(
    code="TDM102",
    severity=Severity.ERROR,
    message="only a script mentions tdm-reservation; the page as served does not hold it",
    why="Most crawlers run no scripts: for them the page is not reserved by this.",
    fix="Put `<meta name=\"tdm-reservation\" content=\"1\">` into the page itself.",
    spec=SPEC,
)  # fmt: skip
TDM103 = Rule(
    code="TDM103",
    severity=Severity.WARNING,
    message="the meta element tdm-reservation stands in the {place} of the page, not in its head",
    why="Some readers look at the head alone and do not find it.",
    fix="Move it up between `<head>` and `</head>`.",
    spec=SPEC,
)
TDM104 = Rule(
    code="TDM104",
    severity=Severity.WARNING,
    message="the page with tdm-reservation is served as “{media_type}”",
    why="Not every reader takes that for an HTML page. One that does not finds no meta element; a 0 counts all the same.",
    fix="Serve the page with exactly one `Content-Type: text/html`.",
    spec=SPEC,
)
TDM105 = Rule(
    code="TDM105",
    severity=Severity.WARNING,
    message="as served, this page shows no work and leads to no other page: scripts put everything in",
    why="We run no scripts, so we saw none of the works; where they come from another address, nobody has checked that.",
    fix="Name the addresses of your works under `media:` in the declaration and check a page or file of each.",
    spec=SPEC,
)
TDM201 = Rule(
    code="TDM201",
    severity=Severity.ERROR,
    message="the meta element tdm-reservation says “{value}”; only 0 and 1 have a meaning",
    why="A crawler must treat any other value as if the element were missing: this page is not reserved by it.",
    fix="Write `<meta name=\"tdm-reservation\" content=\"1\">`.",
    spec=SPEC,
)  # fmt: skip
TDM202 = Rule(
    code="TDM202",
    severity=Severity.ERROR,
    message="the page holds tdm-reservation more than once ({values})",
    why="The specification does not say which one counts, so a crawler may take none of them.",
    fix="Keep exactly one; look for a theme or a plug-in that adds a second.",
    spec=SPEC,
)
TDM203 = Rule(
    code="TDM203",
    severity=Severity.WARNING,
    message="the page says {written} where `name=\"tdm-reservation\"` belongs",
    why="A crawler does not look for that spelling in an HTML page: it reserves nothing for literal readers.",
    fix="Write `<meta name=\"tdm-reservation\" content=\"1\">`.",
    spec=SPEC,
)  # fmt: skip
TDM301 = Rule(
    code="TDM301",
    severity=Severity.WARNING,
    message="the meta element tdm-policy holds “{value}”, which is not a whole address",
    why="The specification does not say what a relative address belongs to; a crawler may look in the wrong place or not at all.",
    fix="Write the whole address, beginning with https://.",
    spec=SPEC,
)
TDM302 = Rule(
    code="TDM302",
    severity=Severity.WARNING,
    message="the meta element tdm-reservation says 0",
    why="It says that anybody may mine this page without asking, and it overrules the header and tdmrep.json.",
    fix="Write content=\"1\", unless you mean to give this page away; a theme or a plug-in may have added it.",
    spec=SPEC,
)  # fmt: skip
TDM303 = Rule(
    code="TDM303",
    severity=Severity.WARNING,
    message="the page holds tdm-policy without tdm-reservation",
    why="The policy only tells where the terms are; it does not reserve anything.",
    fix="Add `<meta name=\"tdm-reservation\" content=\"1\">` beside it.",
    spec=SPEC,
)  # fmt: skip
TDM304 = Rule(
    code="TDM304",
    severity=Severity.WARNING,
    message="the meta element tdm-policy points to {value}, which holds no terms for mining",
    why="Whoever follows the address to ask for permission finds nothing there.",
    fix="Point to the page with your reservation and your contact address, or leave the element out.",
    spec=SPEC,
)
TDM901 = Rule(
    code="TDM901",
    severity=Severity.GOOD,
    message="the page says tdm-reservation 1",
    why="It reserves the text of this page for everyone; images and other files need a header or tdmrep.json.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (
    TDM101, TDM102, TDM103, TDM104, TDM105, TDM201, TDM202, TDM203, TDM301, TDM302, TDM303, TDM304, TDM901,
)  # fmt: skip

_MISSPELT = frozenset({"tdm:reservation", "tdm_reservation", "tdmreservation"})  # the first belongs in EPUB


# ---- parse: what is there --------------------------------------------------------------------------------------------
def parse(capture: Capture) -> Parsed[TdmWords]:
    """Read the meta elements of an HTML page.  Never raises; anything but HTML has none."""
    if not is_html(capture):
        return Parsed(None)
    page = page_head(capture)
    findings: list[Finding] = []

    def note(rule: Rule, line: int, **values: object) -> None:
        findings.append(rule.at(Origin(capture.url, f"line {line}, meta {RESERVATION}"), **values))

    said, loose = _named(page, RESERVATION), _misspelt(page)
    # Whoever runs no scripts, as most crawlers, finds what stands in a noscript: a 0 is heard, a 1 is not by everyone.
    counted = [meta for meta in said if meta.place is not Place.NOSCRIPT or _value(meta) == "0"]
    words = [_value(meta) for meta in counted]
    plain = is_plainly_html(capture)
    policies = [meta for meta in _named(page, POLICY) if meta.place is not Place.NOSCRIPT]
    favourable = [_value(meta) for meta in (*said, *loose)]
    counting = words if plain or "0" in words else []
    model = TdmWords.read(counting, favourable, [_value(meta) for meta in policies])
    if said and not plain:
        findings.append(TDM104.at(Origin(capture.url), media_type=_types(capture)))
    for meta in said:
        if meta.place is not Place.HEAD:
            note(TDM103, meta.line, place=meta.place)
    for meta in loose:
        note(TDM203, meta.line, written=_written(meta))
    if len(words) > 1:
        note(TDM202, counted[1].line, values=", ".join(words))
    elif words and not counting:
        pass  # TDM104 tells why a 1 is not counted
    elif words and model.reserved is None:
        note(TDM201, counted[0].line, value=words[0])
    elif words:
        note(TDM901 if model.reserved else TDM302, counted[0].line)
    elif page.scripted:
        note(TDM102, page.scripted[0])
    if not page.complete and not words:
        findings.append(TDM101.at(Origin(capture.url)))
    if is_shell(capture.body, capture.url, capture.content_type):
        findings.append(TDM105.at(Origin(capture.url)))
    if model.policy is not None:
        there = Origin(capture.url, f"line {policies[0].line}, meta {POLICY}")
        if not said and not loose:
            findings.append(TDM303.at(there))
        if not is_whole_address(model.policy):
            findings.append(TDM301.at(there, value=model.policy))
        elif is_no_policy(model.policy):
            findings.append(TDM304.at(there, value=model.policy))
    return Parsed(model if said or loose or policies else None, tuple(findings))


def _types(capture: Capture) -> str:
    return ", ".join(capture.field("content-type"))


def _named(page: Head, name: str) -> list[Meta]:
    return [meta for meta in page.metas if meta.name is not None and meta.name.lower() == name]


def _misspelt(page: Head) -> list[Meta]:
    """Give the elements that mean it and are not it: `property=`, `http-equiv=`, the colon of EPUB."""
    return [
        meta
        for meta in page.metas
        if (meta.name or "").lower() != RESERVATION
        and (
            (meta.name or "").lower() in _MISSPELT
            or {(meta.property or "").lower(), (meta.http_equiv or "").lower()} & {RESERVATION, *_MISSPELT}
        )
    ]


def _written(meta: Meta) -> str:
    for attribute, value in (
        ("name", meta.name),
        ("property", meta.property),
        ("http-equiv", meta.http_equiv),
    ):
        if value is not None and value.lower() in {RESERVATION, *_MISSPELT}:
            return f'{attribute}="{value}"'
    raise AssertionError(meta)


def _value(meta: Meta) -> str:
    return (meta.content or "").strip(" \t\n\f\r")


# ---- render: what to place; parse() gives `model` back ---------------------------------------------------------------
def render(model: TdmWords) -> tuple[Markup, ...]:
    """Give the elements to place; none where nothing is said."""
    return tuple(Markup(name, value) for name, value in model.said())


# ---- evaluate: what it means -----------------------------------------------------------------------------------------
def evaluate(model: TdmWords, asked: Asked, origin: Origin) -> tuple[Statement, ...]:
    """Say what the page reserves for itself."""
    return statements(
        model.reserved,
        model.meant,
        model.policy,
        SIGNAL.name,
        RANK,
        Origin(origin.url, f"meta {RESERVATION}"),
    )


SIGNAL = Signal(
    name="tdm-meta",
    carrier=Carrier.TDM_META,
    family=FAMILY,
    reads=frozenset({Kind.PAGE}),
    rules=RULES,
    of=TdmWords.of,
    parse=parse,
    render=render,
    evaluate=evaluate,
)
