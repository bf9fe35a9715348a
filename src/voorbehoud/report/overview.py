"""What a run of visits comes to, counted as the sites go by: the figures that every form of the report prints."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..core.finding import Severity
from ..core.preference import Preference
from ..core.use import Use
from ..evaluate.drift import State
from ..evaluate.verdict import SignalState, SiteVerdict
from .answer import Answer, conclude
from .shares import Share, Tally, large_enough, worst_first

LEAST = 5
"""Sites that a group must have to be named in public."""

WORST_FIRST = (
    State.LOST, State.WEAKENED, State.DIVERGENT, State.BLOCKED_US, State.UNREACHABLE,
    State.CHANGED, State.PRESENT, State.ABSENT,
)  # fmt: skip
"""The order in which the states that sites came to are told."""

MOST_CHANGED = 200
"""Changed sites that the report for people names; the lists of sites name them all."""

MOST_UNFETCHED = 100

NEWS = frozenset({State.LOST, State.WEAKENED, State.DIVERGENT, State.UNREACHABLE, State.BLOCKED_US})
"""States that somebody has to look at."""


FOREMOST = {
    SignalState.BROKEN: 0,
    SignalState.PRESENT: 1,
    SignalState.UNDETERMINED: 2,
    SignalState.ABSENT: 3,
}
"""Which of the states of a signal at several places is told of the site."""


class Cut(StrEnum):
    """How the sites are divided.  A site is in one part of each, but carries several signals."""

    PLATFORM = "platform"
    NETWORK = "network"
    GROUP = "group"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Changed:
    """What the visit changed; `before`: when what was reserved was last seen whole."""

    state: State
    was: State
    severity: Severity
    before: datetime | None


@dataclass(frozen=True, slots=True)
class Site:
    """A site as the run found it.  `verdict` needs neither findings nor reasons; `worst` is the severity of the worst finding."""

    verdict: SiteVerdict
    member: str
    group: str
    platform: str
    network: str
    at: datetime
    worst: Severity | None
    changed: Changed | None

    @property
    def answer(self) -> Answer:
        return conclude(self.verdict).answer

    @property
    def signals(self) -> dict[str, SignalState]:
        """Each signal once: unusable where it is so anywhere, else present where it is present anywhere."""
        found: dict[str, SignalState] = {}
        for result in self.verdict.signals:
            known = found.get(result.signal)
            if known is None or FOREMOST[result.state] < FOREMOST[known]:
                found[result.signal] = result.state
        return found

    @property
    def says_no(self) -> frozenset[str]:
        """The signals that reserve mining or training somewhere on the site."""
        return frozenset(
            result.signal
            for result in self.verdict.signals
            if any(
                use in {Use.TDM, Use.TRAIN_AI} and preference is Preference.DISALLOWED
                for use, preference in result.uses
            )
        )


@dataclass(frozen=True, slots=True)
class Point:
    """One run in the course of time."""

    run: int
    at: datetime
    observed: int
    reserved: Share


@dataclass(frozen=True, slots=True)
class Round:
    """The run that is reported on.  `listed`: sites on its list; `given_up`: those that made each attempt fail."""

    number: int
    started: datetime
    finished: datetime | None
    listed: int
    given_up: int


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the sites.  `before`: its share of reserved sites in the run before; `broken`, `says_no`: of a signal only."""

    name: str
    tally: Tally
    before: Share | None = None
    course: tuple[Point, ...] = ()
    broken: int = 0
    says_no: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """One way to divide the sites, worst first.  `rest`: parts that are too small to be named, as one; `hidden`: how many those are."""

    cut: Cut
    rows: tuple[Row, ...]
    rest: Tally
    hidden: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that is told of many sites.  `public`: nobody is named in it, and no small group.

    `course`: oldest run first.  `turns`: how many sites came to which state since the run before; `since`: when that was.
    """

    round: Round
    public: bool
    total: Tally
    tables: tuple[Table, ...]
    course: tuple[Point, ...]
    turns: tuple[tuple[State, int], ...]
    since: datetime | None
    changed: tuple[Site, ...]
    unfetched: tuple[Site, ...]
    rules: tuple[str, ...]
    tool: str


Courses = Mapping[Cut, Mapping[str, tuple[Point, ...]]]


class Census:
    """Counts sites one by one, and keeps none of them but a few that people have to look at."""

    def __init__(self) -> None:
        self._total = Tally()
        self._by = {cut: defaultdict[str, Tally](Tally) for cut in Cut}
        self._broken = Counter[str]()
        self._says_no = Counter[str]()
        self._turns = Counter[State]()
        self._rules: set[str] = set()
        self._changed: list[Site] = []
        self._unfetched: list[Site] = []

    def counted(self, sites: Iterable[Site]) -> Iterator[Site]:
        """Yield the sites, each when it is counted."""
        for site in sites:
            self.add(site)
            yield site

    def add(self, site: Site) -> None:
        answer, fetched = site.answer, site.verdict.reachable
        signals = site.signals
        carried = [name for name, state in signals.items() if state in {SignalState.PRESENT, SignalState.BROKEN}]  # fmt: skip
        self._total.add(answer, fetched=fetched)
        parts = ((Cut.PLATFORM, site.platform), (Cut.NETWORK, site.network), (Cut.GROUP, site.group))
        for cut, name in (*parts, *((Cut.SIGNAL, name) for name in carried)):
            self._by[cut][name].add(answer, fetched=fetched)
        self._broken.update(name for name, state in signals.items() if state is SignalState.BROKEN)
        self._says_no.update(site.says_no)
        self._rules.add(site.verdict.rules)
        if site.changed is not None:
            self._turns[site.changed.state] += 1
            if site.changed.state in NEWS:
                self._changed.append(site)
                if len(self._changed) > 2 * MOST_CHANGED:
                    self._changed = _gravest(self._changed)
        if not fetched and len(self._unfetched) < MOST_UNFETCHED:
            self._unfetched.append(site)

    def overview(
        self,
        about: Round,
        *,
        course: tuple[Point, ...],
        courses: Courses,
        since: datetime | None,
        tool: str,
        public: bool,
    ) -> Overview:
        """Give the figures.  `courses`: earlier and this run, for parts of each cut; `since`: when the run before began."""
        return Overview(
            round=about,
            public=public,
            total=self._total,
            tables=tuple(self._table(cut, courses.get(cut, {}), about, public=public) for cut in Cut),
            course=tuple(point for point in course if not public or point.observed >= LEAST),
            turns=tuple((state, self._turns[state]) for state in WORST_FIRST if self._turns[state]),
            since=since,
            changed=() if public else tuple(_gravest(self._changed)),
            unfetched=() if public else tuple(self._unfetched),
            rules=tuple(sorted(self._rules)),
            tool=tool,
        )

    def _table(
        self, cut: Cut, courses: Mapping[str, tuple[Point, ...]], about: Round, *, public: bool
    ) -> Table:
        tallies: Mapping[str, Tally] = self._by[cut]
        rest, hidden = Tally(), 0
        if (
            public and cut is Cut.SIGNAL
        ):  # a site carries several: what is left out cannot be worked out from a total
            tallies = {name: tally for name, tally in tallies.items() if tally.sites >= LEAST}
        elif public:
            tallies, rest, hidden = large_enough(tallies, LEAST)
        rows = []
        for name, tally in worst_first(tallies):
            course = tuple(p for p in courses.get(name, ()) if not public or p.observed >= LEAST)
            before = next((p.reserved for p in reversed(course) if p.run != about.number), None)
            rows.append(Row(name, tally, before, course, self._broken[name], self._says_no[name]))
        return Table(cut, tuple(rows), rest, hidden)


def _gravest(changed: list[Site]) -> list[Site]:
    return sorted(changed, key=lambda site: -site.changed.severity.weight if site.changed else 0)[
        :MOST_CHANGED
    ]
