"""The two laws: inside a family its specification ranks the layers; between families the most restrictive wins."""

from collections.abc import Collection, Iterable

from ..core.preference import Preference, combine
from ..core.statement import Audience, Reading, Statement
from ..core.use import Use


def heard(found: Iterable[Statement], reading: Reading, *audiences: Audience) -> tuple[Statement, ...]:
    """Give the statements that a reader of that kind hears; all audiences where none is named."""
    return tuple(
        s for s in found if s.reading.heard_in(reading) and (not audiences or s.audience in audiences)
    )


def standing(use: Use, found: Collection[Statement]) -> tuple[Statement, ...]:
    """Give the statements on `use` that no higher layer of their own family overrules.

    Source: TDMRep, "Processing priority" (file < header < page < embedded).
    """
    said = [s for s in found if s.use is use]
    top = {s.family: max(t.rank for t in said if t.family == s.family) for s in said}
    return tuple(s for s in said if s.rank == top[s.family])


def effective(use: Use, found: Collection[Statement]) -> Preference:
    """Say what all statements about one resource amount to for one use.

    A reserved `tdm` entails a reserved `train-ai` (core/use.py).
    Source: TDMRep, "Processing priority"; draft-ietf-aipref-vocab-08, section 5.1.
    """
    return combine(s.preference for s in bearing(use, found))


def bearing(use: Use, found: Collection[Statement]) -> tuple[Statement, ...]:
    """Give the standing statements that bear on `use`: those about it, and a reservation of all mining where that contains it."""
    own = standing(use, found)
    if use is not Use.TRAIN_AI:
        return own
    mining = standing(Use.TDM, found)
    if combine(s.preference for s in mining) is not Preference.DISALLOWED:
        return own
    return own + tuple(s for s in mining if s.preference is Preference.DISALLOWED)
