"""Usage preferences of IETF AIPREF (`train-ai=n, ai-use=n, search=y`): the value that a header and a robots.txt line share.

Spec: draft-ietf-aipref-vocab-08, sections 4 to 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from ..core.preference import Preference
from ..core.use import LEGACY_AIPREF, TERMS, Use
from .structured import Slip, parse_dictionary

LABELS = {label: uses[0] for label, uses in TERMS["aipref"].items()}
VALUES = {"y": Preference.ALLOWED, "n": Preference.DISALLOWED}
SUGGESTED = "train-ai=n, ai-use=n, search=y"

# What people write for `n` and `y`.  Only a refusal is ever taken from such a word: a favourable reader invents no permission.
_NO = frozenset({"n", "no", "?0", "false", "0"})
_YES = frozenset({"y", "yes", "?1", "true", "1"})


class Fault(StrEnum):
    """What is wrong with a statement."""

    UNREADABLE = "unreadable"  # no dictionary: nothing in it counts
    VALUE = "value"  # a known label with something else than y or n
    PARAMETER = "parameter"  # `;` where a comma was meant
    DUPLICATE = "duplicate"  # the last one counts
    LEGACY = "legacy"  # a label of an earlier draft
    UNKNOWN = "unknown"  # a label of no draft


@dataclass(frozen=True, slots=True)
class Flaw:
    """A fault, and what to quote: the reason, the member or the label."""

    fault: Fault
    quote: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One statement.  `said`: what a literal reader finds.  `refused`: the uses that a favourable reader takes as refused.

    `corrected`: the same statement as it should be written.
    """

    said: tuple[tuple[Use, Preference], ...]
    refused: frozenset[Use]
    flaws: tuple[Flaw, ...]
    corrected: str

    def preference(self, use: Use) -> Preference:
        return dict(self.said).get(use, Preference.UNKNOWN)


@lru_cache(maxsize=1024)
def usage(statement: str) -> Usage:
    """Read one statement.  Never raises; what cannot be read says nothing, and `flaws` tells why.

    Only the tokens y and n mean something; parameters and unknown labels are ignored; of duplicates the last one counts.
    Source: draft-ietf-aipref-vocab-08, section 6.
    """
    found = parse_dictionary(statement)
    said = {
        LABELS[member.key]: VALUES[member.token]
        for member in found.members
        if member.key in LABELS and member.token in VALUES
    }
    flaws: list[Flaw] = []
    if found.reason is not None:
        flaws.append(Flaw(Fault.UNREADABLE, _why(found.slips, found.reason)))
    wrong = (m for m in found.members if m.key in LABELS and m.token not in VALUES)
    flaws.extend(Flaw(Fault.VALUE, f"{member.key}={member.shown}") for member in wrong)
    parameters = {parameter for member in found.members for parameter in member.parameters}
    if parameters & (LABELS.keys() | LEGACY_AIPREF):  # any other parameter is somebody's extension
        flaws.append(Flaw(Fault.PARAMETER, statement))
    if Slip.DUPLICATE_KEY in found.slips:
        flaws.append(Flaw(Fault.DUPLICATE, statement))
    labels = dict.fromkeys([member.key for member in found.members] + [key for key, _ in found.meant])
    flaws.extend(Flaw(Fault.LEGACY, label) for label in labels if label in LEGACY_AIPREF)
    flaws.extend(
        Flaw(Fault.UNKNOWN, m.key) for m in found.members if m.key not in LABELS.keys() | LEGACY_AIPREF
    )
    meant = tuple(_meant(found.meant))
    refused = frozenset(use for use, preference in meant if preference is Preference.DISALLOWED)
    return Usage(
        said=tuple((use, said[use]) for use in LABELS.values() if use in said),
        refused=refused,
        flaws=tuple(flaws),
        corrected=usage_text(meant) or SUGGESTED,
    )


def usage_text(said: tuple[tuple[Use, Preference], ...]) -> str:
    """Give a statement that says this, in the order of the labels; of duplicates the strictest; UNKNOWN is left out."""
    strictest: dict[Use, Preference] = {}
    for use, preference in said:
        strictest[use] = max(preference, strictest.get(use, Preference.UNKNOWN))
    letters = {preference: letter for letter, preference in VALUES.items()}
    return ", ".join(
        f"{label}={letters[strictest[use]]}" for label, use in LABELS.items() if strictest.get(use) in letters
    )


def _meant(pairs: tuple[tuple[str, str], ...]) -> Iterator[tuple[Use, Preference]]:
    for label, value in pairs:
        word = value.lower()
        if label in LABELS and word in _NO | _YES:
            yield LABELS[label], Preference.DISALLOWED if word in _NO else Preference.ALLOWED


_REASONS = {
    Slip.UPPER_CASE_KEY: "labels must be in lower case",
    Slip.SPACE_AROUND_EQUALS: "there must be no space around =",
    Slip.MISSING_COMMA: "a comma is missing between two preferences",
    Slip.STRAY_COMMA: "there is a comma too many",
}


def _why(slips: tuple[Slip, ...], reason: str) -> str:
    return "; ".join(_REASONS[slip] for slip in slips if slip in _REASONS) or reason
