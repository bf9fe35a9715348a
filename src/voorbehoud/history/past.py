"""What the store says of sites, now and earlier: read in pages, so that memory stays flat and no writer is held up."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import starmap
from typing import Any

from sqlalchemy import Engine, Row, Select, Table, select

from ..core.finding import Rule, Severity
from ..core.member import Member
from ..core.statement import Audience
from ..core.use import Use
from ..evaluate.observation import Observation
from ..evaluate.verdict import SiteVerdict, Verdict
from . import codec
from .ledger import Run, member_of
from .marks import held, moment, read, stamp
from .rows import capture_of, uses_of
from .tables import BODY, CAPTURE, HEADERS, JUDGEMENT, OBSERVATION, RULE, SITE, VERDICT, verdict_columns

PAGE = 500
"""Sites or observations that one query reads."""


@dataclass(frozen=True, slots=True)
class UseStanding:
    """The verdict of a site for one use, without its reasons."""

    use: Use
    strict: Verdict
    protective: Verdict
    audience: Audience | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What one observation of a site came to.

    `member`: as the newest list has it.  `observation`: the number of it in the store; `at`: when it began; `run`: the number of its run.
    `platform`: the first that was recognised, else empty.  `address`: the IP address that answered.  `worst`: None: nothing was found.
    """

    member: Member
    observation: int
    run: int
    at: datetime
    rules: str
    tool: str
    protected: bool
    reachable: bool
    contradictory: bool
    worst: Severity | None
    platform: str
    address: str | None
    uses: tuple[UseStanding, ...]

    def use(self, use: Use) -> UseStanding:
        return next(said for said in self.uses if said.use is use)


class Past:
    """Reads a store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rule = lru_cache(maxsize=4_096)(self._read_rule)

    # ---- standings ---------------------------------------------------------------------------------------------------
    def standings(self, run: Run | None = None) -> Iterator[Standing]:
        """Yield the latest standing of each site, or that of a run, in the order in which sites were first listed."""
        for row in self._latest(run, ()):
            yield standing_of(row)

    def verdicts(self, run: Run | None = None) -> Iterator[tuple[Standing, SiteVerdict]]:
        """Yield the standings with the whole verdict of each."""
        for row in self._latest(run, (VERDICT.c.packed,)):
            yield standing_of(row), self.verdict_of(row)

    def timeline(self, site: str) -> Iterator[Standing]:
        """Yield every standing of a site (an origin in wire form), oldest first."""
        for row in self._of_site(site, None, None, ()):
            yield standing_of(row)

    def observations(
        self, site: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Observation]:
        """Yield what was seen of a site, whole, oldest first; those that began at `since` or later and before `until`."""
        for row in self._of_site(site, since, until, (VERDICT.c.packed,)):
            yield self.observation_of(row)

    def observation(self, number: int) -> Observation:
        """Give one observation, whole, by its number."""
        query = columns((VERDICT.c.packed,)).where(OBSERVATION.c.id == number)
        with self._engine.connect() as connection:
            row = connection.execute(query).one()
        return self.observation_of(row)

    def verdict(self, number: int) -> SiteVerdict:
        """Give the verdict of one observation, by its number."""
        query = columns((VERDICT.c.packed,)).where(OBSERVATION.c.id == number)
        with self._engine.connect() as connection:
            row = connection.execute(query).one()
        return self.verdict_of(row)

    def observation_of(self, row: Row[Any]) -> Observation:
        """Give the whole observation of a row of `columns` with the packed verdict."""
        return Observation(
            site=read(row.site),
            captures=self.captures(row.observation, read(row.agent)),
            started=moment(row.started),
            finished=moment(row.finished),
            verdict=self.verdict_of(row),
            tool=row.tool,
        )

    def captures(self, observation: int, agent: str) -> tuple[Any, ...]:
        tail = BODY.alias()
        query = (
            select(CAPTURE, HEADERS.c.fields, BODY.c.packed, tail.c.packed.label("packed_tail"))
            .join(HEADERS, HEADERS.c.id == CAPTURE.c.headers_id)
            .outerjoin(BODY, BODY.c.id == CAPTURE.c.body_id)
            .outerjoin(tail, tail.c.id == CAPTURE.c.tail_id)
            .where(CAPTURE.c.observation_id == observation)
            .order_by(CAPTURE.c.position)
        )
        with self._engine.connect() as connection:
            return tuple(capture_of(row, agent, _unpack) for row in connection.execute(query))

    def verdict_of(self, row: Row[Any]) -> SiteVerdict:
        return codec.decode(zlib.decompress(row.packed), moment(row.checked), row.rules, self._rule)

    def judged_again(self, site: str | None = None) -> Iterator[Standing]:
        """Yield what observations came to when they were judged again, in the order of that; see `Standing.rules`."""
        query = columns((), JUDGEMENT)
        if site is not None:
            query = query.where(SITE.c.site == held(site))
        for row in self._pages(
            query.add_columns(JUDGEMENT.c.id.label("judgement")), JUDGEMENT.c.id, "judgement"
        ):
            yield standing_of(row)

    # ---- queries -----------------------------------------------------------------------------------------------------
    def _latest(self, run: Run | None, more: tuple[Any, ...]) -> Iterator[Row[Any]]:
        query = columns(more)
        if run is None:
            query = query.where(OBSERVATION.c.id == SITE.c.latest)
        else:
            query = query.where(OBSERVATION.c.run_id == run.id)
        yield from self._pages(query, SITE.c.id, "site_number")

    def _of_site(
        self, site: str, since: datetime | None, until: datetime | None, more: tuple[Any, ...]
    ) -> Iterator[Row[Any]]:
        query = columns(more).where(SITE.c.site == held(site))
        if since is not None:
            query = query.where(OBSERVATION.c.started >= stamp(since))
        if until is not None:
            query = query.where(OBSERVATION.c.started < stamp(until))
        yield from self._pages(query, OBSERVATION.c.id, "observation")

    def _pages(self, query: Select[Any], key: Any, name: str) -> Iterator[Row[Any]]:
        last = 0
        while True:
            with self._engine.connect() as connection:
                rows = connection.execute(query.where(key > last).order_by(key).limit(PAGE)).all()
            yield from rows
            if len(rows) < PAGE:
                return
            last = getattr(rows[-1], name)

    def _read_rule(self, name: str) -> Rule:
        with self._engine.connect() as connection:
            texts = connection.execute(select(RULE.c.texts).where(RULE.c.name == name)).scalar_one()
        return codec.rule_of(texts)


def columns(more: tuple[Any, ...], judged: Table = OBSERVATION) -> Select[Any]:
    """Give the query for sites with their observations, and the verdict as it stands in the columns of `judged`."""
    said = {column.name for column in verdict_columns()}
    seen = (column for column in OBSERVATION.c if column.name not in {"id", "site_id", *said})
    query = (
        select(
            SITE.c.id.label("site_number"),
            SITE.c.site,
            SITE.c.member,
            SITE.c.media,
            SITE.c.member_group,
            OBSERVATION.c.id.label("observation"),
            *seen,
            *(column for column in judged.c if column.name in said),
            *more,
        )
        .select_from(SITE)
        .join(OBSERVATION, OBSERVATION.c.site_id == SITE.c.id)
    )
    if judged is not OBSERVATION:
        query = query.join(judged, judged.c.observation_id == OBSERVATION.c.id)
    return query.join(VERDICT, VERDICT.c.id == judged.c.verdict_id) if more else query


def standing_of(row: Row[Any]) -> Standing:
    return Standing(
        member=member_of(row),
        observation=row.observation,
        run=row.run_id,
        at=moment(row.started),
        rules=row.rules,
        tool=row.tool,
        protected=row.protected,
        reachable=row.reachable,
        contradictory=row.contradictory,
        worst=Severity(row.worst) if row.worst else None,
        platform=row.platform,
        address=None if row.address is None else read(row.address),
        uses=tuple(starmap(_use_standing, uses_of(row._mapping))),
    )


@lru_cache(maxsize=1_024)
def _use_standing(use: Use, strict: str, protective: str, audience: str | None) -> UseStanding:
    return UseStanding(use, Verdict(strict), Verdict(protective), Audience(audience) if audience else None)


def _unpack(packed: bytes | None) -> bytes:
    return b"" if packed is None else zlib.decompress(packed)
