"""What publishing would change, before anything is changed."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..core.artifact import File
from ..core.errors import PublishError
from ..declaration.model import Declaration
from . import manifest as record
from . import robots_merge
from .compose import Composition, compose, rendered_again
from .manifest import Manifest, Role
from .message import Message, Note, reason
from .pages import ClosedPage, pages, place
from .policy_page import SIGNATURE
from .prove import Proof, prove, prove_headers_file, prove_page, prove_robots, says_the_same
from .splice import ClashError, NoPlaceError, cut, splice
from .targets import headers_file as hosted

HOST_FILES = ("_headers", "netlify.toml", "wrangler.toml", "wrangler.json", "wrangler.jsonc")
"""A folder with one of these is published on a host that reads `_headers`; also looked for beside the declaration."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file.  `before`: on disk now, None: it is not there.  `after`: None: it goes.

    `original`: what undo gives back, the file without us; None: there is no such file without us.
    """

    path: Path
    name: str
    role: Role
    before: bytes | None
    after: bytes | None
    original: bytes | None


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` in the order of writing.  `conflicts`: where a file of the maker's says something else and was left alone.

    `notes`: what else the maker should know.
    """

    folder: Path
    changes: tuple[Change, ...]
    conflicts: tuple[Note, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """What an origin serves, read back and found to say what the declaration says.

    `robots`: the robots.txt of a folder that has none of its own, where that was proven already; None: it was not.
    """

    composition: Composition
    proof: Proof
    robots: bytes | None = None


def ready(wish: Declaration, origin: str) -> Ready:
    """Compose what `origin` serves and read it back.  Raises PublishError where it says less, or something else."""
    ours = compose(wish, origin)
    return Ready(ours, prove(wish, ours))


def plan(
    wish: Declaration,
    folder: Path,
    state: Path,
    *,
    headers_file: bool | None = None,
    today: date | None = None,
) -> Plan:
    """Say what publishing `wish` into `folder` would change; nothing is written.

    `state`: the folder with the manifest, beside the declaration; folders of media origins count from there.
    `headers_file`: write `_headers`; None: only where the folder looks like Netlify or Cloudflare Pages.
    `today`: to tell when the reservation starts in the future.
    Raises PublishError for a folder that is missing, and for anything that would say less than, or other than, the declaration.
    """
    home = state.resolve().parent
    return plan_from(
        wish, folder, home, record.read(state), headers_file=headers_file, today=today, prepare=ready
    )


def plan_from(
    wish: Declaration,
    folder: Path,
    home: Path,
    known: Manifest,
    *,
    headers_file: bool | None,
    today: date | None,
    prepare: Callable[[Declaration, str], Ready],
) -> Plan:
    """Say what `plan` says, for a declaration that counts from `home` and a record that is kept anywhere."""
    folders = {wish.site: (folder, "")}
    folders |= {o.origin: (home / o.folder, f"{o.folder}/") for o in wish.media if o.folder is not None}
    drafts = list[_Draft]()
    for origin, (root, shown) in folders.items():
        draft = _Draft(wish, prepare(wish, origin), root, shown, known, home, headers_file)
        if all(
            draft.root != other.root for other in drafts
        ):  # one folder at two addresses: what the first asks for
            drafts.append(draft)
    wanted = frozenset[Path]().union(*(draft.whole() for draft in drafts))
    for draft in drafts:
        draft.pages(wanted, None if draft is drafts[0] else drafts[0].root)
        draft.gone(wanted)
    changes = {change.path: change for draft in reversed(drafts) for change in draft.changes}
    notes = [note for draft in drafts for note in draft.notes]
    if today is not None and wish.since > today:
        notes.insert(0, Note(home, Message.of("since-ahead", since=wish.since.isoformat())))
    notes += [
        Note(home, Message.of("media-without-folder", origin=o.origin))
        for o in wish.media
        if o.folder is None
    ]
    conflicts = tuple(dict.fromkeys(note for draft in drafts for note in draft.conflicts))
    return Plan(folder, tuple(changes.values()), conflicts, tuple(dict.fromkeys(notes)))


class _Draft:
    """The plan for the folder of one origin, as it grows: what is ours altogether, then pages, then what is no longer wanted.

    A folder may lie in that of another origin, so the last two have to know what the others ask for.
    """

    def __init__(
        self,
        wish: Declaration,
        said: Ready,
        folder: Path,
        shown: str,
        known: Manifest,
        home: Path,
        with_headers: bool | None,
    ) -> None:
        self.wish, self.known, self.home, self.shown = wish, known, home, shown
        self.said, self.with_headers = said, with_headers
        self.root = real(folder, f"Give the folder with the files of {said.composition.origin}.")
        self.changes: list[Change] = []
        self.conflicts: list[Note] = []
        self.notes: list[Note] = []

    def whole(self) -> set[Path]:
        """Plan all but the pages, and give the files of ours that are wanted."""
        ours = self.said.composition
        self._tell(ours.origin, self.said.proof)
        whole = {self._whole(ours, file.path, file.body) for file in ours.files}
        self._robots(ours, self.said.robots)
        self._headers(ours, self.with_headers)
        self._host()
        return {path for path in whole if path is not None}

    def _tell(self, origin: str, proof: Proof) -> None:
        if proof.unsaid:
            self.notes.append(Note(self.root, Message.of("headers-only", uses=proof.unsaid, origin=origin)))
        for name, path in proof.stricter:
            self.notes.append(Note(self.root, Message.of("no-form-for-paths", signal=name, path=path)))

    # ---- files that are ours altogether
    def _whole(self, ours: Composition, name: str, body: bytes) -> Path | None:
        """Plan a file of ours; give its path, or None where a file of the maker's stands there."""
        path, before = self._existing(name)
        if path is None:
            return None
        entry = self.known.entries.get(path)
        if entry is not None and entry.role is not Role.WHOLE:
            entry = None  # a page of the maker's with tags of ours in it
        if before is None or before == body:
            pass
        elif entry is not None and not self.known.wrote(path, before):
            self._conflict(path, Message.of("file-edited"))
            return path
        elif entry is None and not _looks_like_ours(self.wish, name, before):
            if says_the_same(self.wish, ours, name, before):
                self.notes.append(Note(path, Message.of("file-agrees")))
            else:
                self._conflict(path, Message.of("file-differs"))
            return None
        lost = before if before is not None and entry is None else None
        self._change(path, Role.WHOLE, before, body, lost)
        return path

    # ---- files with a block of ours
    def _edited(self, path: Path, role: Role, before: bytes | None) -> bool:
        """Tell, and say as a conflict, whether somebody wrote between our marks: what stands there is not ours to replace."""
        entry, blocks = self.known.entries.get(path), record.blocks(role, before)
        if entry is not None:
            strange = any(record.sha256(block) not in entry.ours for block in blocks)
        else:  # the manifest is elsewhere, as on a build server: only tags of ours are known by sight
            strange = role is Role.PAGE and not all(_TAGS.fullmatch(block) for block in blocks)
        if strange:
            self._conflict(path, Message.of("block-edited"))
        return strange

    def _without_us(self, path: Path, role: Role, before: bytes | None, bare: bytes) -> bytes:
        """Give what undo is to give back: the file without our block; as it is where a run that we know nothing of left one."""
        unknown = before is not None and path not in self.known.entries and record.blocks(role, before)
        return before if unknown and before is not None else bare

    def _robots(self, ours: Composition, alone: bytes | None) -> None:
        path, before = self._existing("/robots.txt")
        if path is None or self._edited(path, Role.ROBOTS, before):
            return
        if alone is not None and before in {None, alone}:
            self._block(path, Role.ROBOTS, before, alone, b"")
            return
        try:
            merged = robots_merge.merge(before, ours)
            bare = robots_merge.cut(before or b"")
        except robots_merge.UnreadableError as error:
            self._conflict(path, error.message)
            return
        remarks = [*merged.remarks]
        if not any(remark.conflict for remark in remarks):
            wrong = prove_robots(self.wish, ours, merged.body)
            remarks += [robots_merge.Remark(0, message, conflict=True) for message in wrong]
        for remark in remarks:
            (self.conflicts if remark.conflict else self.notes).append(
                Note(path, remark.message, remark.line)
            )
        self._block(path, Role.ROBOTS, before, merged.body, bare)

    def _headers(self, ours: Composition, wanted: bool | None) -> None:
        path, before = self._existing(hosted.NAME)
        if path is None:
            return
        if wanted is None:
            wanted = any((where / name).exists() for where in (self.root, self.home) for name in HOST_FILES)
        if not wanted or self._edited(path, Role.HEADERS, before):
            return
        try:
            body, clashes, unsaid = hosted.merge(before, ours)
            bare = hosted.cut(before or b"")
        except hosted.DamagedError as error:
            self._conflict(path, error.message)
            return
        self.conflicts += [Note(path, message, line) for line, message in clashes]
        if not clashes:
            prove_headers_file(self.wish, ours, body, unsaid)
        if unsaid:
            self.notes.append(Note(path, Message.of("headers-differ", names=", ".join(unsaid))))
        self._block(path, Role.HEADERS, before, body, bare)

    def _block(self, path: Path, role: Role, before: bytes | None, after: bytes, bare: bytes) -> None:
        entry = self.known.entries.get(path)
        made_by_us = not bare and (before is None or (entry is not None and entry.original is None))
        if before is None and not after:
            return
        original = None if made_by_us else self._without_us(path, role, before, bare)
        self._change(path, role, before, None if made_by_us and not after else after, original)

    def _host(self) -> None:
        settings = self.root / "_config.yml"
        if (
            settings.is_file()
            and not (self.root / ".nojekyll").exists()
            and b".well-known" not in settings.read_bytes()
        ):
            self.notes.append(Note(settings, Message.of("jekyll")))

    # ---- pages
    def pages(self, skip: Collection[Path], site: Path | None) -> None:
        """Plan the pages; those in the folder `site` are the site's, wherever else they can be asked for."""
        ours = self.said.composition
        for page in pages(self.root):
            if page.path in skip or (site is not None and page.path.is_relative_to(site)):
                continue
            if isinstance(page, ClosedPage):
                self.notes.append(Note(page.path, page.problem))
                continue
            if self._edited(page.path, Role.PAGE, page.body):
                continue
            tags = ours.level(page.url_path).markup
            try:
                after, bare = splice(page.body, tags), cut(page.body)
            except ClashError as error:
                self._conflict(page.path, error.message, error.line)
                continue
            except NoPlaceError as error:
                self.notes.append(Note(page.path, error.message))
                continue
            if tags and (wrong := prove_page(self.wish, ours, page.url_path, page.media_type, after)):
                self._conflict(page.path, wrong)
                continue
            original = self._without_us(page.path, Role.PAGE, page.body, bare)
            self._change(page.path, Role.PAGE, page.body, after, original)

    # ---- what we made earlier and the declaration no longer asks for
    def gone(self, wanted: Collection[Path]) -> None:
        """Plan to remove what of ours nobody asks for."""
        for path, entry in self.known.entries.items():
            if entry.role is not Role.WHOLE or path in wanted or not path.is_relative_to(self.root):
                continue
            before = contents(path)
            if before is not None and self.known.wrote(path, before) and entry.original is None:
                self._change(path, Role.WHOLE, before, None, None)

    # ---- the rest
    def _existing(self, name: str) -> tuple[Path | None, bytes | None]:
        """Give where the file `name` (absolute on the origin) stands and what it holds; no path where it must not be written."""
        path = place(self.root, name)
        if path is None:
            self._conflict(self.root / name.lstrip("/"), Message.of("file-leads-out"))
            return None, None
        if any(parent.exists() and not parent.is_dir() for parent in path.parents):
            self._conflict(path, Message.of("file-in-the-way"))
            return None, None
        try:
            return path, contents(path)
        except OSError as error:
            self._conflict(path, Message.of("file-unreadable", reason=reason(error)))
            return None, None

    def _change(
        self, path: Path, role: Role, before: bytes | None, after: bytes | None, original: bytes | None
    ) -> None:
        if before != after:
            name = self.shown + path.relative_to(self.root).as_posix()
            self.changes.append(Change(path, name, role, before, after, original))

    def _conflict(self, path: Path, message: Message, line: int = 0) -> None:
        self.conflicts.append(Note(path, message, line))


_TAGS = re.compile(
    rb"<!-- voorbehoud: begin[^>]*-->(\s*<meta name=\"?(tdm-reservation|tdm-policy|robots)\"? [^<>]*>)*\s*<!-- voorbehoud: end -->"
)
"""A block in a page that any version of ours may have written."""


def _looks_like_ours(wish: Declaration, name: str, body: bytes) -> bool:
    """Tell whether a file was made by us in a run whose manifest is lost, as on a build server."""
    if name.endswith(".html"):
        return SIGNATURE in body
    if name == "/ai.txt":
        return body.startswith(b"# Made by voorbehoud")
    file = File(name, body, "application/json")
    ours = {address for address in (wish.page, wish.policy) if address is not None}
    return any(address.encode() in body for address in ours) and rendered_again(wish, file) == body


def real(folder: Path, way_out: str) -> Path:
    """Give the folder itself, no link.  Raises PublishError where there is none, and for all of the disk: that is no site."""
    if not folder.is_dir():
        raise PublishError(f"{folder}: there is no such folder. {way_out}")
    root = folder.resolve()
    if root == root.parent:
        raise PublishError(f"{folder}: this is all of the disk, and no site. Nothing was written. {way_out}")
    return root


def contents(path: Path) -> bytes | None:
    """Give what `path` holds; None where there is no such file."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
