"""Where a maker's declaration stands, and how it is read from disk."""

from pathlib import Path

from .core.errors import UserError
from .declaration.load import load
from .declaration.model import Declaration

DECLARATION = "voorbehoud.yaml"


def find_declaration(folder: Path) -> Path | None:
    """Give the declaration for a folder: in it, or in the one above it."""
    places = (folder, folder.resolve().parent)
    return next((place / DECLARATION for place in places if (place / DECLARATION).is_file()), None)


def read_declaration(folder: Path, given: Path | None = None) -> tuple[Path, Declaration]:
    """Read the declaration of `folder`, or the one that the user names.  Raises UserError with the way out."""
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder. Give the folder with the files of your site.")
    path = given or find_declaration(folder)
    if path is None:
        raise UserError(
            f"{folder}: no {DECLARATION} here or in the folder above. Make one with: voorbehoud init {folder}"
        )
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}). Check the name and the permissions."
        ) from error
    return path, load(text, str(path))
