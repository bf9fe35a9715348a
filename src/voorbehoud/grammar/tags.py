"""The tags of an HTML page.

The scanner follows the tokenizer of the HTML standard where it matters here: comments, raw text, quoted attributes and
doubly escaped scripts hide what looks like a tag.

Every step moves forward, so the time is linear in the length of the text, whatever that holds.

Source: HTML Living Standard, section 13.2.5 (tokenization).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from html.entities import html5
from typing import NamedTuple

from .foreign import TURNS, Nest


def is_xml(content_type: str) -> bool:
    """Tell whether an XML parser reads the page: there `<title/>` is closed and CDATA is text."""
    return "xhtml+xml" in content_type.lower()


PHP_TYPE = "application/x-httpd-php"
"""The media type by which the source of a PHP page is told from a page as served."""


def is_php(content_type: str) -> bool:
    """Tell whether this is PHP source: there `<?` reaches to `?>`, while a served page has a comment up to the first `>`."""
    return content_type.lower().startswith(PHP_TYPE)


class Tag(NamedTuple):
    """A start or end tag.  `inner` is what a raw text element holds; `after_text`: text that shows stands before the tag.

    A tuple, because there are thousands a page and a frozen dataclass takes five times as long to make.
    """

    name: str
    end: bool
    raw_attributes: str
    start: int
    inner: str = ""
    after_text: bool = False

    def attributes(self) -> dict[str, str]:
        return attributes(self.raw_attributes)


def attributes(raw: str) -> dict[str, str]:
    """Give the attributes of a tag, names in lower case; of a repeated one the first counts (HTML, 13.2.5.33)."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(raw):
        value = double or single or bare
        found.setdefault(name.lower(), expand(value) if "&" in value else value)
    return found


WHITE = " \t\n\f\r"
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)
        (?:[ \t\n\f\r]*+=[ \t\n\f\r]*+
           (?:"(?P<double>[^"]*+)(?:"|\Z) | '(?P<single>[^']*+)(?:'|\Z) | (?P<bare>[^ \t\n\f\r>"'][^ \t\n\f\r>]*+) | (?=>)))?+""",
    re.VERBOSE,
)
ATTRIBUTES = rf"(?:[ \t\n\f\r/]++|{re.sub('[?]P<[a-z]+>', '?:', _ATTRIBUTE.pattern)})*+"
"""A pattern, for `re.VERBOSE`, of all that may stand between the name of a tag and its `>`."""
_TAG = re.compile(
    rf"""<(?P<end>/?)(?P<tag>[A-Za-z][^ \t\n\f\r/>]*+)(?P<attributes>{ATTRIBUTES})(?P<close>>?)""",
    re.VERBOSE,
)
_NEXT = re.compile(rf"(?P<text>[^<]*+)(?P<open><){_TAG.pattern[1:]}", re.VERBOSE)
"""A tag with the text before it: nearly every step is this one."""

_OPENING = re.compile("<(?=[A-Za-z/!?])")
_COMMENT_END = re.compile("--!?>")
_TEMPLATE_LANGUAGE = re.compile(r"\{\{[^{}]*+\}\}|\{%[^{}%]*+%\}|\{#[^{}#]*+#\}|<%[^%]*+%>")

_RAW = frozenset(
    {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"}
)


def any_case(word: str) -> str:
    # Spelled out, because `re.IGNORECASE` gives up the fast search for the literal `</` before it.
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


_RAW_END = {name: re.compile(f"</{any_case(name)}(?=[ \t\n\f\r/>])") for name in _RAW}
_NOSCRIPT_END = re.compile(f"</{any_case('noscript')}(?=[ \t\n\f\r/>])")
_SCRIPT_STEP = re.compile(f"<!--|-->|<(?P<end>/?){any_case('script')}(?=[ \t\n\f\r/>])")


def tags(
    text: str, xml: bool = False, php: bool = False, skip: re.Pattern[str] | None = None
) -> Iterator[Tag]:
    """Yield the tags of a page in order, raw text elements with what they hold; comments and the like are passed over.

    `xml`, `php`: see `is_xml` and `is_php`.  `skip`: matches, possibly nothing, what need not be yielded: text and whole tags,
    none of them of an element with raw text or of one that is foreign.  It is not asked inside foreign elements; `after_text`
    then means nothing.
    """
    position, texted = 0, False
    nest = Nest()
    limit, noscripts = (
        0,
        not xml,
    )  # where the last `<noscript>` ends; whether an end of another may still come
    instructions = php or xml  # an end of one may still come
    next_tag = _NEXT.match
    while True:
        if skip is not None and not nest.open and (over := skip.match(text, position)) is not None:
            position = over.end()
        match = next_tag(text, position)
        if match is None:
            opening = _OPENING.search(text, position)
            if opening is None:
                return
            start = opening.start()
            texted = texted or _shows(text[position:start])
            kind = text[start + 1]
            if kind == "!":
                position = _after_declaration(text, start, cdata=xml or nest.foreign)
                position = limit if start < limit < position else position
                continue
            if kind == "?":
                end = text.find("?>", start) if instructions else -1
                instructions = end >= 0
                position = end + 2 if instructions else _after(text, ">", start)
                continue
            match = next_tag(text, start)
            if match is None:  # `</` and no letter
                position = _after(text, ">", start)
                continue
        before, _, slash, name, raw, close = match.groups()
        start = match.start("open")
        texted = texted or _shows(before)
        if not close:
            return  # the file ends inside a tag, which is then none
        position, name, is_end = match.end(), name.lower(), slash == "/"
        inner = ""
        if name in _RAW and not (is_end or nest.foreign or (xml and raw.endswith("/"))):
            end = _raw_end(text, name, position)
            # Whoever runs scripts takes a noscript for text up to its end: what is left open inside it hides nothing behind it.
            end = limit if position <= limit < end else end
            inner, position = text[position:end], end
        elif name == "noscript" and noscripts and not is_end and position > limit:
            closing = _NOSCRIPT_END.search(text, position)
            noscripts = closing is not None
            limit = closing.start() if closing else limit
        if nest.open or name in TURNS:
            seen = nest.end(name) if is_end else nest.start(name, closed=raw.endswith("/"))
            if not seen:
                continue
        yield Tag(name, is_end, raw, start, inner, texted)
        texted = False


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return len(text) if found < 0 else found + len(mark)


def _after_declaration(text: str, start: int, cdata: bool) -> int:
    if text.startswith("<!--", start):
        if text.startswith(("<!-->", "<!--->"), start):
            return _after(text, ">", start)
        end = _COMMENT_END.search(text, start + 4)
        return end.end() if end else len(text)
    if cdata and text.startswith("<![CDATA[", start):
        return _after(text, "]]>", start)
    return _after(text, ">", start)


def _raw_end(text: str, name: str, position: int) -> int:
    if name == "plaintext":
        return len(text)
    end = _RAW_END[name].search(text, position)
    first = end.start() if end else len(text)
    if name != "script" or text.find("<!--", position, first) < 0:
        return first
    # `<!-- <script> </script> -->` inside a script does not end it: HTML, 13.2.5.27 (script data double escaped state).
    escaped = twice = False
    while step := _SCRIPT_STEP.search(text, position):
        position = step.end()
        if step[0] == "<!--":
            escaped, position = True, step.start() + 2  # `<!-->` opens and closes with the same dashes
        elif step[0] == "-->":
            escaped = twice = False
        elif not step["end"]:
            twice = escaped
        elif twice:
            twice = False
        else:
            return step.start()
    return len(text)


def _shows(text: str) -> bool:
    if not text.strip(WHITE):
        return False
    # Template languages in the source of a page leave nothing, or markup, where they stand.
    return ("{" not in text and "<%" not in text) or bool(_TEMPLATE_LANGUAGE.sub("", text).strip(WHITE))


_LONGEST_REFERENCE = max(map(len, html5)) + 1
_REFERENCE = re.compile(r"&(?:#[xX]?[0-9A-Fa-f]++;?|[A-Za-z][A-Za-z0-9]*+(?:;|(?!=)))")


def expand(value: str) -> str:
    """Expand the character references of an attribute's value: `&copy=2` in an address stays (HTML, 13.2.5.73)."""
    return _REFERENCE.sub(_expanded, value)


def _expanded(match: re.Match[str]) -> str:
    reference = match[0]
    if len(reference) > _LONGEST_REFERENCE:
        return "�" if reference[1] == "#" else reference
    return _meant(reference)


@lru_cache(maxsize=1024)
def _meant(reference: str) -> str:
    if reference[1] == "#":
        return (unescape(reference) or _control(reference)) if len(reference) < 12 else "�"
    return html5.get(reference[1:], reference)


def _control(reference: str) -> str:
    """Give the character that Python leaves out and browsers do not: a control character, or none that Unicode assigns."""
    digits = reference[2:].rstrip(";")
    return chr(int(digits[1:], 16) if digits[0] in "xX" else int(digits))
