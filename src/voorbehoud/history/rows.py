"""Captures and verdicts as rows, and back.

What most answers share is left out of the row: the fields that stay the same are kept once in `headers`, and a column is empty
where it would repeat another one.  docs/store.md lists these, for whoever reads the tables without this program.
"""

import json
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from ..core.evidence import Capture, Failure, Hop, Kind
from ..core.use import Use
from ..evaluate.verdict import SiteVerdict
from .marks import held, moment, read, stamp

if TYPE_CHECKING:
    from sqlalchemy import Row, RowMapping  # this module is also for those who judge, and have no store

Fields = tuple[tuple[str, str], ...]
Shape = tuple[tuple[str, str | None], ...]

CHANGING = frozenset(
    {
        "age", "alt-svc", "cf-cache-status", "cf-ray", "content-length", "date", "etag", "expires", "fly-request-id",
        "last-modified", "nel", "report-to", "server-timing", "set-cookie", "x-amz-cf-id", "x-amz-cf-pop", "x-amz-id-2",
        "x-amz-request-id", "x-cache", "x-cache-hits", "x-contextid", "x-github-request-id", "x-nf-request-id",
        "x-request-id", "x-runtime", "x-served-by", "x-timer", "x-vercel-id", "x-wix-request-id",
    }
)  # fmt: skip
"""Fields whose value differs at each visit or for each file; kept with the answer, so that the others are kept once."""

USES = tuple((use, str(use).replace("-", "_")) for use in Use)

_compact = json.JSONEncoder(separators=(",", ":")).encode


# ---- writing ---------------------------------------------------------------------------------------------------------
def split(headers: Fields) -> tuple[Shape, str | None]:
    """Give the fields with those values left out that differ each time, and these values as JSON."""
    own: list[str] = []
    shape: list[tuple[str, str | None]] = []
    for field in headers:
        if field[0].lower() in CHANGING:
            own.append(field[1])
            shape.append((field[0], None))
        else:
            shape.append(field)
    if not own:
        return headers, None
    return tuple(shape), f"[{','.join(map(encode_basestring_ascii, own))}]"


def shape_text(shape: Shape) -> str:
    return _compact(shape)


def capture_row(capture: Capture, position: int, agent: str) -> dict[str, object]:
    """Give everything of a capture but what stands on shelves: its body and the fields that stay the same."""
    asked, url, found_on = capture.asked, capture.url, capture.found_on
    return {
        "position": position,
        "asked": held(asked),
        "url": None if url == asked else held(url),
        "kind": capture.kind.value,
        "status": capture.status,
        "at": stamp(capture.at),
        "seconds": capture.seconds,
        "hops": _hops(capture.hops) if capture.hops else None,
        "truncated": capture.truncated,
        "failure": None if capture.failure is None else capture.failure.value,
        "detail": held(capture.detail) if capture.detail else None,
        "address": None if capture.address is None else held(capture.address),
        "tls": None if capture.tls is None else held(capture.tls),
        "method": None if capture.method == "GET" else held(capture.method),
        "found_on": None if found_on is None else held(found_on),
        "agent": None if capture.agent == agent else held(capture.agent),
        "size": capture.size,
    }


def verdict_row(verdict: SiteVerdict) -> dict[str, object]:
    """Give the columns that questions are asked of."""
    row: dict[str, object] = {
        "rules": verdict.rules,
        "checked": stamp(verdict.checked),
        "protected": verdict.protected,
        "reachable": verdict.reachable,
        "contradictory": any(said.contradictory for said in verdict.uses),
        "worst": verdict.findings[0].severity.value if verdict.findings else "",
        "platform": verdict.platforms[0].name if verdict.platforms else "",
    }
    by_use = {said.use: said for said in verdict.uses}
    for use, name in USES:
        said = by_use[use]
        row[f"{name}_strict"] = said.strict.value
        row[f"{name}_protective"] = said.protective.value
        row[f"{name}_audience"] = None if said.audience is None else said.audience.value
    return row


def address_of(site: str, captures: tuple[Capture, ...]) -> str | None:
    """Give the IP address that answered for the site itself, its pages before its files."""
    own = [c for c in captures if c.address is not None and (c.asked + "/").startswith(site + "/")]
    pages = [c for c in own if c.kind is Kind.PAGE and not c.hops]
    return next((c.address for c in (*pages, *own)), None)


def _hops(hops: tuple[Hop, ...]) -> str:
    return _compact([(hop.url, hop.status, hop.headers, stamp(hop.at)) for hop in hops])


# ---- reading ---------------------------------------------------------------------------------------------------------
def capture_of(row: "Row[Any]", agent: str, unpack: Callable[[bytes | None], bytes]) -> Capture:
    """Give the capture of a row of `capture` with `headers.fields`, `body.packed` and `packed_tail` beside it."""
    asked = read(row.asked)
    return Capture(
        asked=asked,
        url=asked if row.url is None else read(row.url),
        kind=Kind(row.kind),
        status=row.status,
        headers=joined(row.fields, row.changing),
        body=unpack(row.packed),
        at=moment(row.at),
        seconds=row.seconds,
        hops=() if row.hops is None else _hops_of(row.hops),
        truncated=row.truncated,
        failure=None if row.failure is None else Failure(row.failure),
        detail="" if row.detail is None else read(row.detail),
        address=None if row.address is None else read(row.address),
        tls=None if row.tls is None else read(row.tls),
        method="GET" if row.method is None else read(row.method),
        found_on=None if row.found_on is None else read(row.found_on),
        agent=agent if row.agent is None else read(row.agent),
        size=row.size,
        tail=unpack(row.packed_tail),
    )


def joined(fields: str, changing: str | None) -> Fields:
    """Give back what `split` was given."""
    own = iter(json.loads(changing) if changing is not None else ())
    return tuple((name, next(own) if value is None else value) for name, value in json.loads(fields))


def _hops_of(text: str) -> tuple[Hop, ...]:
    return tuple(
        Hop(url, status, tuple((name, value) for name, value in headers), moment(at))
        for url, status, headers, at in json.loads(text)
    )


def uses_of(row: "RowMapping") -> tuple[tuple[Use, str, str, str | None], ...]:
    """Give use, strict, protective and audience from the columns of a verdict."""
    return tuple(
        (use, row[f"{name}_strict"], row[f"{name}_protective"], row[f"{name}_audience"]) for use, name in USES
    )
