"""The report on many sites for machines: `voorbehoud.report/1` as JSON, and the same in rows.  docs/json.md describes it.

Sites are written as they go by, so that a hundred thousand of them need no more memory than one.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from ..core.use import Use
from .answer import Answer
from .data import UNSEEN, instant
from .overview import Cut, Overview, Point, Row, Site, Table
from .shares import Share, Tally
from .table import harmless
from .wire import printable, storable

SCHEMA = "voorbehoud.report/1"
"""Grows by fields that old readers may ignore; anything else gets a new number."""

Cells = Mapping[str, object]

FIGURE_COLUMNS: Mapping[str, str] = {
    "run": "INTEGER",
    "started": "TIMESTAMP",
    "by": "VARCHAR",
    "name": "VARCHAR",
    "parts": "INTEGER",
    "sites": "INTEGER",
    "fetched": "INTEGER",
    "unfetched": "INTEGER",
    **{
        f"{answer}{suffix}": kind
        for answer in Answer
        for suffix, kind in (("", "INTEGER"), ("-share", "DOUBLE"), ("-low", "DOUBLE"), ("-high", "DOUBLE"))
    },
    "reserved-share-before": "DOUBLE",
    "broken": "INTEGER",
    "says-no": "INTEGER",
}
"""The columns of a row of figures, and their types in Parquet."""

SITE_COLUMNS: Mapping[str, str] = {
    "site": "VARCHAR",
    "member": "VARCHAR",
    "group": "VARCHAR",
    "checked": "TIMESTAMP",
    "rules": "VARCHAR",
    "protected": "BOOLEAN",
    "reachable": "BOOLEAN",
    "contradictory": "BOOLEAN",
    "answer": "VARCHAR",
    **{f"{use}{suffix}": "VARCHAR" for use in Use for suffix in ("", "-protective", "-audience")},
    "platform": "VARCHAR",
    "network": "VARCHAR",
    "signals": "VARCHAR",
    "worst": "VARCHAR",
    "change": "VARCHAR",
    "was": "VARCHAR",
}
"""The columns of a row of a site; `signals` are those that are there, a space between."""


# ---- JSON ------------------------------------------------------------------------------------------------------------
def schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of what `dumps` writes."""
    found: dict[str, Any] = json.loads(
        (files(__package__) / "overview.schema.json").read_text(encoding="utf-8")
    )
    return found


def dumps(sites: Iterable[Site] | None, overview: Callable[[], Overview]) -> Iterator[str]:
    """Yield the report as pieces of one JSON object, a site on each line.

    `sites` None: they are not listed.  `overview` is asked for when all of them went by.
    """
    yield f'{{"schema": {_text(SCHEMA)},\n'
    if sites is not None:
        yield '"sites": ['
        for number, site in enumerate(sites):
            yield (",\n" if number else "\n") + _text(_site(site))
        yield "\n],\n"
    yield _text(_figures(overview()))[1:] + "\n"


def _text(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _site(site: Site) -> dict[str, Any]:
    verdict, changed = site.verdict, site.changed
    return {
        "site": storable(verdict.site),
        "member": storable(site.member),
        "group": storable(site.group),
        "checked": instant(site.at),
        "rules": verdict.rules,
        "protected": verdict.protected,
        "reachable": verdict.reachable,
        "answer": site.answer,
        "uses": {
            said.use: {
                "strict": said.strict,
                "protective": said.protective,
                "audience": said.audience,
                "contradictory": said.contradictory,
                "undetermined": said.undetermined,
            }
            for said in verdict.uses
        },
        "signals": site.signals,
        "says_no": sorted(site.says_no),
        "platform": site.platform or None,
        "network": site.network or None,
        "worst": site.worst,
        "change": None
        if changed is None
        else {
            "state": changed.state,
            "was": changed.was,
            "severity": changed.severity,
            "before": None if changed.before is None else instant(changed.before),
        },
    }


def _figures(told: Overview) -> dict[str, Any]:
    about = told.round
    return {
        "tool": told.tool,
        "rules": told.rules,
        "public": told.public,
        "run": {
            "number": about.number,
            "started": instant(about.started),
            "finished": None if about.finished is None else instant(about.finished),
            "listed": about.listed,
            "visited": told.total.sites,
            "given_up": about.given_up,
        },
        "all": _tally(told.total),
        "by": {table.cut: _table(table) for table in told.tables},
        "course": [_point(point) for point in told.course],
        "changes": {
            "since": None if told.since is None else instant(told.since),
            "states": dict(told.turns),
        },
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "parts": [_row(row) for row in table.rows],
        "unnamed": {"parts": table.hidden, **_tally(table.rest)} if table.hidden else None,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": storable(row.name) or None,
        **_tally(row.tally),
        "broken": row.broken,
        "says_no": row.says_no,
        "course": [_point(point) for point in row.course],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "sites": tally.sites,
        "fetched": tally.fetched,
        "unfetched": tally.unfetched,
        "answers": {answer: _share(tally.share(answer)) for answer in Answer},
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "sites": share.part,
        "share": _round(share.value),
        "low": _round(share.low),
        "high": _round(share.high),
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "run": point.run,
        "started": instant(point.at),
        "visited": point.observed,
        "fetched": point.reserved.whole,
        "reserved": _share(point.reserved),
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


# ---- rows ------------------------------------------------------------------------------------------------------------
def figure_rows(told: Overview) -> Iterator[Cells]:
    """Yield a row for all sites (`by` is `all`) and one for each part of each cut; `parts` counts those that stand unnamed in one row."""
    yield _cells(told, "all", "", 1, told.total)
    for table in told.tables:
        for row in table.rows:
            cells = _cells(told, table.cut, row.name, 1, row.tally, row.before)
            if table.cut is Cut.SIGNAL:
                cells |= {"broken": row.broken, "says-no": row.says_no}
            yield cells
        if table.hidden:
            yield _cells(told, table.cut, "", table.hidden, table.rest)


def _cells(
    told: Overview, by: str, name: str, parts: int, tally: Tally, before: Share | None = None
) -> dict[str, object]:
    cells: dict[str, object] = {
        "run": told.round.number,
        "started": told.round.started,
        "by": str(by),
        "name": name,
        "parts": parts,
        "sites": tally.sites,
        "fetched": tally.fetched,
        "unfetched": tally.unfetched,
        "reserved-share-before": None if before is None else _round(before.value),
    }
    for answer in Answer:
        share = tally.share(answer)
        cells |= {
            f"{answer}": share.part,
            f"{answer}-share": _round(share.value),
            f"{answer}-low": _round(share.low),
            f"{answer}-high": _round(share.high),
        }
    return cells


def site_row(site: Site) -> Cells:
    """Give the row of a site."""
    verdict, changed = site.verdict, site.changed
    cells: dict[str, object] = {
        "site": verdict.site,
        "member": site.member,
        "group": site.group,
        "checked": site.at,
        "rules": verdict.rules,
        "protected": verdict.protected,
        "reachable": verdict.reachable,
        "contradictory": any(said.contradictory for said in verdict.uses),
        "answer": str(site.answer),
        "platform": site.platform,
        "network": site.network,
        "signals": " ".join(name for name, state in site.signals.items() if state in {"present", "broken"}),
        "worst": str(site.worst or ""),
        "change": "" if changed is None else str(changed.state),
        "was": "" if changed is None else str(changed.was),
    }
    for said in verdict.uses:
        cells[f"{said.use}"] = str(said.strict)
        cells[f"{said.use}-protective"] = str(said.protective)
        cells[f"{said.use}-audience"] = str(said.audience or "")
    return cells


def csv_lines(columns: Iterable[str], rows: Iterable[Cells]) -> Iterator[str]:
    """Yield rows as `voorbehoud check --format csv` writes them: RFC 4180, a byte order mark, no cell that is a formula."""
    names = tuple(columns)
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(names)
    yield "\ufeff" + out.getvalue()
    for row in rows:
        out.seek(0)
        out.truncate()
        write([harmless(_cell(row.get(name))) for name in names])
        yield out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value)
    return "" if value is None else printable(str(value))
