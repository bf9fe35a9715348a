"""One run over a list: sites are claimed, observed and kept, until none is left.

The store alone knows what is done.  Whatever dies, the same command goes on where it was.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from time import monotonic

from ..core.member import Member
from ..fetch.settings import Settings
from ..history import Progress, Run, Store
from ..history.packed import Packed
from .observe import Casualty, Supply, observe

AT_ONCE = 64
"""Observations that are kept in one transaction."""

LONGEST = 1.0
"""Seconds that an observation waits for others, to be kept together with them."""

MOST_IN_VAIN = 5
"""Child processes in a row that end before anything was observed; then the mistake is ours and not a site's."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A site that three processes died of, and what the last one said, where that was in this crawl."""

    member: Member
    words: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a run.  `unreachable`: sites of which no page was received."""

    run: Run
    progress: Progress
    observed: int
    protected: int
    unreachable: int
    given_up: tuple[GivenUp, ...]


@dataclass(slots=True)
class News:
    """What a crawl has done since it was started: for a progress bar.  `lost`: sites whose process died, to be tried again."""

    progress: Progress
    here: int = 0
    protected: int = 0
    unreachable: int = 0
    lost: int = 0
    words: dict[str, str] = field(default_factory=dict)


Tell = Callable[[News], None]
Observe = Callable[[Supply, Settings], Generator[Packed | Casualty | None, None, None]]


class UnaccountedError(Exception):
    """A crawl ended and some of its sites are neither done nor given up: our own mistake."""


def crawl(
    store: Store,
    members: Iterable[Member],
    settings: Settings,
    *,
    fresh: bool = False,
    tell: Tell | None = None,
    observe: Observe = observe,
) -> Summary:
    """Bring the unfinished run to its end, `members` added to it, or a new one; give what became of it.

    `tell` is called now and then.  On Ctrl-C what was observed is kept, and the rest is there for the next crawl.
    Raises UnaccountedError where a site was lost.
    """
    run = store.begin(members, fresh=fresh)
    driver = _Driver(store, run, settings, tell or (lambda _: None))
    driver.work(observe)
    return driver.summary()


class _Driver:
    """Hands sites out and commits what comes back.  It parses nothing of a site, so that none can take it down."""

    def __init__(self, store: Store, run: Run, settings: Settings, tell: Tell) -> None:
        self._store = store
        self._run = run
        self._settings = settings
        self._tell = tell
        self._held: set[str] = set()
        self._seen: list[Packed] = []
        self._since = 0.0
        self._told = 0.0
        self._news = News(store.progress(run))
        self._waiting = self._news.progress.waiting > 0

    def work(self, observe: Observe) -> None:
        in_vain = 0
        while self._waiting:
            before = self._news.here
            try:
                with closing(observe(self._supply, self._settings)) as found:
                    for item in found:
                        self._take(item)
            finally:
                self._keep()
            in_vain = 0 if self._news.here > before or not self._waiting else in_vain + 1
            if in_vain == MOST_IN_VAIN:
                words = "\n".join(list(self._news.words.values())[-1:])
                raise RuntimeError(f"{MOST_IN_VAIN} processes in a row observed nothing\n{words}")

    def _supply(self, number: int) -> Sequence[Member] | None:
        found = self._store.claim(self._run, number, attempt=False)
        if not found and self._seen:
            self._keep()
            found = self._store.claim(self._run, number, attempt=False)
        self._held.update(member.site for member in found)
        if found or self._held:
            return found
        self._waiting = False
        return None

    def _take(self, item: Packed | Casualty | None) -> None:
        if isinstance(item, Packed):
            if not self._seen:
                self._since = monotonic()
            self._seen.append(item)
        elif isinstance(item, Casualty):
            self._let_go(item)
        if len(self._seen) >= AT_ONCE or (self._seen and monotonic() - self._since > LONGEST):
            self._keep()
        elif item is None:
            self._say()

    def _let_go(self, casualty: Casualty) -> None:
        self._news.lost += len(casualty.suspects)
        self._news.words.update(dict.fromkeys(casualty.suspects, casualty.words))
        self._store.hand_back(self._run, casualty.suspects, blame=casualty.attempts)
        self._store.hand_back(self._run, casualty.untouched)
        self._held.difference_update(casualty.suspects, casualty.untouched)

    def _keep(self) -> None:
        if not self._seen:
            return
        seen = self._seen
        self._store.keep(self._run, seen)
        self._seen = []
        self._held.difference_update(observation.site for observation in seen)
        self._news.here += len(seen)
        self._news.protected += sum(observation.protected for observation in seen)
        self._news.unreachable += sum(not observation.reachable for observation in seen)
        self._say()

    def _say(self) -> None:
        if monotonic() - self._told >= LONGEST:
            self._told = monotonic()
            self._news.progress = self._store.progress(self._run)
            self._tell(self._news)

    def summary(self) -> Summary:
        progress = self._news.progress = self._store.progress(self._run)
        self._tell(self._news)
        gone = self._store.given_up(self._run)
        if self._held or (progress.waiting and not progress.claimed) or progress.given_up != len(gone):
            raise UnaccountedError(
                f"of {progress.total} sites {progress.done} are done and {progress.given_up} given up; {progress.waiting} wait, "
                f"{progress.claimed} are with another process, {len(self._held)} were handed out here and did not come back"
            )
        numbers = next(count for count in self._store.runs() if count.run.id == self._run.id)
        words = self._news.words
        return Summary(
            self._run,
            progress,
            numbers.observed,
            numbers.protected,
            numbers.unreachable,
            tuple(GivenUp(member, words.get(member.site, "")) for member in gone),
        )
