"""An observation whose verdict is bytes already: what a process that judges hands to the one that keeps.

A verdict is some hundreds of objects, and to take them from one process to another costs more than all else about them.
Few of them are looked at again: those of sites that did not stay as they were.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..core.evidence import Capture
from ..evaluate.drift import Memory, step
from ..evaluate.observation import Observation
from . import codec
from .rows import verdict_row


@dataclass(frozen=True, slots=True)
class Packed:
    """`body`: the verdict, as codec.py writes it, without `checked` and `rules`; `digest`: the SHA-256 of that.

    `rules`: the texts of the rules that its findings name.  `columns`: what the tables have of it beside the bytes.
    `first`: what is remembered where this is the first observation of the site.
    """

    site: str
    captures: tuple[Capture, ...]
    started: datetime
    finished: datetime
    tool: str
    checked: datetime
    body: bytes
    digest: bytes
    rules: Mapping[str, str]
    columns: Mapping[str, Any]
    first: Memory

    @property
    def protected(self) -> bool:
        return bool(self.columns["protected"])

    @property
    def reachable(self) -> bool:
        return bool(self.columns["reachable"])

    def observation(self) -> Observation:
        """Give back what `pack` was given."""
        rules = {name: codec.rule_of(texts) for name, texts in self.rules.items()}
        verdict = codec.decode(self.body, self.checked, self.columns["rules"], rules.__getitem__)
        return Observation(self.site, self.captures, self.started, self.finished, verdict, self.tool)


def pack(seen: Observation) -> Packed:
    verdict = seen.verdict
    body = codec.encode(verdict)
    return Packed(
        site=seen.site,
        captures=seen.captures,
        started=seen.started,
        finished=seen.finished,
        tool=seen.tool,
        checked=verdict.checked,
        body=body,
        digest=hashlib.sha256(body).digest(),
        rules=codec.rules_of(verdict),
        columns=verdict_row(verdict),
        first=step(None, None, seen).memory,
    )
