"""A capture as JSON and back: everything but the body, which stands in the archive as it was kept.

The archive's response record is made for replay tools; this is the record of what was received, without loss.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ..core.evidence import Capture, Failure, Hop, Kind
from .instant import instant, iso

SCHEMA = "voorbehoud.capture/1"

NOTE = (
    "Each metadata record of a capture holds the header lines in the order received, values read as ISO 8859-1. "
    "Bodies were kept after content decoding, up to the cap of their kind; WARC-Truncated tells that there was more; "
    "the last bytes of a long document, where they were asked for too, stand in its metadata record (tail, base64). "
    "Reason phrase and HTTP version were not kept, nor the bodies of redirects, nor request fields other than User-Agent: "
    "request and response records are written from the metadata record that follows them."
)
"""Stands in the archive's first record, so that nobody takes more for wire bytes than what came over the wire."""


def dumps(capture: Capture) -> bytes:
    """Give `capture` without its body, as ASCII JSON: lone surrogates and control characters come back as they were."""
    told = {
        "schema": SCHEMA,
        "asked": capture.asked,
        "url": capture.url,
        "kind": capture.kind.value,
        "method": capture.method,
        "agent": capture.agent,
        "status": capture.status,
        "headers": capture.headers,
        "body": {"bytes": len(capture.body), "sha256": hashlib.sha256(capture.body).hexdigest()},
        "truncated": capture.truncated,
        "size": capture.size,
        "tail": base64.b64encode(capture.tail).decode("ascii"),
        "at": iso(capture.at),
        "seconds": capture.seconds,
        "hops": [
            {"url": hop.url, "status": hop.status, "headers": hop.headers, "at": iso(hop.at)}
            for hop in capture.hops
        ],
        "failure": capture.failure.value if capture.failure else None,
        "detail": capture.detail,
        "address": capture.address,
        "tls": capture.tls,
        "found_on": capture.found_on,
    }
    return json.dumps(told, indent=1).encode("ascii")


def loads(told: Mapping[str, Any], body: bytes) -> Capture:
    """Give the capture that `dumps` wrote.

    Raises ValueError, KeyError or TypeError for anything else, `body` not being the one that was described included.
    """
    if told["body"] != {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}:
        raise ValueError("the body is not the one that the record describes")
    return Capture(
        asked=_text(told["asked"]),
        url=_text(told["url"]),
        kind=Kind(told["kind"]),
        status=_number(told["status"]),
        headers=_headers(told["headers"]),
        body=body,
        at=instant(told["at"]),
        seconds=float(told["seconds"]),
        hops=tuple(
            Hop(_text(hop["url"]), int(hop["status"]), _headers(hop["headers"]), instant(hop["at"]))
            for hop in told["hops"]
        ),
        truncated=told["truncated"] is True,
        size=_number(told["size"]),
        tail=base64.b64decode(_text(told["tail"]), validate=True),
        failure=None if told["failure"] is None else Failure(told["failure"]),
        detail=_text(told["detail"]),
        address=_perhaps(told["address"]),
        tls=_perhaps(told["tls"]),
        method=_text(told["method"]),
        found_on=_perhaps(told["found_on"]),
        agent=_text(told["agent"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not a text: {value!r}")
    return value


def _perhaps(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int | None:
    if value is not None and type(value) is not int:
        raise TypeError(f"not a whole number: {value!r}")
    return value


def _headers(lines: list[tuple[object, object]]) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name), _text(value)) for name, value in lines)
