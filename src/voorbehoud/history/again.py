"""Old captures judged by today's rules, without asking anybody: kept beside the verdict of then."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, exists, insert, select

from ..evaluate.verdict import RULES_VERSION
from .database import writing
from .keep import Keeper
from .marks import held
from .past import PAGE, Past
from .rows import verdict_row
from .tables import JUDGEMENT, OBSERVATION, SITE


def rejudge(
    engine: Engine, past: Past, keeper: Keeper, now: datetime, *, site: str | None, latest: bool
) -> Iterator[int]:
    """Judge observations again that were never judged by today's rules; yield the number of each, once it is stored.

    `site`: only its own.  `latest`: only the newest of each site.  Whoever stops can go on later.
    """
    from ..evaluate.site import judge  # all signals: whoever only keeps has no use for them

    done = exists().where(JUDGEMENT.c.observation_id == OBSERVATION.c.id, JUDGEMENT.c.rules == RULES_VERSION)
    query = (
        select(OBSERVATION.c.id)
        .join(SITE, SITE.c.id == OBSERVATION.c.site_id)
        .where(OBSERVATION.c.rules != RULES_VERSION, ~done)
    )
    if site is not None:
        query = query.where(SITE.c.site == held(site))
    if latest:
        query = query.where(OBSERVATION.c.id == SITE.c.latest)
    last = 0
    while True:
        with engine.connect() as connection:
            rows = connection.execute(
                query.where(OBSERVATION.c.id > last).order_by(OBSERVATION.c.id).limit(PAGE)
            )
            numbers = list(rows.scalars())
        for number in numbers:
            seen = past.observation(number)
            verdict = judge(seen.site, seen.captures, now)
            with writing(engine) as connection:
                row = {"observation_id": number, "verdict_id": keeper.add_verdict(connection, verdict)}
                connection.execute(insert(JUDGEMENT), {**row, **verdict_row(verdict)})
            yield number
        if len(numbers) < PAGE:
            return
        last = numbers[-1]
