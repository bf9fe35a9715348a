"""Mistakes of our own user.  A site's mistake is a Finding; our own mistake crashes."""

from collections.abc import Sequence
from dataclasses import dataclass


class UserError(Exception):
    """Something that our user can mend; the text says where, what and the way out.  The command ends with exit code 2."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a file of our user's; lines and columns count from 1, as an editor shows them."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class DeclarationError(UserError):
    """A declaration that cannot be used: every fault of it, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class PublishError(UserError):
    """A plan that must not be carried out; nothing was changed, or everything was rolled back."""
