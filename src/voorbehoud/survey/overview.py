"""A run out of the store becomes the report of a union: read site by site, counted, told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from ..core.errors import UserError
from ..history import By, Part, Run, Seen, Store
from ..report.network import network
from ..report.overview import LEAST, Census, Changed, Cut, Overview, Point, Round, Site
from ..report.shares import Share

MOST_RUNS = 26
"""Runs that the report looks back over: half a year of weeks."""

CUTS = ((Cut.PLATFORM, By.PLATFORM), (Cut.NETWORK, By.ADDRESS), (Cut.GROUP, By.GROUP))


@dataclass(frozen=True, slots=True)
class Survey:
    """A run that is reported on, and the runs before it, oldest first, it included."""

    store: Store
    run: Run
    course: tuple[Run, ...]

    def sites(self) -> Iterator[Site]:
        """Yield every site that was visited in the run."""
        return map(site_of, self.store.roll(self.run))

    def told(self, *, public: bool) -> Overview:
        """Give the figures; the sites go by, and none is kept."""
        census = Census()
        for site in self.sites():
            census.add(site)
        return self.overview(census, public=public)

    def overview(self, census: Census, *, public: bool) -> Overview:
        """Give the figures, when all sites went through `census`.  Raises UserError where too few did for a public report."""
        counts = {count.run.id: count for count in self.store.runs()}
        here = counts[self.run.id]
        if public and here.observed < LEAST:
            raise UserError(
                f"--public: {here.observed} sites were visited in this run, and of fewer than {LEAST} a report would "
                "tell who they are. Leave out --public, for your own eyes."
            )
        progress = self.store.progress(self.run)
        earlier = [run for run in self.course if run.id != self.run.id]
        return census.overview(
            Round(self.run.id, self.run.started, self.run.finished, progress.total, here.given_up),
            course=tuple(
                Point(
                    run.id,
                    run.started,
                    counts[run.id].observed,
                    Share(counts[run.id].protected, counts[run.id].observed - counts[run.id].unreachable),
                )
                for run in self.course
            ),
            courses={cut: _courses(self.store.parts(by, self.course), self.course, cut) for cut, by in CUTS},
            since=earlier[-1].started if earlier else None,
            tool=version("voorbehoud"),
            public=public,
        )


def survey(store: Store, number: int | None = None) -> Survey:
    """Give what is to be told of a run, by its number; None: of the newest that is finished, else of the newest.

    Raises UserError where there is none.
    """
    counts = [count for count in store.runs() if count.observed]
    if not counts:
        raise UserError(
            "The store holds no visit yet. Begin with: voorbehoud crawl members.csv --store members.db"
        )
    if number is None:
        finished = [count for count in counts if count.run.finished is not None]
        chosen = (finished or counts)[-1].run
    else:
        known = {count.run.id: count.run for count in counts}
        if number not in known:
            raise UserError(
                f"--run {number}: there is no such run with visits. Known: {', '.join(map(str, list(known)[-20:]))}."
            )
        chosen = known[number]
    course = [count.run for count in counts if count.run.id <= chosen.id]
    return Survey(store, chosen, tuple(course[-MOST_RUNS:]))


def site_of(seen: Seen) -> Site:
    standing, turn = seen.standing, seen.turn
    return Site(
        verdict=seen.verdict,
        member=standing.member.member,
        group=standing.member.group,
        platform=standing.platform,
        network=network(standing.address),
        at=standing.at,
        worst=standing.worst,
        changed=None if turn is None else Changed(turn.state, turn.was, turn.severity, turn.before),
    )


def _courses(parts: Sequence[Part], runs: Sequence[Run], cut: Cut) -> dict[str, tuple[Point, ...]]:
    """Give the course of each part; addresses are gathered into their networks."""
    summed: dict[tuple[str, int], list[int]] = {}
    for part in parts:
        name = network(part.value) if cut is Cut.NETWORK else part.value
        sums = summed.setdefault((name, part.run), [0, 0, 0])
        for index, number in enumerate((part.observed, part.reachable, part.protected)):
            sums[index] += number
    found: dict[str, list[Point]] = {}
    names = dict.fromkeys(name for name, _ in summed)
    for name in names:
        for run in runs:
            if (sums_of := summed.get((name, run.id))) is not None:
                observed, reachable, protected = sums_of
                found.setdefault(name, []).append(
                    Point(run.id, run.started, observed, Share(protected, reachable))
                )
    return {name: tuple(points) for name, points in found.items()}
