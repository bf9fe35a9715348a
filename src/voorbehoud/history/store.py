"""The store of thousands of sites: one object for whoever crawls, reports, warns or proves."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from ..core.member import Member
from ..evaluate.observation import Observation
from ..evaluate.verdict import SiteVerdict
from . import again, forget, ledger, roll, worker
from . import changes as outbox
from .changes import Change, Stuck
from .counts import RunCount, counts
from .database import connect, make_ready, together, writing
from .keep import Keeper
from .ledger import Progress, Run
from .packed import Packed, pack
from .past import Past, Standing
from .roll import By, Part, Seen

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_store(address: str, *, create: bool = True, now: Clock = utc_now) -> "Store":
    """Give the store at `address`: the path of a SQLite file, or `postgresql://user@host/database`.

    It is made where it is not there and `create` says so, and brought up to date where an earlier version made it.
    Raises UserError, with the way out, where there is none, it is something else, or a newer program wrote it.
    """
    engine = connect(address, create=create)
    try:
        make_ready(engine, address, now(), create=create)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, now)


class Store:
    """Not to be shared between threads.  What is written is safe on the disk of the database when a method returns.

    As a context manager it gives back, at the end, what it had claimed.
    """

    def __init__(self, engine: Engine, now: Clock) -> None:
        self._engine = engine
        self._now = now
        self._past = Past(engine)
        self._keeper = Keeper(engine, self._past)
        self._worker: int | None = None
        self._attempt = True  # whether a claim counts as an attempt
        self._claims: dict[int, dict[str, int]] = {}  # of each run: the numbers of the sites that we hold

    # ---- the ledger --------------------------------------------------------------------------------------------------
    def begin(self, members: Iterable[Member], *, fresh: bool = False) -> Run:
        """Give the unfinished run, with `members` added to it; where there is none, or `fresh` ends it, a new run.

        One that began more than two days ago is ended as well: its sites are looked at anew.
        `members` may be long: it is read in one go and never held whole.  Raises UserError where it is empty.
        """
        with writing(self._engine) as connection:
            return ledger.begin(connection, members, self._now(), fresh=fresh)

    def unfinished(self) -> Run | None:
        """Give the run that has sites left, if any."""
        with self._engine.connect() as connection:
            return ledger.unfinished(connection)

    def claim(self, run: Run, count: int, *, attempt: bool = True) -> tuple[Member, ...]:
        """Give up to `count` sites that are now this process's to look at, and no other's.

        Empty: there is nothing for us now.  While we still hold sites it can be otherwise later: a site that a
        process died with is given only to one that holds nothing else.  Who holds nothing and gets nothing is done.

        `attempt` False: whoever claims does not read the sites itself but has a process that may die of one, and will say so
        with `hand_back`; that this process is killed is then no fault of a site.
        """
        me = self._me()
        with writing(self._engine) as connection:
            worker.alive(connection, me, self._now())
            found = ledger.claim(connection, run, me, count, self._now(), attempt=attempt)
        self._attempt = attempt
        self._claims.setdefault(run.id, {}).update({member.site: number for number, member in found.items()})
        return tuple(found.values())

    def keep(self, run: Run, observations: Sequence[Observation | Packed]) -> int:
        """Store observations and mark their sites as done, in one transaction; give how many were kept.

        Only sites that this process has claimed are kept, at most one observation of each.
        """
        held = self._claims.get(run.id, {})
        seen = {
            held[o.site]: pack(o) if isinstance(o, Observation) else o for o in observations if o.site in held
        }
        if not seen:
            return 0
        kept = self._keeper.keep(run, self._me(), seen, self._now())
        for observation in observations:
            held.pop(observation.site, None)
        return len(kept)

    def hand_back(self, run: Run, sites: Iterable[str] | None = None, *, blame: int = 0) -> None:
        """Let go of claimed sites, of all where `sites` is None, so that anybody can take them at once.

        `blame`: how many attempts failed because of the site and count; after three it is given up.
        """
        held = self._claims.get(run.id, {})
        chosen = set(held) if sites is None else held.keys() & set(sites)
        if self._worker is None or not chosen:
            return
        with writing(self._engine) as connection:
            together(connection)
            for batch in ledger.batches([held[site] for site in chosen]):
                ledger.hand_back(connection, run, self._worker, batch, blame=blame, attempt=self._attempt)
            ledger.finish(connection, run, self._now())
        for site in chosen:
            del held[site]

    def progress(self, run: Run) -> Progress:
        """Give how many sites of a run stand where."""
        with self._engine.connect() as connection:
            return ledger.progress(connection, run)

    def given_up(self, run: Run) -> tuple[Member, ...]:
        """Give the sites of a run that were given up: each of three processes that looked at one of them died of it."""
        with self._engine.connect() as connection:
            return tuple(ledger.given_up(connection, run))

    # ---- the past ----------------------------------------------------------------------------------------------------
    def standings(self, run: Run | None = None) -> Iterator[Standing]:
        """Yield the latest standing of each site that was observed, or those of one run."""
        return self._past.standings(run)

    def verdicts(self, run: Run | None = None) -> Iterator[tuple[Standing, SiteVerdict]]:
        """Yield the same with the whole verdict: signals, resources, findings."""
        return self._past.verdicts(run)

    def timeline(self, site: str) -> Iterator[Standing]:
        """Yield every standing of a site, oldest first."""
        return self._past.timeline(site)

    def observations(
        self, site: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Observation]:
        """Yield what was seen of a site with every capture, oldest first; `since` is included, `until` is not."""
        return self._past.observations(site, since, until)

    def runs(self) -> tuple[RunCount, ...]:
        """Give every run in numbers, oldest first."""
        return counts(self._engine)

    def roll(self, run: Run) -> Iterator[Seen]:
        """Yield the sites that were observed in a run, each with the verdict (without its reasons) and what changed: for counting."""
        return roll.roll(self._engine, run)

    def parts(self, by: By, runs: Sequence[Run]) -> tuple[Part, ...]:
        """Give the sites of each of `runs` in numbers, counted by platform, address or group."""
        return roll.parts(self._engine, by, runs)

    def newest(self, site: str) -> tuple[Standing, SiteVerdict] | None:
        """Give what a site came to when it was observed last, with the whole verdict; None where it never was."""
        return roll.newest(self._engine, self._past, site)

    def sites_of(self, member: str) -> tuple[Member, ...]:
        """Give the sites that the lists gave to a member."""
        return roll.sites_of(self._engine, member)

    def verdict(self, observation: int) -> SiteVerdict:
        """Give the whole verdict that an observation got when it was made, by its number."""
        return self._past.verdict(observation)

    def rejudge(self, site: str | None = None, *, latest: bool = False) -> Iterator[int]:
        """Judge what was seen by today's rules, and keep that beside the verdict of then; yield each observation's number when done.

        `site`: only its own; `latest`: only the newest of each.  What was judged by these rules already is left out.
        """
        return again.rejudge(self._engine, self._past, self._keeper, self._now(), site=site, latest=latest)

    def judged_again(self, site: str | None = None) -> Iterator[Standing]:
        """Yield what observations came to when they were judged again: `rules` says by which."""
        return self._past.judged_again(site)

    def forget(self, site: str) -> int | None:
        """Delete everything that is kept of a site, and what only it had sent; give how many visits that was.

        None: it is not known.  Raises UserError while somebody else works at the store.  What a list still holds is visited again.
        """
        visits = forget.forget(self._engine, site, self._worker, self._now())
        self._keeper = Keeper(self._engine, self._past)  # the old one remembers what stood on the shelves
        return visits

    # ---- what changed ------------------------------------------------------------------------------------------------
    def changes(
        self, since: datetime | None = None, until: datetime | None = None, site: str | None = None
    ) -> Iterator[Change]:
        """Yield what changed, in the order in which it was found; `since` is included, `until` is not."""
        return outbox.changes(self._engine, since, until, site)

    def newest_changes(self, count: int) -> tuple[Change, ...]:
        """Give the `count` changes that were found last, the newest first."""
        return outbox.newest(self._engine, count)

    def pending(
        self, channel: str, limit: int = 1_000, since: datetime | None = None, member: str | None = None
    ) -> tuple[Change, ...]:
        """Give changes that `channel` (a name of the caller's) was not told and that may be tried now: what one message tells.

        What was tried before comes back as it was tried together, before anything else; what was not, up to `limit` at once.
        They are the caller's for fifteen minutes: `delivered` or `failed` says how it went; else they are pending again.
        `since`: leaves out what was found before.  `member`: only what befell their sites.
        """
        return outbox.pending(self._engine, channel, self._now(), limit, since, member)

    def due(
        self, channel: str, limit: int = 1_000, since: datetime | None = None, member: str | None = None
    ) -> tuple[tuple[Change, ...], ...]:
        """Give what `pending` would give, message after message, and leave it there for others."""
        return outbox.due(self._engine, channel, self._now(), limit, since, member)

    def members_to_tell(self, channel: str, since: datetime | None = None) -> tuple[str, ...]:
        """Give the members for whom something is pending on a channel that is claimed member by member."""
        return outbox.members(self._engine, channel, self._now(), since)

    def hurry(self, channel: str) -> None:
        """Let what failed on a channel be tried at once."""
        outbox.hurry(self._engine, channel, self._now())

    def revive(self, channel: str, members: Collection[str], error: str) -> None:
        """Let what a channel was given up on for `error` be tried again, where it befell sites of `members`."""
        outbox.revive(self._engine, channel, members, error, self._now())

    def stuck(self, channel: str) -> tuple[Stuck, ...]:
        """Give what a channel could not be told so far, and why."""
        return outbox.stuck(self._engine, channel)

    def delivered(self, channel: str, told: Sequence[Change]) -> None:
        """Note that a channel was told: these changes are never pending for it again."""
        outbox.delivered(self._engine, channel, told)

    def failed(self, channel: str, told: Sequence[Change], error: str, again: datetime | None) -> None:
        """Note that sending failed, and when it may be tried again; None: never."""
        outbox.failed(self._engine, channel, told, error, again)

    def attempts(self, channel: str, told: Sequence[Change]) -> dict[int, int]:
        """Give how often each change was tried on a channel, by its number."""
        return outbox.attempts(self._engine, channel, told)

    # ---- the end -----------------------------------------------------------------------------------------------------
    def close(self) -> None:
        """Hand back what is still claimed, and let go of the database."""
        for number in list(self._claims):
            with self._engine.connect() as connection:
                run = ledger.run_of(connection, number)
            self.hand_back(run)
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _me(self) -> int:
        if self._worker is None:
            with writing(self._engine) as connection:
                number = worker.enlist(connection, self._now())
            self._worker = number
        return self._worker
