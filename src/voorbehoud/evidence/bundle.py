"""The bundle: a folder that anybody can open, read and check with tools that every computer has.

A folder and not one file: `sha256sum`, `openssl ts`, `minisign` and replay tools all read files, and outside the
hashes of its files a folder holds nothing that could be changed unseen.  It is made beside its place and moved there
when it is whole.
"""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from ..core.errors import UserError
from ..evaluate.observation import Observation
from . import archive, stamp
from .manifest import LARGEST, NAME, SIGNATURE, STAMP, SUMS, Entry, Link, Manifest, Seen, dumps, loads, sums
from .signing import Signer


class Draft:
    """A bundle in the making, in a folder beside `out`; what is not sealed when the block ends is gone.

    Raises UserError where something stands at `out`, or where nothing can be written beside it.
    """

    def __init__(self, out: Path) -> None:
        if os.path.lexists(out):
            raise UserError(
                f"{out}: something stands there already. A bundle is never overwritten: give another name."
            )
        try:
            self._folder = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.absolute().parent))
        except OSError as error:
            raise _unmade(out, error) from error
        self._out = out
        self.entries: list[Entry] = []
        self.seen: list[Seen] = []

    def __enter__(self) -> "Draft":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def observe(self, observation: Observation, verdict: bytes) -> None:
        """Add an observation; `verdict` is the JSON document of its verdict."""
        path = f"archive/{archive.name_of(observation, len(self.seen) + 1)}"
        self.place(path, archive.write(observation, verdict, path.rpartition("/")[2]))
        concluded = observation.verdict
        self.seen.append(
            Seen(
                started=observation.started,
                finished=observation.finished,
                tool=observation.tool,
                rules=concluded.rules,
                archive=path,
                reachable=concluded.reachable,
                protected=concluded.protected,
                uses=tuple((use.use.value, use.strict.value) for use in concluded.uses),
            )
        )

    def place(self, path: str, content: bytes) -> None:
        """Add a file that the manifest lists."""
        self._write(path, content)
        self.entries.append(Entry.of(path, content))

    def seal(self, manifest: Manifest, signer: Signer | None, authority: str | None) -> Manifest:
        """Write the manifest of what was placed, have it stamped and signed, and move the bundle to its place; give it.

        `authority`: the address of a time-stamp authority.  Raises NoStampError where it gives none.
        """
        whole = replace(manifest, files=tuple(sorted(self.entries, key=lambda entry: entry.path)))
        body = dumps(whole)
        seals = {NAME: body}
        if authority is not None:
            seals[STAMP] = stamp.ask(authority, body)
        if signer is not None:
            seals[SIGNATURE] = signer.sign(body, whole.created, NAME)
        seals[SUMS] = sums([*self.entries, *(Entry.of(name, content) for name, content in seals.items())])
        for name, content in seals.items():
            self._write(name, content)
        mask = os.umask(0)
        os.umask(mask)
        self._folder.chmod(0o777 & ~mask)  # mkdtemp keeps everybody else out
        try:
            self._folder.rename(self._out)
        except OSError as error:
            raise _unmade(self._out, error) from error
        return whole

    def _write(self, path: str, content: bytes) -> None:
        place = self._folder / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        except OSError as error:
            raise _unmade(self._out, error) from error


def _unmade(out: Path, error: OSError) -> UserError:
    return UserError(f"{out}: cannot be made ({error.strerror}). Give another place.")


def link_to(folder: Path, site: str) -> Link:
    """Give the link to the bundle in `folder`, for the next one about `site`.  Raises UserError where it cannot be one."""
    body = b""
    with suppress(OSError), (folder / NAME).open("rb") as file:
        body = file.read(LARGEST)
    try:
        before = loads(body)
    except ValueError as error:
        raise UserError(
            f"{folder}: not a bundle with a readable manifest ({error}). Give the folder of the bundle before."
        ) from error
    if before.site != site:
        raise UserError(
            f"{folder}: a bundle about {before.site}, and this one is about {site}. A chain is about one site."
        )
    return Link(hashlib.sha256(body).hexdigest(), before.created, before.last_seen)
