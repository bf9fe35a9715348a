"""What to say where a package of an extra is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..core.errors import UserError


@contextmanager
def needed(extra: str) -> Iterator[None]:
    """Turn a missing package into a UserError that names the command which installs it."""
    try:
        yield
    except ImportError as error:
        raise UserError(
            f"This needs {error.name}, which is not installed. Type: pip install 'voorbehoud[{extra}]'"
        ) from error
