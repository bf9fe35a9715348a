"""The foreign elements of a page, SVG and MathML, as far as they change what its tags mean.

Inside a drawing a title or style is no raw text, a template hides nothing, and `<![CDATA[` is text; where a drawing holds HTML
again (its integration points) all is as outside.

Source: HTML Living Standard, section 13.2.6.5 (tokens in foreign content).
"""

from collections import Counter

_ROOTS = frozenset({"svg", "math"})
TURNS = frozenset({*_ROOTS, "template"})
"""The tags with which something begins or ends that this module keeps."""
_BREAKS_OUT = frozenset(
    {
        "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3", "h4", "h5",
        "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s", "small", "span",
        "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
    }
)  # fmt: skip
"""What ends the foreign elements around it."""
_HTML_AGAIN = {
    "svg": frozenset({"title", "desc", "foreignobject"}),
    "math": frozenset({"mi", "mo", "mn", "ms", "mtext"}),
}
"""Foreign elements in which HTML stands."""


class Nest:
    """The foreign elements that are open, and among them those that hold HTML.

    `foreign`: what comes next stands in a drawing itself.  `open`: name and drawing of each.  Outside all of them only the tags
    of TURNS need to be told.  Every tag costs the same, however many are open: what is counted
    need not be searched, and what is taken out was put in.
    """

    def __init__(self) -> None:
        self.foreign = False
        self.open: list[tuple[str, str]] = []  # name, and the drawing that it stands in
        self._number: Counter[str] = Counter()
        self._templates: list[int] = []  # for each that is open: how many foreign elements are around it

    def start(self, name: str, closed: bool) -> bool:
        """Take in a start tag; `closed`: it ends in a slash.  False where nobody else needs to see it: a template of a drawing."""
        hidden = self.foreign and name == "template"
        kind = self.open[-1][1] if self.open else ""
        if not self.foreign:
            if name == "template":
                self._templates.append(len(self.open))
            if name in _ROOTS and not closed:
                self._enter(name, name)
        elif name in _BREAKS_OUT:
            self._break_out()
        elif not closed and (name in _ROOTS or hidden or name in _HTML_AGAIN[kind]):
            self._enter(name, name if name in _ROOTS else kind)
        return not hidden

    def end(self, name: str) -> bool:
        """Take in an end tag.  False where nobody else needs to see it: that of a template of a drawing."""
        if self._number[name]:
            while self._leave() != name:
                pass
            self._settle()
            return name != "template"
        if self.foreign and name in {"br", "p"}:
            self._break_out()
        if name == "template" and self._templates:
            around = self._templates.pop()
            while len(self.open) > around:
                self._leave()
            self._settle()
        return True

    def _enter(self, name: str, kind: str) -> None:
        self.open.append((name, kind))
        self._number[name] += 1
        self._settle()

    def _leave(self) -> str:
        name, _ = self.open.pop()
        self._number[name] -= 1
        return name

    def _break_out(self) -> None:
        while self._is_foreign():
            self._leave()
        self._settle()

    def _settle(self) -> None:
        self.foreign = self._is_foreign()

    def _is_foreign(self) -> bool:
        if not self.open:
            return False
        name, kind = self.open[-1]
        return name not in _HTML_AGAIN[kind]
