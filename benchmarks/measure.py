"""CPU times of two ways to get one answer, taken in turns."""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5
SHORTEST = 0.05  # seconds of CPU a round; below that the clock itself is part of the figure


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a result.  Times in microseconds of CPU; `floor`: the ratio that is promised, None where none is."""

    what: str
    against: str
    ours: float
    theirs: float
    floor: float | None = None

    @property
    def ratio(self) -> float:
        return self.theirs / self.ours

    def __str__(self) -> str:
        promised = "" if self.floor is None else f"{self.floor:g}x"
        return f"| {self.what} | {self.against} | {self.theirs:,.0f} | {self.ours:,.1f} | {self.ratio:,.1f}x | {promised} |"


HEADINGS = "| what | against | theirs, µs | ours, µs | ratio | floor |\n|---|---|---:|---:|---:|---:|"


@dataclass(frozen=True, slots=True)
class Growth:
    """CPU microseconds of one parser for inputs that double in size."""

    what: str
    sizes: tuple[int, ...]
    times: tuple[float, ...]

    @property
    def per_doubling(self) -> float:
        """What doubling the input multiplies the time by, over the whole range: 2 is linear, 4 quadratic."""
        return float((self.times[-1] / self.times[0]) ** (1 / (len(self.times) - 1)))

    def __str__(self) -> str:
        measured = ", ".join(f"{time:,.0f}" for time in self.times)
        sizes = f"{self.sizes[0] / 1000:,.0f} to {self.sizes[-1] / 1000:,.0f} KB"
        return f"| {self.what} | {sizes} | {measured} | {self.per_doubling:.2f} |"


GROWTH_HEADINGS = (
    "| parser, and what it reads | sizes | µs, each twice the input | a doubling costs |\n|---|---|---|---:|"
)


def side_by_side(
    what: str,
    ours: Callable[[], object],
    peers: Sequence[tuple[str, Callable[[], object], float | None]],
    quick: bool,
) -> Iterator[Row]:
    """Yield a row for each peer (name, call, floor).

    Raises AssertionError where a peer gives another answer than we do: nothing is measured then.  All sides take turns in
    each of five rounds, and the median of a side counts.  `quick`: one call each, to see that it runs.
    """
    answer = ours()
    for name, peer, _ in peers:
        if peer() != answer:
            raise AssertionError(f"{what}: {name} gives another answer")
    calls = (ours, *(peer for _, peer, _ in peers))
    mine, *others = _medians(calls, quick)
    for (name, _, floor), theirs in zip(peers, others, strict=True):
        yield Row(what, name, mine, theirs, floor)


def growth(
    what: str,
    read: Callable[[bytes], object],
    make: Callable[[int], bytes],
    sizes: Sequence[int],
    quick: bool,
) -> Growth:
    """Give the times of `read` for what `make` gives for each of `sizes` (bytes), the sizes taken in turns."""
    bodies = [make(size) for size in sizes]
    calls = [lambda body=body: read(body) for body in bodies]
    return Growth(what, tuple(map(len, bodies)), tuple(_medians(calls, quick)))


def _medians(calls: Iterable[Callable[[], object]], quick: bool) -> list[float]:
    """Give the median microseconds of CPU of one call, for each of `calls`."""
    repeated = [(call, 1 if quick else _times(call)) for call in calls]
    rounds = [[_round(call, times) for call, times in repeated] for _ in range(1 if quick else ROUNDS)]
    return [median(column) for column in zip(*rounds, strict=True)]


def _times(call: Callable[[], object]) -> int:
    times = 1
    while (took := _round(call, times) * times / 1e6) < SHORTEST:
        times = max(2 * times, int(1.2 * times * SHORTEST / max(took, 1e-6)) if took > SHORTEST / 20 else 0)
    return times


def _round(call: Callable[[], object], times: int) -> float:
    gc.collect()
    call()  # what the side before left behind is cleared away by now: lxml's freed trees cost the next one 30 ms
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times * 1e6
