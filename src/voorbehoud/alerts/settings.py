"""Whom to tell, and through what: one small TOML file, or every fault of it at once.

No secret stands in it: a password, a webhook's secret or its whole address is `{ env = "NAME" }` or `{ file = "PATH" }`.
"""

import base64
import binascii
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from email.headerregistry import Address
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..core.errors import UserError

T = TypeVar("T")

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
LARGEST = 256 * 1024
LONGEST_SECRET = 4_096
SECRET_MARK = "whsec_"  # noqa: S105  the mark before a secret, of Standard Webhooks
HOW_TO_MAKE_ONE = "python3 -c \"import base64, secrets; print('whsec_' + base64.b64encode(secrets.token_bytes(32)).decode())\""
MOST_ENTRIES = 1_000


class Kind(StrEnum):
    """What a change is to whoever reads of it."""

    WORSE = "worse"  # less is reserved, or others are told less: somebody has to do something
    BETTER = "better"
    UNSURE = "unsure"  # seen only once, or not to be told: no alarm


class Security(StrEnum):
    """How the line to a mail server is kept from others."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Form(StrEnum):
    """What a webhook is sent."""

    JSON = "json"
    SLACK = "slack"  # and Mattermost, and Rocket.Chat
    DISCORD = "discord"


ALL = tuple(Kind)
PORTS: Mapping[Security, int] = MappingProxyType(
    {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
)


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server, and who the sender is.  `authorities`: a file of certificates to trust; None: those of the system."""

    server: str
    port: int
    security: Security
    sender: Address
    user: str | None = None
    password: str | None = None
    authorities: Path | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A channel to fixed addresses.  `name` is that of the channel in the store."""

    name: str
    to: tuple[str, ...]
    tell: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A channel to a program.  `secret`: the bytes to sign with; None: unsigned.  `private`: it may have a private address."""

    name: str
    url: str
    secret: bytes | None
    form: Form
    tell: frozenset[Kind]
    private: bool = False
    authorities: Path | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """An Atom feed in a file.  `address`: where it will be read; it is also what it is known by."""

    name: str
    file: Path
    address: str
    title: str | None
    entries: int
    tell: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the file says.  `since`: what was found before it is told to nobody.  `members`: what members are told."""

    lang: str | None
    since: datetime | None
    smtp: Smtp | None
    mails: tuple[Mail, ...]
    webhooks: tuple[Webhook, ...]
    feeds: tuple[Feed, ...]
    members: frozenset[Kind]


def read_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Give the settings in a file; paths in it begin at its folder.  Raises UserError with every fault and the way out."""
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}). docs/howto/alerts.md has one to begin with."
        ) from error
    if len(body) > LARGEST:
        raise UserError(f"{path}: is longer than {LARGEST} bytes. Is this the right file?")
    try:
        tree = tomllib.loads(body.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: is no TOML ({error}). docs/howto/alerts.md has an example.") from error
    faults: list[str] = []
    settings = _Reader(path, environ, faults).settings(tree)
    if faults:
        raise UserError("\n".join(f"{path}: {fault}" for fault in faults))
    return settings


class _Reader:
    """Reads one file, and notes what is wrong by the key that it stands at."""

    def __init__(self, path: Path, environ: Mapping[str, str], faults: list[str]) -> None:
        self._folder = path.absolute().parent
        self._environ = environ
        self._faults = faults

    def settings(self, tree: dict[str, Any]) -> Settings:
        top = _Table("", tree, ("lang", "since", "smtp", "mail", "members", "webhook", "feed"), self._faults)
        smtp = top.table("smtp")
        mails = tuple(self._mail(name, each) for name, each in top.named("mail"))
        webhooks = tuple(self._webhook(name, each) for name, each in top.named("webhook"))
        feeds = tuple(self._feed(name, each) for name, each in top.named("feed"))
        if (mails or "members" in tree) and smtp is None:
            self._faults.append("[smtp]: is missing; mail needs a server. Add it with server and from.")
        if not (mails or webhooks or feeds or "members" in tree):
            self._faults.append("names nobody to tell. Add [mail.office], [webhook.chat] or [feed.news].")
        members = _Table("members", top.table("members") or {}, ("tell",), self._faults)
        return Settings(
            lang=top.choice("lang", ("nl", "en"), None),
            since=top.get("since", _day, None),
            smtp=None if smtp is None else self._smtp(smtp),
            mails=mails,
            webhooks=webhooks,
            feeds=feeds,
            members=_kinds(members, (Kind.WORSE, Kind.BETTER)),
        )

    def _smtp(self, tree: dict[str, Any]) -> Smtp:
        known = ("server", "port", "security", "user", "password", "from", "ca-file")
        part = _Table("smtp", tree, known, self._faults)
        part.require("server", "from")
        security = Security(part.choice("security", list(Security), Security.STARTTLS))
        user, password = part.get("user", _line, None), self._secret(part, "password")
        if (user is None) is not ("password" not in tree):
            part.fault("user", "user and password go together: give both or neither")
        if user is not None and security is Security.NONE:
            part.fault("security", "a password over an open line is everybody's: write starttls or tls")
        return Smtp(
            server=part.get("server", _host, ""),
            port=part.get("port", _number(1, 65_535), PORTS[security]),
            security=security,
            sender=part.get("from", sender, Address()),
            user=user,
            password=password,
            authorities=self._path(part, "ca-file"),
        )

    def _mail(self, name: str, tree: dict[str, Any]) -> Mail:
        part = _Table(f"mail.{name}", tree, ("to", "tell"), self._faults)
        part.require("to")
        return Mail(f"mail/{name}", part.get("to", _list(mailbox), ()), _kinds(part, ALL))

    def _webhook(self, name: str, tree: dict[str, Any]) -> Webhook:
        known = ("url", "secret", "format", "tell", "allow-private", "ca-file")
        part = _Table(f"webhook.{name}", tree, known, self._faults)
        part.require("url")
        url = tree.get("url")
        address = self._secret(part, "url") if isinstance(url, dict) else url
        private = part.get("allow-private", _truth, False)
        secret = self._secret(part, "secret")
        return Webhook(
            name=f"webhook/{name}",
            url=part.checked("url", address, lambda text: _target(text, private), "") if address else "",
            secret=None if secret is None else part.checked("secret", secret, _signing_key, b""),
            form=Form(part.choice("format", list(Form), Form.JSON)),
            tell=_kinds(part, ALL),
            private=private,
            authorities=self._path(part, "ca-file"),
        )

    def _feed(self, name: str, tree: dict[str, Any]) -> Feed:
        part = _Table(f"feed.{name}", tree, ("file", "address", "title", "entries", "tell"), self._faults)
        part.require("file", "address")
        return Feed(
            name=f"feed/{name}",
            file=self._path(part, "file") or Path(),
            address=part.get("address", lambda value: _web(_line(value)), ""),
            title=part.get("title", _line, None),
            entries=part.get("entries", _number(1, MOST_ENTRIES), 100),
            tell=_kinds(part, ALL),
        )

    def _path(self, part: "_Table", key: str) -> Path | None:
        text = part.get(key, _line, None)
        return None if text is None else self._folder / text

    def _secret(self, part: "_Table", key: str) -> str | None:
        """Give the secret that a key points at."""
        value = part.value(key)
        if value is None:
            return None
        way = value.popitem() if isinstance(value, dict) and len(value) == 1 else ("", "")
        if way[0] not in {"env", "file"} or not isinstance(way[1], str):
            part.fault(
                key, 'a secret does not stand in this file: write { env = "NAME" } or { file = "PATH" }'
            )
            return None
        secret = self._environ.get(way[1], "") if way[0] == "env" else self._from_file(part, key, way[1])
        if secret is None:
            return None
        if not secret or len(secret) > LONGEST_SECRET or not secret.isprintable():
            what = "the variable" if way[0] == "env" else "the file"
            part.fault(key, f"{what} {way[1]} holds no secret: one line of text is expected")
            return None
        return secret

    def _from_file(self, part: "_Table", key: str, name: str) -> str | None:
        try:
            with (self._folder / name).open(encoding="utf-8") as file:
                return file.read(LONGEST_SECRET + 2).rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            part.fault(key, f"the file {name} cannot be read ({getattr(error, 'strerror', 'not UTF-8')})")
            return None


class _Table:
    """One table of the file; keys that nobody knows are faults."""

    def __init__(self, path: str, tree: dict[str, Any], known: Collection[str], faults: list[str]) -> None:
        self._path, self._tree, self._faults = path, dict(tree), faults
        for key in tree.keys() - set(known):
            close = get_close_matches(key, known, 1)
            hint = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}"
            self.fault(key, f"is not known. {hint}")

    def fault(self, key: str, words: str) -> None:
        self._faults.append(f"{self._path}.{key}: {words}".removeprefix("."))

    def require(self, *keys: str) -> None:
        for key in keys:
            if key not in self._tree:
                self.fault(key, "is missing: add it")

    def value(self, key: str) -> Any:
        return self._tree.get(key)

    def get(self, key: str, read: Callable[[Any], T], default: Any) -> T | Any:
        return self.checked(key, self._tree[key], read, default) if key in self._tree else default

    def checked(self, key: str, value: Any, read: Callable[[Any], T], default: Any) -> T | Any:
        try:
            return read(value)
        except ValueError as error:
            self.fault(key, str(error))
            return default

    def choice(self, key: str, words: Collection[str], default: str | None) -> Any:
        value = self._tree.get(key, default)
        if value in words or value is default:
            return value
        self.fault(key, f"{value!r} is not known. Known: {', '.join(words)}")
        return default

    def table(self, key: str) -> dict[str, Any] | None:
        value = self._tree.get(key)
        if value is not None and not isinstance(value, dict):
            self.fault(key, f"is a table: write [{key}] on a line of its own")
            return {}
        return value

    def named(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        """Give the tables below a key, `[mail.office]`."""
        found = []
        for name, each in (self.table(key) or {}).items():
            if not isinstance(each, dict):
                self.fault(key, f"each has a name: write [{key}.office]")
            elif not NAME.fullmatch(name):
                self.fault(key, f"the name {name!r} may hold small letters, digits and hyphens only")
            else:
                found.append((name, each))
        return found


# ---- single values ---------------------------------------------------------------------------------------------------
def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 1_000:
        raise ValueError("one line of text is expected")
    return value.strip()


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is expected, without quotes")
    return value


def _number(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"a number from {least} to {most} is expected, without quotes")
        return value

    return read


def _list(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def each(value: Any) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise ValueError("a list is expected: [ … ]")
        return tuple(dict.fromkeys(map(read, value)))

    return each


def _kinds(part: _Table, default: Collection[Kind]) -> frozenset[Kind]:
    def read(value: Any) -> Kind:
        if value not in set(Kind):
            raise ValueError(f"{value!r} is not known. Known: {', '.join(Kind)}")
        return Kind(value)

    return frozenset(part.get("tell", _list(read), default))


def _day(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if not isinstance(value, date):
        raise ValueError("a day is expected, without quotes: 2026-11-01")
    return datetime.combine(value, time(), UTC)


def mailbox(value: Any) -> str:
    """Give a mail address that a header can hold as it is.  Raises ValueError with the way out."""
    text = _line(value)
    if not MAILBOX.fullmatch(text) or ".." in text:
        raise ValueError(
            f"{text!r} is no plain mail address: name@host.example, a domain with é or ö as xn--…"
        )
    return text


def sender(value: Any) -> Address:
    """Give the sender that `Name <name@host.example>` or an address alone tells."""
    text = _line(value)
    name, mark, rest = text.rpartition("<")
    address = mailbox(rest.removesuffix(">") if mark else text)
    return Address(display_name=name.strip().strip('"').strip(), addr_spec=address)


def _host(value: Any) -> str:
    text = _line(value)
    if not HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a server")
    return text


def _web(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not text.isascii() or " " in text:
        raise ValueError("an address that begins with https:// is expected")
    if parts.port == 0:
        raise ValueError("0 is no port")
    return text


def _target(value: Any, private: bool) -> str:
    text = _web(_line(value))
    if urlsplit(text).username is not None:
        raise ValueError(
            'a password does not stand in this file: write url = { env = "NAME" } or sign instead'
        )
    if text.startswith("http:") and not private:
        raise ValueError(
            "over http anybody can read along: write https (http only with allow-private = true)"
        )
    return text


def _signing_key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_MARK), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_MARK) or len(key) < 24:
        raise ValueError(f"is no secret of Standard Webhooks. This makes one: {HOW_TO_MAKE_ONE}")
    return key
