"""All tenants of a list, one after the other: what is as it was is passed by, the rest is planned, proven and written."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ...core.errors import DeclarationError, UserError
from ...declaration.load import Tenant
from .. import manifest as record
from ..apply import clear
from ..manifest import STATE, Manifest
from ..message import Note
from ..mould import Moulds
from ..plan import plan_from, real
from .ledger import Known, Ledger, fingerprint_of
from .listed import Row, Tenants
from .marks import mark, stamp, survey
from .program import program
from .write import Work, write

BATCH = 64
"""Tenants that are written together: one commit before, one sync, one commit after."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a tenant was left as it was.  `text`: one line each, with its place."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class News:
    """What became of a tenant.  `files`: names of what changed, or would; `conflicts`: what of theirs contradicts them."""

    folder: Path
    files: tuple[str, ...]
    conflicts: tuple[Note, ...]


@dataclass(slots=True)
class Outcome:
    """The tenants of a run, counted.  `share`: how much of the list was read, 0 to 1."""

    done: int = 0
    changed: int = 0
    unchanged: int = 0
    faulty: int = 0
    contradicted: int = 0
    left_over: int = 0
    share: float = 0.0
    notes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, Note] = field(default_factory=dict)

    @property
    def amiss(self) -> bool:
        return bool(self.faulty or self.contradicted)


Tell = Callable[[Fault | News | None, Outcome], None]
"""Is told of every tenant that changed or has a fault, and with None that one more was passed by."""


def publish_tenants(
    tenants: Tenants,
    ledger: Ledger,
    *,
    write: bool,
    tell: Tell,
    headers_file: bool | None = None,
    verify: bool = False,
    today: date | None = None,
) -> Outcome:
    """Publish for every tenant of a list.  `write`: without it nothing is written, and told what would be.

    `verify`: look into every file also where nothing seems to have changed.  Raises UserError where the list or the ledger cannot
    be used; what is wrong with one tenant is told, and the others go on.
    """
    run = _Run(tenants.file.resolve().parent, ledger, write, tell, headers_file, verify, today)
    for row in tenants:
        run.one(row)
    run.end()
    return run.outcome


class _Run:
    """A run as it goes on."""

    def __init__(
        self,
        base: Path,
        ledger: Ledger,
        write: bool,
        tell: Tell,
        headers_file: bool | None,
        verify: bool,
        today: date | None,
    ) -> None:
        self.outcome = Outcome()
        self._ledger, self._write, self._tell = ledger, write, tell
        self._headers_file, self._verify, self._today = headers_file, verify, today
        self._base = base
        # The place too: the same words on a copy of the list elsewhere mean other folders.
        self._program = program(headers_file, str(base))
        self._moulds = Moulds()
        self._met = set[int]()
        self._known = 0
        self._batch = list[Work]()

    def one(self, row: Row) -> None:
        self.outcome.share = row.done
        fingerprint = fingerprint_of(self._program, row.raw)
        try:
            if self._passed_by(fingerprint):
                return
            work = self._planned(row, fingerprint)
        except DeclarationError as error:
            self._fault(f"{row.file}:{row.line}", str(error))
        except (
            UserError,
            OSError,
            RuntimeError,
        ) as error:  # RuntimeError: links that lead in a circle (Python 3.11, 3.12)
            self._fault(f"{row.file}:{row.line}", f"{row.file}:{row.line}:1: {error}")
        else:
            self._batch.append(work)
            if len(self._batch) >= BATCH:
                self._flush()

    def end(self) -> None:
        self._flush()
        if not self.outcome.faulty:  # whose folder cannot be told is not gone
            self.outcome.left_over = self._ledger.count() - self._known

    # ---- one tenant
    def _passed_by(self, fingerprint: bytes) -> bool:
        """Tell whether this very row was finished and everything is as it was then."""
        known = None if self._verify else self._ledger.unchanged(fingerprint)
        if known is None or not _as_it_was(known) or not self._first(known.folder):
            return False
        self._known += 1
        self.outcome.done += 1
        self.outcome.unchanged += 1
        self._tell(None, self.outcome)
        return True

    def _planned(self, row: Row, fingerprint: bytes) -> Work:
        tenant = row.tenant()
        folder = self._folder(tenant)
        known = self._ledger.manifest(folder)
        self._alone(folder, known)
        if self._write:
            for path in known.entries:
                clear(record.temporary(path))  # of a run that was killed
        media = (folder / each.folder for each in tenant.wish.media if each.folder is not None)
        seen = survey((folder, *(path.resolve() for path in media)))
        plan = plan_from(
            tenant.wish, folder, folder, known,
            headers_file=self._headers_file, today=self._today, prepare=self._moulds.ready,
        )  # fmt: skip
        settled = None if plan.conflicts else fingerprint
        return Work(folder, f"{row.file}:{row.line}", settled, plan, known, seen)

    def _folder(self, tenant: Tenant) -> Path:
        """Give the real folder of a tenant; a path that does not begin at the root counts from the folder of the list.

        Raises UserError where there is none, or where another tenant has it.
        """
        given = self._base / tenant.folder
        folder = real(given, "Make one for this tenant, or take it off the list.")
        if self._base.is_relative_to(folder):
            raise UserError(f"{given}: the list itself lies in this folder. Keep it outside every site.")
        if not self._first(folder):
            raise UserError(f"{given}: this folder stands on the list a second time. Keep one of the two.")
        if (other := self._ledger.around(folder)) or (other := self._around(folder)):
            raise UserError(
                f"{given}: the folder of another tenant, {other}, lies in this one or around it. Give each a folder of its "
                "own; one that is no tenant any more goes with --undo."
            )
        return folder

    def _around(self, folder: Path) -> Path | None:
        """Give a tenant of this batch whose folder holds `folder` or lies in it."""
        here = f"{folder}/"
        return next(
            (
                w.folder
                for w in self._batch
                if here.startswith(f"{w.folder}/") or f"{w.folder}/".startswith(here)
            ),
            None,
        )

    def _alone(self, folder: Path, known: Manifest) -> None:
        """Raise UserError where `publish` without a list has written here: two records of one site would contradict each other."""
        if known.entries:
            return
        for state in (folder / STATE, folder.parent / STATE):
            if any(path.is_relative_to(folder) for path in record.read(state).entries):
                raise UserError(
                    f"{folder}: published on its own, as {state} tells. Undo that first: voorbehoud publish {folder} --undo"
                )

    def _first(self, folder: Path) -> bool:
        """Tell whether this folder was not met yet, under whatever name."""
        found = folder.stat()
        same = found.st_dev << 64 | found.st_ino
        if same in self._met:
            return False
        self._met.add(same)
        return True

    # ---- what came of it
    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if self._write:
            write(batch, self._ledger)
        for work in batch:
            self._known += self._write or bool(work.known.entries)
            if work.failed is not None:
                self._fault(work.place, f"{work.place}:1: {work.failed}")
            else:
                self._end_of(work)

    def _end_of(self, work: Work) -> None:
        outcome = self.outcome
        outcome.done += 1
        outcome.changed += bool(work.plan.changes)
        outcome.unchanged += not work.plan.changes
        outcome.contradicted += bool(work.plan.conflicts)
        for note in work.plan.notes:
            outcome.notes[note.message.key] += 1
            outcome.examples.setdefault(note.message.key, note)
        files = tuple(change.name for change in work.plan.changes)
        self._tell(News(work.folder, files, work.plan.conflicts), outcome)

    def _fault(self, place: str, text: str) -> None:
        self.outcome.done += 1
        self.outcome.faulty += 1
        self._tell(Fault(place, text), self.outcome)


def _as_it_was(known: Known) -> bool:
    home = f"{known.folder}/"
    return stamp(mark(home + path) if path[0] != "/" else mark(path) for path in known.looked) == known.stamp
