"""The check of a bundle: from its own files alone, without store and without network."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from ..core.errors import UserError
from . import rejudge, signing, stamp
from .manifest import AUTHORITY, LARGEST, NAME, SIGNATURE, STAMP, SUMS, Entry, Manifest, loads, sums
from .problem import Level, Problem, problem
from .stamp import Stamp

CONFIRMED = timedelta(hours=48)
"""Between two observations that say the same, no further apart than this, the state is confirmed; beyond it is interpolated."""

MAX_GAP = timedelta(days=8)
"""A site that is looked at every week, a day late once, leaves no gap; one visit that is missed does."""

MAX_STAMP = timedelta(minutes=10)
"""A stamp that comes later than this after `created` proves little about `created` (WACZ-auth 0.1.0 draws the same line)."""

MOST_FILES = 100_000
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trust:
    """What whoever checks brings along: a public key of minisign, certificates of authorities (PEM), the bundle before."""

    key: str | None = None
    authorities: bytes | None = None
    previous: Path | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """What came out: the manifest (None: unreadable), what is wrong or unchecked, and what the stamp says.

    `judged`: observations whose verdict was worked out again.  `stamp_trusted` and `signature_trusted`: with what the checker brought.
    """

    manifest: Manifest | None
    problems: tuple[Problem, ...]
    stamp: Stamp | None = None
    stamp_trusted: bool = False
    signature_trusted: bool = False
    judged: int = 0

    @property
    def sound(self) -> bool:
        """Nothing is wrong; things may be left unchecked."""
        return not any(found.level is Level.ERROR for found in self.problems)


@dataclass(slots=True)
class _Bundle:
    """The folder under check, and what was found so far."""

    folder: Path
    there: dict[str, Entry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def find(self, key: str, file: str = "", **values: str | int | datetime) -> None:
        self.problems.append(problem(key, file, **values))

    def read(self, path: str, most: int) -> bytes:
        """Give a file that is there; nothing where it is not, or is longer than `most`."""
        entry = self.there.get(path)
        if entry is None or entry.size > most:
            return b""
        with suppress(OSError):
            return (self.folder / path).read_bytes()
        return b""


def verify(
    folder: Path, trust: Trust, write_verdict: rejudge.Write, *, max_gap: timedelta | None = None
) -> Verification:
    """Say what is wrong with the bundle in `folder`.  Never raises because of what is in it.

    `write_verdict` gives the JSON of a verdict, as bundles hold it.  `max_gap` None: MAX_GAP, and where a state is only
    interpolated that is told too.  Raises UserError where `folder` is no folder.
    """
    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder. Give the folder of a bundle (unpack it first, if it came as one file)."
        )
    bundle = _Bundle(folder)
    for path in _walk(bundle):
        entry = _entry(folder, path)
        if entry is None:
            bundle.find("irregular", path)
        else:
            bundle.there[path] = entry
    body = bundle.read(NAME, LARGEST)
    try:
        manifest = loads(body)
    except ValueError as error:
        found = "manifest-unreadable" if NAME in bundle.there else "missing"
        bundle.find(found, NAME, **({"reason": str(error)} if found == "manifest-unreadable" else {}))
        return Verification(None, tuple(bundle.problems))
    _check_files(bundle, manifest)
    signed = _check_signature(bundle, manifest, body, trust.key)
    stamped, trusted = _check_stamp(bundle, manifest, body, trust.authorities)
    _check_link(bundle, manifest, trust.previous)
    judged, looks = _judge(bundle, manifest, write_verdict)
    _check_times(bundle, manifest, looks, max_gap)
    return Verification(manifest, tuple(bundle.problems), stamped, trusted, signed, judged)


# ---- files -----------------------------------------------------------------------------------------------------------
def _walk(bundle: _Bundle) -> Iterator[str]:
    """Yield every path below the folder, links never followed, in an order that does not change."""
    count = 0
    closed: list[OSError] = []  # a folder that cannot be opened may hide anything
    for place, folders, files in os.walk(bundle.folder, onerror=closed.append):
        folders.sort()
        at = Path(place)
        links = [name for name in folders if (at / name).is_symlink()]
        empty = [] if folders or files or at == bundle.folder else [""]
        for name in sorted([*files, *links, *empty]):
            count += 1
            if count > MOST_FILES:
                bundle.find("too-many", "", number=MOST_FILES)
                return
            yield (at / name).relative_to(bundle.folder).as_posix()
    for error in closed:
        yield Path(error.filename).relative_to(bundle.folder).as_posix()


def _entry(folder: Path, path: str) -> Entry | None:
    """Give size and hash of a regular file; None for anything else, and for what cannot be read.

    What is larger than any file of a bundle has no hash: it is not what the manifest lists, and need not be read to the end.
    """
    place = folder / path
    try:
        about = place.lstat()
        if not stat.S_ISREG(about.st_mode):
            return None
        if about.st_size > LARGEST:
            return Entry(path, about.st_size, "")
        digest, size = hashlib.sha256(), 0
        with place.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError:
        return None
    return Entry(path, size, digest.hexdigest())


def _check_files(bundle: _Bundle, manifest: Manifest) -> None:
    listed = {entry.path: entry for entry in manifest.files}
    expected = {*listed, NAME, SUMS, *manifest.sealed}
    irregular = {found.file for found in bundle.problems}
    for path in sorted(expected - bundle.there.keys() - irregular):
        bundle.find("missing", path)
    for path in sorted(bundle.there.keys() - expected):
        bundle.find("added", path)
    for path, entry in listed.items():
        if path in bundle.there and bundle.there[path] != entry:
            bundle.find("changed", path)
    _check_sums(bundle, listed)


def _check_sums(bundle: _Bundle, listed: Mapping[str, Entry]) -> None:
    """Hold SHA256SUMS against the files that are there: it must be the text that `sha256sum` would write."""
    if SUMS not in bundle.there:
        return
    true = [listed.get(path, entry) for path, entry in bundle.there.items() if path != SUMS]
    true += [entry for path, entry in listed.items() if path not in bundle.there]
    should, is_ = sums(true).splitlines(keepends=True), bundle.read(SUMS, LARGEST).splitlines(keepends=True)
    if should == is_:
        return
    # The manifest decides about what it lists.  About itself and its seals only their line tells, so either may be the
    # one that was changed.
    unsure = [e.path for e in true if e.path not in listed and not any(_line(e) == line for line in is_)]
    named = [path for path in unsure if any(line.endswith(b"  " + os.fsencode(path) + b"\n") for line in is_)]
    for path in named:
        bundle.find("changed-or-sums", path, sums=SUMS)
    others = [line for line in is_ if not any(line.endswith(b"  " + os.fsencode(p) + b"\n") for p in named)]
    rest = [line for line in should if not any(line == _line(e) for e in true if e.path in named)]
    if others != rest:
        bundle.find("changed", SUMS)


def _line(entry: Entry) -> bytes:
    return sums([entry])


# ---- seals -----------------------------------------------------------------------------------------------------------
def _check_signature(bundle: _Bundle, manifest: Manifest, body: bytes, key: str | None) -> bool:
    """Tell whether the manifest is signed by the owner of the key that the checker brought."""
    if manifest.key is None:
        bundle.find("not-signed" if key is None else "signature-missing")
        return False
    if SIGNATURE not in bundle.there:
        return False  # told already: missing
    wanted = key or manifest.key
    if key is not None and key != manifest.key:
        bundle.find("key-wrong", NAME, theirs=manifest.key, given=key)
    elif not signing.is_signed(bundle.read(SIGNATURE, signing.LONGEST), body, wanted):
        bundle.find("signature-wrong", SIGNATURE)
    elif key is None:
        bundle.find("key-not-given", SIGNATURE, public=manifest.key)
    else:
        return True
    return False


def _check_stamp(
    bundle: _Bundle, manifest: Manifest, body: bytes, authorities: bytes | None
) -> tuple[Stamp | None, bool]:
    """Give what the stamp says, and whether an authority that the checker trusts says it."""
    if not manifest.stamped:
        bundle.find("not-stamped" if authorities is None else "stamp-missing")
        return None, False
    if STAMP not in bundle.there:
        return None, False  # told already: missing
    response = bundle.read(STAMP, stamp.LARGEST)
    # Certificates that travel in the bundle show that the stamp is whole.  They are no reason to believe it.
    known = authorities if authorities is not None else bundle.read(AUTHORITY, LARGEST)
    try:
        said = stamp.said(response, body)
        if known:
            stamp.check(response, body, known)
    except stamp.UntrustedError as error:
        bundle.find("stamp-untrusted", STAMP, reason=str(error))
        return None, False
    except stamp.OtherDataError:
        bundle.find("stamp-for-other-data", STAMP)
        return None, False
    except (stamp.StampError, ValueError) as error:
        bundle.find("stamp-damaged", STAMP, reason=str(error))
        return None, False
    if abs(said.at - manifest.created) > MAX_STAMP:
        bundle.find("stamp-late", STAMP, created=manifest.created, stamped=said.at)
    if authorities is None:
        bundle.find("authority-not-given", STAMP)
    return said, authorities is not None


# ---- the chain, and time -----------------------------------------------------------------------------------------------
def _check_link(bundle: _Bundle, manifest: Manifest, previous: Path | None) -> None:
    if previous is None:
        if manifest.previous is not None:
            bundle.find("previous-not-given", NAME, sha256=manifest.previous.sha256)
        return
    try:
        with (previous / NAME).open("rb") as file:
            body = file.read(LARGEST)
        before = loads(body)
    except (OSError, ValueError) as error:
        bundle.find("previous-unreadable", "", folder=str(previous), reason=str(error))
        return
    if manifest.previous is None:
        bundle.find("link-missing", NAME)
    elif (
        hashlib.sha256(body).hexdigest() != manifest.previous.sha256
        or before.site != manifest.site
        or before.created > manifest.created
        or (before.created, before.last_seen) != (manifest.previous.created, manifest.previous.last)
    ):
        bundle.find("link-wrong", NAME, sha256=manifest.previous.sha256)


def _check_times(
    bundle: _Bundle, manifest: Manifest, looks: list[datetime], max_gap: timedelta | None
) -> None:
    """Find where nobody looked for too long, the time since the bundle before included, and what was seen after it was told.

    `looks`: when answers came in observations that reached a page; others say nothing about the site, and close no gap.
    """
    if manifest.previous is not None:
        looks = [*looks, manifest.previous.last]
    if not any(seen.reachable for seen in manifest.seen):
        bundle.find("nothing-seen", NAME)
    most, wide = MAX_GAP if max_gap is None else max_gap, []
    for before, after in pairwise(sorted(looks)):
        if after - before > most:
            bundle.find("gap", NAME, before=before, after=after, hours=_hours(after - before))
        elif after - before > CONFIRMED and max_gap is None:
            wide.append(after - before)
    if wide:
        bundle.find("interpolated", NAME, number=len(wide), hours=_hours(max(wide)))
    for seen in manifest.seen:
        if seen.finished > manifest.created + rejudge.SLACK:
            bundle.find("seen-later", seen.archive, finished=seen.finished, created=manifest.created)


def _hours(span: timedelta) -> int:
    return round(span / timedelta(hours=1))


# ---- verdicts --------------------------------------------------------------------------------------------------------
def _judge(bundle: _Bundle, manifest: Manifest, write_verdict: rejudge.Write) -> tuple[int, list[datetime]]:
    """Work out every verdict again from archives that are whole; give how many, and when answers came that tell of the site.

    Of an archive that is not whole only the manifest tells when that was.
    """
    listed = {entry.path: entry for entry in manifest.files}
    told = {seen.archive for seen in manifest.seen}
    for path in sorted(path for path in listed if path.startswith("archive/") and path not in told):
        bundle.find("archive-untold", path)
    judged, looks = 0, list[datetime]()
    for seen in manifest.seen:
        entry = bundle.there.get(seen.archive)
        if seen.archive not in listed:
            bundle.find("archive-unlisted", seen.archive)
        elif entry is not None and entry == listed[seen.archive]:
            judged += 1
            archive = bundle.read(seen.archive, LARGEST)
            problems, came = rejudge.judge_again(manifest.site, seen, archive, write_verdict)
            bundle.problems += problems
            looks += came
        elif seen.reachable:
            looks.append(seen.started)
    return judged, looks


def exit_worthy(problems: Iterable[Problem], lowest: Level) -> bool:
    """Tell whether one of `problems` is at `lowest` or worse."""
    return any(lowest is Level.WARNING or found.level is Level.ERROR for found in problems)
