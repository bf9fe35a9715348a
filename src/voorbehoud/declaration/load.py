"""voorbehoud.yaml as a Declaration, or every fault of it at once.

`source` reads the text, `values` judges single values; here is the form: which key holds what, and what contradicts what.
The same form for editors is in `schema`.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ..core.errors import DeclarationError
from ..core.purpose import DEFAULT_PURPOSES, Purpose
from ..core.use import Use, entailed
from . import values
from .json_source import read_json
from .model import (
    DEFAULT_CARRIERS,
    AgentProfile,
    Carrier,
    Consent,
    Declaration,
    Declarer,
    DeclarerKind,
    Licence,
    MediaOrigin,
    Mining,
    PathException,
    Terms,
)
from .source import Faults, Listing, Mapping, Node, Scalar, quoted, read

LANGUAGES = ("nl", "en")
MAX_ITEMS = 200
"""Entries in one list: exceptions, media origins, agents."""

DEFAULT_RESERVE = frozenset({Use.TDM, Use.TRAIN_AI, Use.AI_USE})
DEFAULT_ALLOW = frozenset({Use.SEARCH})

KEYS = (
    "declared-by",
    "site",
    "media",
    "since",
    "reserve",
    "allow",
    "exceptions",
    "licence",
    "terms",
    "agents",
    "languages",
    "carriers",
)
TENANT_KEYS = ("folder", "declaration")
DECLARER_KEYS = ("name", "kind", "contact", "on-behalf-of")
MEDIA_KEYS = ("origin", "folder")
EXCEPTION_KEYS = ("path", "reserve", "allow")
LICENCE_KEYS = ("contact", "offer", "mining")
TERMS_KEYS = ("voice", "likeness", "style")
AGENTS_KEYS = ("purposes", "add", "leave")

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
Reader = Callable[[Node, Faults], T | None]
"""Gives the value of a node; None where it has none that can be used, which is then among the faults."""


def load(text: str | bytes, file: str) -> Declaration:
    """Give the declaration that `text` holds.

    `text`: at most 256 KiB, UTF-8.  `file`: its name, for messages only; nothing is opened.
    Raises DeclarationError with every fault, each with line, column and the way out.
    """
    root, faults = read(text, file)
    declaration = None
    if isinstance(root, Mapping):
        declaration = _declaration(root, faults)
    elif not faults.found:
        wrong = (
            "the file is empty"
            if root is None or (isinstance(root, Scalar) and root.empty)
            else "this is no declaration"
        )
        faults.add(
            root.at if root else 0, f"{wrong}: start with `declared-by:`, or let `voorbehoud init` write it"
        )
    if faults.found or declaration is None:
        raise DeclarationError(faults.found)
    return declaration


@dataclass(frozen=True, slots=True)
class Tenant:
    """One of many makers on one host.  `folder`: where the files go, an absolute path."""

    folder: str
    wish: Declaration


def load_tenant(text: str, file: str, line: int = 1, folder: str | None = None) -> Tenant:
    """Give the tenant that one line of JSON holds: `{"folder": "/srv/…", "declaration": {the words of voorbehoud.yaml}}`.

    `folder`: where that is known already; `text` is then the declaration alone.  `line`: where `text` begins in `file`.
    Raises DeclarationError with every fault, each with line, column and the way out.
    """
    faults = Faults(file, text, line)
    root = read_json(text, faults)
    if root is None:
        raise DeclarationError(faults.found)
    found: tuple[str | None, Declaration | None]
    if folder is None:
        part = _Parts(root, TENANT_KEYS, faults)
        part.require(*TENANT_KEYS)
        found = part.get("folder", _text(_place)), part.get("declaration", _wish)
    else:
        found = folder, _wish(root, faults)
    where, wish = found
    if faults.found or where is None or wish is None:
        raise DeclarationError(faults.found)
    return Tenant(where, wish)


def _place(text: str) -> str:
    """Give the path of a folder as written."""
    written = text.encode("utf-8", "replace").decode()
    if not text.strip() or "\0" in text or written != text:  # a lone surrogate is no character of any name
        raise ValueError("this is no folder: write its path, such as /srv/sites/atelier/public")
    return text


def _wish(node: Node, faults: Faults) -> Declaration | None:
    if isinstance(node, Mapping):
        return _declaration(node, faults)
    faults.add(node.at, "a declaration is expected here, an object with the names of voorbehoud.yaml")
    return None


def _declaration(root: Mapping, faults: Faults) -> Declaration | None:
    part = _Parts(root, KEYS, faults)
    part.require("declared-by", "site", "since")
    declarer = part.get("declared-by", _declarer)
    site = part.get("site", _text(values.origin))
    since = part.get("since", _text(values.day))
    media = part.get("media", _list(_media, "media origin", by=lambda each: each.origin))
    reserve, allow = _wishes(part, faults)
    exceptions = part.get("exceptions", _list(_exception, "path", by=lambda each: each.path))
    licence = part.get("licence", _licence)
    terms = part.get("terms", _terms)
    agents = part.get("agents", _agents)
    languages = part.get("languages", _list(_word(LANGUAGES, "language"), "language", at_least=1))
    carriers = part.get("carriers", _list(_choice(Carrier, "carrier"), "carrier", at_least=1))
    for each in media or ():
        if each.origin == site:
            faults.add(part.at("media"), f"{site} is the site itself: name here only the other origins")
    if licence is not None and licence.mining is not None:
        if carriers is not None and Carrier.TDM_POLICY not in carriers:
            faults.add(
                part.at("licence"), "`mining:` is published as tdm-policy: add tdm-policy to `carriers:`"
            )
        if not any(Use.TDM in wishes for wishes in (reserve, *(each.reserve for each in exceptions or ()))):
            faults.add(
                part.at("licence"), "`mining:` goes with a reservation: add tdm to `reserve:`, or delete it"
            )
    # Only where all else is well: a misspelt use leaves the list empty too, and that was told already.
    if not faults.found and not reserve and not any(each.reserve for each in exceptions or ()):
        faults.add(part.at("reserve"), "nothing is reserved: write at least reserve: [tdm]")
    if declarer is None or site is None or since is None:
        return None
    return Declaration(
        declarer=declarer,
        site=site,
        since=since,
        media=media or (),
        reserve=reserve,
        allow=allow,
        exceptions=exceptions or (),
        licence=licence or Licence(),
        terms=terms or Terms(),
        agents=agents or AgentProfile(),
        languages=languages or LANGUAGES,
        carriers=carriers or DEFAULT_CARRIERS,
    )


# ---- parts of the form -----------------------------------------------------------------------------------------------
def _declarer(node: Node, faults: Faults) -> Declarer | None:
    part = _Parts(node, DECLARER_KEYS, faults)
    part.require("name", "contact")
    name = part.get("name", _text(values.name))
    contact = part.get("contact", _text(values.mail))
    kind = part.get("kind", _choice(DeclarerKind, "kind"))
    on_behalf_of = part.get("on-behalf-of", _text(values.name))
    if name is None or contact is None:
        return None
    return Declarer(name, contact, kind or DeclarerKind.PERSON, on_behalf_of)


def _media(node: Node, faults: Faults) -> MediaOrigin | None:
    if isinstance(node, Scalar):
        origin = _text(values.origin)(node, faults)
        return None if origin is None else MediaOrigin(origin)
    part = _Parts(node, MEDIA_KEYS, faults)
    part.require("origin")
    origin = part.get("origin", _text(values.origin))
    folder = part.get("folder", _text(values.folder))
    return None if origin is None else MediaOrigin(origin, folder)


def _exception(node: Node, faults: Faults) -> PathException | None:
    part = _Parts(node, EXCEPTION_KEYS, faults)
    part.require("path")
    path = part.get("path", _text(values.path))
    reserve = frozenset(part.get("reserve", _USES) or ())
    allow = frozenset(part.get("allow", _USES) or ())
    _refuse_both(reserve, allow, part.at("allow"), faults)
    if path == "/":
        faults.add(
            part.at("path"), "the path / is the whole site: change `reserve` and `allow` above instead"
        )
    if isinstance(node, Mapping) and not part.has("reserve") and not part.has("allow"):
        faults.add(part.at("path"), "this exception changes nothing: add `reserve: [...]` or `allow: [...]`")
    return None if path is None else PathException(path, reserve, allow)


def _wishes(part: "_Parts", faults: Faults) -> tuple[frozenset[Use], frozenset[Use]]:
    """Give what is reserved and what is allowed.

    Unwritten, the defaults hold; the default permission gives way to a written reservation, never the other way round.
    """
    written, permitted = part.get("reserve", _USES), part.get("allow", _USES)
    reserve = DEFAULT_RESERVE if written is None else frozenset(written)
    allow = DEFAULT_ALLOW - entailed(reserve) if permitted is None else frozenset(permitted)
    if not part.has("reserve") and (both := allow & reserve):
        names = ", ".join(use for use in Use if use in both)
        faults.add(
            part.at("allow"),
            f"{names} is reserved unless you say otherwise: write `reserve: [...]` without it as well",
        )
    else:
        _refuse_both(reserve, allow, part.at("allow"), faults)
    return reserve, allow


def _refuse_both(reserve: frozenset[Use], allow: frozenset[Use], at: int, faults: Faults) -> None:
    for use in Use:
        if use in reserve & allow:
            faults.add(at, f"{use} is both reserved and allowed: keep one of the two")
        elif use in entailed(reserve) & allow:
            faults.add(
                at,
                f"{use} cannot be allowed here: tdm is reserved, and mining at large contains it. Take out one of the two",
            )


def _licence(node: Node, faults: Faults) -> Licence | None:
    part = _Parts(node, LICENCE_KEYS, faults)
    contact, offer = part.get("contact", _text(values.mail)), part.get("offer", _text(values.offer))
    return Licence(contact, offer, part.get("mining", _choice(Mining, "answer")))


def _terms(node: Node, faults: Faults) -> Terms | None:
    part = _Parts(node, TERMS_KEYS, faults)
    return Terms(*(part.get(key, _choice(Consent, "answer")) for key in TERMS_KEYS))


def _agents(node: Node, faults: Faults) -> AgentProfile | None:
    part = _Parts(node, AGENTS_KEYS, faults)
    purposes = part.get("purposes", _list(_choice(Purpose, "purpose"), "purpose"))
    tokens = _list(_text(values.token), "agent", by=str.casefold)
    add, leave = part.get("add", tokens) or (), part.get("leave", tokens) or ()
    for token in leave:
        if token.casefold() in {other.casefold() for other in add}:
            faults.add(part.at("leave"), f"{quoted(token)} is in `add` too: keep one of the two")
    return AgentProfile(DEFAULT_PURPOSES if purposes is None else purposes, add, leave)


# ---- nodes -----------------------------------------------------------------------------------------------------------
class _Parts:
    """The values below the keys of one mapping; keys that nobody knows are faults."""

    def __init__(self, node: Node, known: tuple[str, ...], faults: Faults) -> None:
        self._node, self._faults = node, faults
        self._found: dict[str, tuple[Scalar, Node]] = {}
        if not isinstance(node, Mapping):
            faults.add(
                node.at, f"write names and values here, one a line: {', '.join(f'`{key}:`' for key in known)}"
            )
            return
        for key, value in node.pairs:
            try:
                self._found[values.word(key.text, known, "key")] = (key, value)
            except ValueError as error:
                faults.add(key.at, str(error))

    def has(self, key: str) -> bool:
        return key in self._found

    def at(self, key: str) -> int:
        """Give the place of a value; of the mapping where there is none."""
        return self._found[key][1].at if key in self._found else self._node.at

    def require(self, *keys: str) -> None:
        for key in keys if isinstance(self._node, Mapping) else ():
            if key not in self._found:
                self._faults.add(self._node.at, f"`{key}:` is missing: add it")

    def get(self, key: str, reader: Reader[T]) -> T | None:
        """Give the value below `key`; None where it is not written, or has a fault."""
        if key not in self._found:
            return None
        name, node = self._found[key]
        if isinstance(node, Scalar) and node.empty:
            self._faults.add(name.at, f"`{key}:` has no value: fill it in, or delete the line")
            return None
        return reader(node, self._faults)


def _text(value: Callable[[str], T]) -> Reader[T]:
    """Read one text and let `value` judge it."""

    def reader(node: Node, faults: Faults) -> T | None:
        if not isinstance(node, Scalar):
            faults.add(node.at, "one text is expected here, not a list or a mapping")
            return None
        try:
            return value(node.text)
        except ValueError as error:
            faults.add(node.at, str(error))
            return None

    return reader


def _word(known: Iterable[str], what: str) -> Reader[str]:
    return _text(partial(values.word, known=tuple(known), what=what))


E = TypeVar("E", Use, Purpose, Carrier, Consent, DeclarerKind, Mining)


def _choice(kind: type[E], what: str) -> Reader[E]:
    known = tuple(str(each) for each in kind)
    return _text(lambda text: kind(values.word(text, known, what)))


def _list(
    reader: Reader[T], what: str, by: Callable[[T], object] = lambda each: each, at_least: int = 0
) -> Reader[tuple[T, ...]]:
    """Read a list without doubles; `by` gives what makes two entries the same."""

    def read_all(node: Node, faults: Faults) -> tuple[T, ...] | None:
        if not isinstance(node, Listing):
            shown = f"[{node.text}]" if isinstance(node, Scalar) and len(node.text) <= 40 else "[..., ...]"
            faults.add(node.at, f"a list is expected here: put it between brackets, such as {shown}")
            return None
        if len(node.items) > MAX_ITEMS:
            faults.add(
                node.at, f"this list has {len(node.items)} entries; at most {MAX_ITEMS} can be published"
            )
            return None
        if len(node.items) < at_least:
            faults.add(node.at, f"this list is empty: name at least one {what}, or delete the line")
            return None
        first: dict[object, int] = {}
        found: list[T] = []
        for item in node.items:
            if (value := reader(item, faults)) is None:
                continue
            if (same := by(value)) in first:
                line, column = faults.place(first[same])
                faults.add(
                    item.at, f"this {what} stands here a second time (first at {line}:{column}): keep one"
                )
                continue
            first[same] = item.at
            found.append(value)
        return tuple(found)

    return read_all


_USES: Reader[tuple[Use, ...]] = _list(_choice(Use, "use"), "use")
