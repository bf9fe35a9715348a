"""An RSL document, read: from XML to the model, with everything that a strict reader would stumble over.

Spec: RSL 1.0, section 3.  Elements of other namespaces are passed over with what they hold (section 1.2).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from urllib.parse import urljoin

from ..core.evidence import Origin, origin_of
from ..core.finding import Finding, Parsed, Rule
from ..grammar.xml_tree import Element, Refusal, read
from .rsl_rules import (
    RSL104,
    RSL107,
    RSL108,
    RSL109,
    RSL201,
    RSL202,
    RSL203,
    RSL204,
    RSL205,
    RSL206,
    RSL207,
    RSL208,
    RSL209,
    RSL301,
    RSL302,
    RSL303,
    RSL304,
    RSL901,
)  # fmt: skip
from .rsl_terms import (
    AI_USAGES,
    PAYMENTS,
    USAGES,
    USERS,
    Content,
    Licence,
    Rsl,
    Scope,
    Terms,
    Tokens,
    overlap,
    terms,
)

NAMESPACE = "https://rslstandard.org/rsl"
MOST_CONTENTS, MOST_LICENCES, MOST_TOKENS = 500, 64, 300
OF_EACH = 3  # findings of one rule

CHILDREN = {
    "rsl": {"content"},
    "content": {"license", "alternate", "schema", "copyright", "terms"},
    "license": {"permits", "prohibits", "payment", "reporting", "legal"},
    "payment": {"standard", "custom", "amount", "accepts"},
}
ATTRIBUTES = {
    "rsl": {"max-age"},
    "content": {"url", "server", "encrypted", "lastmod"},
    "permits": {"type"},
    "prohibits": {"type"},
    "payment": {"type"},
    "amount": {"currency"},
    "accepts": {"type"},
    "reporting": {"type", "profile", "endpoint"},
    "legal": {"type"},
    "alternate": {"type"},
    "schema": {"type"},
    "copyright": {"type", "contactEmail", "contactUrl"},
}
KNOWN_ELSEWHERE = frozenset().union(*CHILDREN.values())
OLD_USAGES = {"train-ai": "ai-train"}
OLD_PAYMENTS = {"royalty": "use", "inference": "use"}
"""0.9 wrote these; the guides of the publisher still did in 2026."""
_GEO = re.compile("[A-Z]{2}")
_EXTENSION = re.compile(r"[^\s:]+:[^\s:]+")
_INVALID = frozenset({RSL203.code, RSL204.code, RSL206.code})


def document(body: bytes, url: str, standalone: bool, first_line: int = 1) -> Parsed[Rsl]:
    """Read a document.  `standalone`: a file of its own, not a part of a page that starts on `first_line`.  Never raises."""
    root = read(body)
    at = partial(Origin, url)
    if root is Refusal.NOT_XML:
        return Parsed(None, (RSL201.at(at()),))
    if isinstance(root, Refusal):
        return Parsed(None, (RSL104.at(at(), reason=root),))
    return of_element(root, url, standalone, first_line)


def of_element(root: Element, url: str, standalone: bool, first_line: int = 1) -> Parsed[Rsl]:
    """Read a document whose XML was read already.  Never raises."""
    if (root.namespace, root.name) != (NAMESPACE, "rsl"):
        return Parsed(None, (RSL202.at(Origin(url), name=root.name, namespace=root.namespace),))
    reader = _Reader(url, standalone, first_line - 1)
    model = reader.rsl(root)
    return Parsed(model, tuple(reader.findings))


def feed(body: bytes, url: str) -> Parsed[Rsl]:
    """Read the licences in the items of an RSS feed, all as one document whose addresses are whole.  Never raises.

    Spec: RSL 1.0, section 4.7.  A feed that does not mention RSL gives no model.
    """
    if NAMESPACE.encode() not in body:
        return Parsed(None)
    root = read(body)
    if root is Refusal.NOT_XML:
        return Parsed(None, (RSL201.at(Origin(url)),))
    if isinstance(root, Refusal):
        return Parsed(None, (RSL104.at(Origin(url), reason=root),))
    reader = _Reader(url, standalone=False, above=0)
    contents = tuple(reader.items(root))
    return Parsed(reader.whole(contents) if contents else None, tuple(reader.findings))


class _Reader:
    """One document on its way to the model; a mistake that repeats is told a few times only."""

    def __init__(self, url: str, standalone: bool, above: int) -> None:
        self.findings: list[Finding] = []
        self._url, self._standalone, self._above = url, standalone, above
        self._count: dict[str, int] = {}

    def rsl(self, root: Element) -> Rsl:
        if root.prefix and self._standalone:
            self._note(RSL207, root, prefix=root.prefix)
        self._check(root)
        age = root.attribute("max-age")
        days = int(age) if age is not None and re.fullmatch("0*[1-9][0-9]{0,8}", age) else None
        if age is not None and days is None:
            self._note(RSL209, root, value=age)
        contents = tuple(self._content(c) for c in islice(root.all("content"), MOST_CONTENTS))
        if not contents:
            self._note(RSL203, root, url="")
        return self.whole(contents, days)

    def whole(self, contents: tuple[Content, ...], days: int | None = None) -> Rsl:
        for content in contents:
            self._meaning(content)
        valid = not _INVALID & self._count.keys() and bool(contents)
        return Rsl(contents, days, valid, self._url)

    def items(self, root: Element) -> Iterator[Content]:
        """Yield what the items of a feed license, and note what stands anywhere else."""
        places = [(child, root) for child in root.children]
        left = MOST_CONTENTS
        while places:
            element, parent = places.pop()
            if element.namespace != NAMESPACE:
                places += [(child, element) for child in element.children]
                continue
            if parent.name != "item" or element.name != "content":
                self._note(RSL107, element, name=element.name)
                continue
            if not element.prefix:
                self._note(RSL109, element, name=element.name)
            self._check(element)
            content = self._content(element)
            address = self._address(content.url, parent)
            if address is None:
                self._note(RSL108, element, url=content.url, home=origin_of(self._url))
            elif left > 0:
                left -= 1
                yield replace(content, url=address)

    def _address(self, url: str, item: Element) -> str | None:
        """Give the whole address of what a content is about, where it stands at the feed's own origin."""
        if not url:  # the scope of what it stands in
            url = next((c.text for c in item.children if c.name == "link" and not c.namespace), "")
        try:
            whole = urljoin(self._url, url)
            return whole if url and origin_of(whole) == origin_of(self._url) else None
        except ValueError:
            return None

    def _content(self, element: Element) -> Content:
        url = element.attribute("url")
        if url is None:
            self._note(RSL204, element, what="a content element without url")
        elif self._standalone and not url.startswith(("/", "*")):
            self._note(RSL208, element, url=url)
        licences = tuple(self._licence(e) for e in islice(element.all("license"), MOST_LICENCES))
        if not licences:
            self._note(RSL203, element, url=url or "")
        server = bool(element.attribute("server"))
        if server:
            self._note(RSL303, element)
        owner = next((e.text for e in element.all("copyright") if e.text), None)
        link = next((e.text for e in element.all("terms") if e.text), None)
        return Content(url or "", licences, server, owner, link, element.line + self._above)

    def _licence(self, element: Element) -> Licence:
        payments = element.all("payment")
        payment = None
        if payments:
            payment = payments[0].attribute("type") or ""
            if payment in OLD_PAYMENTS:
                self._note(RSL206, payments[0], what=f'payment type="{payment}"')
                payment = OLD_PAYMENTS[payment]
            elif payment and payment not in PAYMENTS and not _EXTENSION.fullmatch(payment):
                self._note(RSL205, payments[0], token=payment, scope="payment")
        contact = next(
            (e.text for e in element.all("legal") if e.attribute("type") == "contact" and e.text), None
        )
        licence = Licence(
            tuple(self._lists(element, "permits")),
            tuple(self._lists(element, "prohibits")),
            payment,
            bool(element.all("reporting")),
            contact,
        )
        if both := overlap(licence):
            self._note(RSL302, element, usages=", ".join(both))
        return licence

    def _lists(self, licence: Element, name: str) -> Iterator[Tokens]:
        seen: set[Scope] = set()
        for element in islice(licence.all(name), 3 * len(Scope)):
            written = element.attribute("type")
            if written not in set(Scope) or Scope(written) in seen:
                self._note(RSL204, element, what=f'a second or unknown <{name} type="{written or ""}">')
            if written in set(Scope):
                seen.add(Scope(written))
                yield Tokens(Scope(written), tuple(self._tokens(element, Scope(written))))

    def _tokens(self, element: Element, scope: Scope) -> Iterator[str]:
        text = element.text
        if "," in text:
            self._note(RSL206, element, what=f"commas in “{text[:60]}”")
            text = text.replace(",", " ")
        for token in text.split()[:MOST_TOKENS]:
            if scope is Scope.USAGE and token in OLD_USAGES:
                self._note(RSL206, element, what=token)
                token = OLD_USAGES[token]
            known = {
                Scope.USAGE: token in USAGES,
                Scope.USER: token in USERS,
                Scope.GEO: _GEO.fullmatch(token),
            }
            if not known[scope] and not _EXTENSION.fullmatch(token):
                self._note(RSL205, element, token=token, scope=scope)
            yield token

    def _check(self, element: Element) -> None:
        """Note what RSL does not know, all the way down; a foreign element is passed over with what it holds."""
        for child in element.children:
            if child.namespace != NAMESPACE:
                continue
            if child.name not in CHILDREN.get(element.name, ()):
                how = "out of place" if child.name in KNOWN_ELSEWHERE else "unknown"
                self._note(RSL204, child, what=f"an element <{child.name}> ({how})")
                continue
            self._check(child)
        for space, name, _ in element.attributes:
            if space in {"", NAMESPACE} and name not in ATTRIBUTES.get(element.name, ()):
                self._note(RSL204, element, what=f"an attribute {name} on <{element.name}>")

    def _meaning(self, content: Content) -> None:
        """Note what a content comes down to: given away, or for some only."""
        if not content.licences:
            return
        where = f"line {content.line}"
        held = {usage: terms(content, usage) for usage in AI_USAGES}
        for rule, which in ((RSL301, {Terms.FREE}), (RSL304, {Terms.DEPENDS, Terms.CONDITIONAL})):
            usages = [usage for usage, term in held.items() if term in which]
            if usages:
                self._add(rule.at(Origin(self._url, where), usages=", ".join(usages), url=content.url))
        if held["ai-train"] in {Terms.PROHIBITED, Terms.OMITTED, Terms.PAID} and not (
            _INVALID & self._count.keys()
        ):
            self._add(RSL901.at(Origin(self._url, where), url=content.url))

    def _note(self, rule: Rule, element: Element, **values: object) -> None:
        self._add(rule.at(Origin(self._url, f"line {element.line + self._above}"), **values))

    def _add(self, finding: Finding) -> None:
        count = self._count[finding.code] = self._count.get(finding.code, 0) + 1
        if count <= OF_EACH:
            self.findings.append(finding)
