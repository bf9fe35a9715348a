"""The shape of a signal: one mechanism, four faces (model, parse, render, evaluate), one room."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..core.artifact import Artifact
from ..core.evidence import Capture, Kind, Origin
from ..core.finding import Parsed, Rule
from ..core.statement import Statement
from ..declaration.model import Carrier, Declaration

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked about: one URL, on behalf of everybody (`agent` None) or of one agent (a product token)."""

    url: str
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Signal(Generic[Model]):
    """One mechanism.

    `carrier`: what a declaration calls it; None: we read it, and no declaration asks for it.
    `reads`: the kinds of capture that can carry it.  A policy file (`Kind.is_policy`) speaks for every URL of its origin;
    anything else speaks for the resource that it came with.
    `of(wish, path)`: the maker's wish at `path` in this mechanism's own words; None when there is nothing to say.
    Site-wide signals are asked once, with `/`, and put the exceptions into their model.
    `parse(capture)`: never raises.  `render(model)`: `parse` gives the model back.
    `evaluate(model, asked, origin)`: what it means; empty where nothing is said.
    """

    name: str
    carrier: Carrier | None
    family: str
    reads: frozenset[Kind]
    rules: tuple[Rule, ...]
    of: Callable[[Declaration, str], Model | None]
    parse: Callable[[Capture], Parsed[Model]]
    render: Callable[[Model], tuple[Artifact, ...]]
    evaluate: Callable[[Model, Asked, Origin], tuple[Statement, ...]]


AnySignal = Signal[Any]

RESOURCES = frozenset(kind for kind in Kind if kind.is_resource)
"""Everything that a response header can travel with."""

_READ: OrderedDict[tuple[int, int], tuple[AnySignal, Capture, Parsed[Any]]] = OrderedDict()
_MOST_READ = 64


def read(signal: AnySignal, capture: Capture) -> Parsed[Any]:
    """Give what `signal.parse` gives: one visit asks several times, and the same answer is read once."""
    key = (id(signal), id(capture))
    known = _READ.get(key)
    if known is None:  # what is kept here keeps its number
        known = _READ[key] = (signal, capture, signal.parse(capture))
        if len(_READ) > _MOST_READ:
            with suppress(KeyError):  # another thread took the last one
                _READ.popitem(last=False)
    return known[2]
