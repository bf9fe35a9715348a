"""The manifest of a bundle: what it is about, how it was made, and the SHA-256 of every file that tells it."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .clock import Reading
from .instant import instant, iso

SCHEMA = "voorbehoud.evidence/1"
NAME = "manifest.json"
STAMP = "manifest.json.tsr"
SIGNATURE = "manifest.json.minisig"
SUMS = "SHA256SUMS"
AUTHORITY = "authority.pem"
PAGES: Mapping[str, str] = MappingProxyType({"nl": "bewijs.html", "en": "evidence.html"})
LARGEST = 64 * 1024 * 1024
HASH = re.compile(r"[0-9a-f]{64}")

PROVES = (
    "That every file is as it was when the manifest was sealed.",
    "With a time stamp: that all of it existed at the time that the authority names.",
    "With a signature: that the owner of the key made it.",
    "What the site's servers answered to the program named here, at the instants named here, as that program kept it.",
    "What follows from those answers under the rules named here; anybody can work it out again.",
)
DOES_NOT_PROVE = (
    "That the program or the machine that made it was honest: HTTP answers carry no signature of the site's.",
    "What the site answered between two observations, or to readers that came from elsewhere.",
    "That the clock was right at the time of an observation, beyond what the servers' own Date fields and the time stamp show.",
    "Who owns the site or its works, or that anybody read or ignored what is reserved there.",
    "Anything before the first observation or after the last one.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the bundle; `path` with forward slashes."""

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: str, content: bytes) -> "Entry":
        return cls(path, len(content), hashlib.sha256(content).hexdigest())


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: when, with what, the archive that holds it, and what its verdict comes down to.

    `uses`: for each use the strict verdict.  `reachable` False: not one page answered, so it says nothing about the site.
    """

    started: datetime
    finished: datetime
    tool: str
    rules: str
    archive: str
    reachable: bool
    protected: bool
    uses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The bundle before this one: the SHA-256 of its manifest, and when the site was seen last in it (`Manifest.last_seen`)."""

    sha256: str
    created: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a bundle but its content.  `key`: the public key that signed; `authority`: the address that stamped."""

    site: str
    since: datetime
    until: datetime
    created: datetime
    tool: str
    rules: str
    seen: tuple[Seen, ...]
    files: tuple[Entry, ...]
    clock: tuple[Reading, ...] = ()
    previous: Link | None = None
    stamped: bool = False
    authority: str | None = None
    key: str | None = None

    @property
    def last_seen(self) -> datetime:
        """When the last observation that reached the site ended; where none did, when the bundle before saw it, or this one begins."""
        before = self.since if self.previous is None else self.previous.last
        return max((seen.finished for seen in self.seen if seen.reachable), default=before)

    @property
    def sealed(self) -> tuple[str, ...]:
        """The files that seal the manifest, and that it therefore cannot list."""
        return ((STAMP,) if self.stamped else ()) + ((SIGNATURE,) if self.key else ())


def dumps(manifest: Manifest) -> bytes:
    """Give the manifest as JSON; the same manifest always gives the same bytes."""
    previous = manifest.previous
    told = {
        "schema": SCHEMA,
        "site": manifest.site,
        "period": {"from": iso(manifest.since), "to": iso(manifest.until)},
        "created": iso(manifest.created),
        "tool": f"voorbehoud {manifest.tool}",
        "rules": manifest.rules,
        "observations": [
            {
                "started": iso(seen.started),
                "finished": iso(seen.finished),
                "tool": seen.tool,
                "rules": seen.rules,
                "archive": seen.archive,
                "reachable": seen.reachable,
                "protected": seen.protected,
                "uses": dict(seen.uses),
            }
            for seen in manifest.seen
        ],
        "clock": {
            "says": "`created` is the clock of the machine that made this bundle. A time stamp over this file can be held "
            "against it; a source below was asked just before. The clock at the time of an observation was not checked.",
            "sources": [
                {
                    "url": reading.url,
                    "asked": iso(reading.asked),
                    "told": iso(reading.told),
                    "ahead_seconds": {"least": reading.least, "most": reading.most},
                }
                for reading in manifest.clock
            ],
        },
        "previous": None
        if previous is None
        else {
            "sha256": previous.sha256,
            "created": iso(previous.created),
            "last_observation": iso(previous.last),
        },
        "seal": {
            "time_stamp": {"file": STAMP, "authority": manifest.authority} if manifest.stamped else None,
            "signature": {"file": SIGNATURE, "public_key": manifest.key} if manifest.key else None,
        },
        "files": [
            {"path": entry.path, "bytes": entry.size, "sha256": entry.sha256} for entry in manifest.files
        ],
        "proves": list(PROVES),
        "does_not_prove": list(DOES_NOT_PROVE),
    }
    return json.dumps(told, indent=1).encode("ascii") + b"\n"


def loads(body: bytes) -> Manifest:
    """Give the manifest that `dumps` wrote.  Raises ValueError, and nothing else, for anything else."""
    try:
        told = json.loads(body, object_pairs_hook=_once)
        if told["schema"] != SCHEMA:
            raise ValueError(f"its schema is {told['schema']!r}, not {SCHEMA!r}")
        return _manifest(told)
    except (KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Give the object; one that says a thing twice means something else to every reader."""
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it says twice: {next(name for name in names if names.count(name) > 1)}")
    return told


def sums(entries: Iterable[Entry]) -> bytes:
    """Give the text of `SHA256SUMS`, as `sha256sum` writes and checks it; a name that is no UTF-8 as the bytes that it is."""
    lines = (f"{entry.sha256}  {entry.path}\n" for entry in sorted(entries, key=lambda entry: entry.path))
    return "".join(lines).encode(errors="surrogateescape")


def _manifest(told: Mapping[str, Any]) -> Manifest:
    if len({entry["path"] for entry in told["files"]}) < len(told["files"]):
        raise ValueError("it lists a file twice")
    stamp, signature, previous = (
        told["seal"]["time_stamp"], told["seal"]["signature"], told["previous"],
    )  # fmt: skip
    return Manifest(
        site=_text(told["site"]),
        since=instant(told["period"]["from"]),
        until=instant(told["period"]["to"]),
        created=instant(told["created"]),
        tool=_text(told["tool"]).removeprefix("voorbehoud "),
        rules=_text(told["rules"]),
        seen=tuple(
            Seen(
                started=instant(seen["started"]),
                finished=instant(seen["finished"]),
                tool=_text(seen["tool"]),
                rules=_text(seen["rules"]),
                archive=_text(seen["archive"]),
                reachable=seen["reachable"] is True,
                protected=seen["protected"] is True,
                uses=tuple((_text(use), _text(verdict)) for use, verdict in seen["uses"].items()),
            )
            for seen in told["observations"]
        ),
        files=tuple(
            Entry(_name(entry["path"]), int(entry["bytes"]), _hash(entry["sha256"]))
            for entry in told["files"]
        ),
        clock=tuple(
            Reading(
                _text(reading["url"]),
                instant(reading["asked"]),
                instant(reading["told"]),
                float(reading["ahead_seconds"]["least"]),
                float(reading["ahead_seconds"]["most"]),
            )
            for reading in told["clock"]["sources"]
        ),
        previous=None
        if previous is None
        else Link(
            _hash(previous["sha256"]), instant(previous["created"]), instant(previous["last_observation"])
        ),
        stamped=stamp is not None,
        authority=None if stamp is None else _text(stamp["authority"]),
        key=None if signature is None else _text(signature["public_key"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value


def _name(value: object) -> str:
    _text(value).encode()  # half a surrogate pair is in no name that we give; the error is a ValueError
    return _text(value)


def _hash(value: object) -> str:
    if not HASH.fullmatch(_text(value)):
        raise ValueError(f"not a SHA-256: {value!r}")
    return _text(value)
