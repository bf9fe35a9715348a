"""What every generator does at the end of a build."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from ..core.errors import PublishError
from ..publish import STATE, Note, apply, plan
from ..publish.manifest import tidy
from ..report.wire import printable
from ..workplace import read_declaration

Tell = Callable[[str], object]
"""What a generator's own log takes: one line."""


def publish_into(
    built: Path, project: Path, declaration: str | Path | None = None, *, lang: str = "en", tell: Tell
) -> int:
    """Put the declaration into the files of `built`; give how many of them changed, and `tell` what the maker should know.

    The declaration stands in `project` (the folder of the generator's settings) or above it, or where `declaration`
    says, seen from there.
    Raises UserError, after nothing or everything was written, where the reservation would not be as declared: for a
    declaration that cannot be used, and for a file of the maker's own that says something else.
    """
    path, wish = read_declaration(project, project / declaration if declaration else None)
    state = path.parent / STATE
    wanted = plan(wish, built, state, today=date.today())
    apply(wanted, state)
    tidy(state)  # what is built anew each time needs no way back to each time
    for note in wanted.notes:
        tell(_line(note, built, lang))
    if wanted.conflicts:
        raise PublishError("\n".join(_line(conflict, built, lang) for conflict in wanted.conflicts))
    return len(wanted.changes)


def _line(note: Note, built: Path, lang: str) -> str:
    root = built.resolve()
    name = note.path.relative_to(root).as_posix() if note.path.is_relative_to(root) else str(note.path)
    place = f"{name}:{note.line}" if note.line else name
    return f"{printable(place)}: {note.message.told(lang, printable)}"
