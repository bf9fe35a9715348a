"""Shares of counted sites, with what chance may have done to them.

Source: E. B. Wilson, 1927, for the interval; where none or all count, the exact bound of the binomial distribution, one-sided.
The sites are taken as independent of each other, which those of one site builder are not: what the builder does befalls all.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

from .answer import Answer

Z = 1.959963984540054
"""Of the normal distribution: 95 % lie between -Z and Z."""

MISS = 0.05


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, and the ends of its 95 % interval.  Of nothing there is no share: all three are None."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def low(self) -> float | None:
        return None if not self.whole else self._bounds()[0]

    @property
    def high(self) -> float | None:
        return None if not self.whole else self._bounds()[1]

    def _bounds(self) -> tuple[float, float]:
        if self.part == 0:
            return 0.0, 1 - MISS ** (1 / self.whole)
        if self.part == self.whole:
            return MISS ** (1 / self.whole), 1.0
        share, spread = self.part / self.whole, Z * Z / self.whole
        middle = (share + spread / 2) / (1 + spread)
        reach = Z * sqrt(share * (1 - share) / self.whole + spread / self.whole / 4) / (1 + spread)
        return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(slots=True)
class Tally:
    """Sites by their answer.  `unfetched`: those of which nothing is known; they are in no share."""

    answers: dict[Answer, int] = field(default_factory=lambda: dict.fromkeys(Answer, 0))
    unfetched: int = 0

    def add(self, answer: Answer, *, fetched: bool) -> None:
        if fetched:
            self.answers[answer] += 1
        else:
            self.unfetched += 1

    def join(self, other: "Tally") -> None:
        """Add the sites of another."""
        for answer, number in other.answers.items():
            self.answers[answer] += number
        self.unfetched += other.unfetched

    @property
    def fetched(self) -> int:
        return sum(self.answers.values())

    @property
    def sites(self) -> int:
        return self.fetched + self.unfetched

    def share(self, answer: Answer) -> Share:
        """Give the share of the sites that could be fetched."""
        return Share(self.answers[answer], self.fetched)


def worst_first(tallies: Mapping[str, Tally]) -> Iterator[tuple[str, Tally]]:
    """Yield names and tallies, the one whose share of reserved sites is low beyond doubt first: by the upper end of its interval.

    So three sites that are all open do not stand before three hundred that are.  Where nothing was fetched comes last.
    """

    def order(item: tuple[str, Tally]) -> tuple[bool, float, int, str]:
        name, tally = item
        high = tally.share(Answer.RESERVED).high
        return high is None, high or 0.0, -tally.fetched, name

    return iter(sorted(tallies.items(), key=order))


def large_enough(tallies: Mapping[str, Tally], least: int) -> tuple[dict[str, Tally], Tally, int]:
    """Give the tallies that may be named, all others as one, and how many those are.

    What has fewer than `least` sites is not named.  Where all of those together are fewer still, the smallest others join
    them: else their number would follow from the total.
    """
    by_size: Sequence[str] = sorted(tallies, key=lambda name: (tallies[name].sites, name))
    rest, hidden = Tally(), 0
    for name in by_size:
        if tallies[name].sites >= least and (hidden == 0 or rest.sites >= least):
            break
        rest.join(tallies[name])
        hidden += 1
    return {name: tallies[name] for name in tallies if name not in by_size[:hidden]}, rest, hidden
