"""The members of an invented union: how each of their sites answers in each of three weeks, and what must be found there.

Everything comes from site_examples/union/kinds.yaml and a number of sites; nothing is left to chance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from ..core.use import Use
from ..evaluate.drift import State
from ..evaluate.verdict import SiteVerdict, Verdict
from ..package_data import site_examples

WEEKS = 3
SITE, MEDIA = b"https://site.example", b"https://media.example"
"""What stands in the fixtures for the origins of a site."""

PICTURES = {"1": "duinpan.jpg", "2": "molen.jpg"}
JPEG = "image/jpeg"
TYPES = {"html": "text/html", "txt": "text/plain", "json": "application/json"}
PAGE_404 = b"<!doctype html><title>404</title><h1>404</h1>\n"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an outsider must find.  Of a use that is not in `uses`, and of a platform that is None, nothing is promised."""

    protected: bool
    reachable: bool
    uses: tuple[tuple[Use, Verdict], ...]
    platform: str | None
    findings: tuple[str, ...] = ()

    def differences(self, verdict: SiteVerdict) -> Iterator[str]:
        """Yield in a few words each thing that is not as expected."""
        for what in ("protected", "reachable"):
            if getattr(verdict, what) is not getattr(self, what):
                yield f"{what}: {str(getattr(verdict, what)).lower()}"
        for use, wanted in self.uses:
            if (strict := verdict.use(use).strict) is not wanted:
                yield f"{use}: {strict}, expected {wanted}"
        first = verdict.platforms[0].name if verdict.platforms else ""
        if self.platform is not None and first != self.platform:
            yield f"platform: {first or 'none'}, expected {self.platform}"
        for code in sorted(set(self.findings) - {finding.code for finding in verdict.findings}):
            yield f"{code} is missing"


@dataclass(frozen=True, slots=True)
class Answering:
    """How a site answers in one week; see kinds.yaml.  `files`: by path, with the fixture's origins in them."""

    files: Mapping[str, bytes]
    headers: tuple[tuple[str, str], ...]
    status: int
    only_for: str
    shell: bool
    closed: bool
    delay: float
    expected: Expected


@dataclass(frozen=True, slots=True)
class Kind:
    """Members whose sites are alike.  `company`: a number of the one that hosts them.  `told`: the change of weeks 2 and 3."""

    name: str
    share: int
    company: int
    group: str
    about: Mapping[str, str]
    weeks: tuple[Answering, ...]
    told: tuple[State | None, ...]

    @property
    def has_media(self) -> bool:
        return any(map(_shows_media, self.weeks))

    @property
    def begins_with_media(self) -> bool:
        """Whether the union can know of its media when it writes its list."""
        return _shows_media(self.weeks[0])


def _shows_media(week: Answering) -> bool:
    return any(MEDIA in body for body in week.files.values())


@dataclass(frozen=True, slots=True)
class Site:
    """A member's site, before it has an address.  `number`: the member's own, from 1."""

    number: int
    kind: Kind

    @property
    def name(self) -> str:
        """The maker on its pages."""
        return f"Atelier {self.number:04}"


@lru_cache(maxsize=1)
def kinds() -> tuple[Kind, ...]:
    """Give the kinds in the order of the file."""
    data = yaml.safe_load((site_examples() / "union" / "kinds.yaml").read_bytes())
    states = {name: _answering(state) for name, state in data["states"].items()}
    return tuple(_kind(kind, states) for kind in data["kinds"])


def union(count: int) -> tuple[Site, ...]:
    """Give `count` sites, each kind with its share of them and at least one, the kinds mixed as on a member list."""
    numbers = _shared(count, [kind.share for kind in kinds()])
    ranked = sorted(
        ((place + 0.5) / number, index) for index, number in enumerate(numbers) for place in range(number)
    )
    return tuple(Site(number, kinds()[index]) for number, (_, index) in enumerate(ranked, start=1))


def picture(name: str) -> bytes:
    """Give the bytes of a picture that a path such as /werk-2.jpg ends in."""
    return _picture(PICTURES[name.rpartition("-")[2].removesuffix(".jpg")])


@lru_cache(maxsize=8)
def _picture(file: str) -> bytes:
    return (site_examples() / "fotograaf" / "public" / "beeld" / file).read_bytes()


def _shared(count: int, shares: Sequence[int]) -> list[int]:
    """Give whole numbers in proportion to `shares` that add up to `count`, each at least 1 (largest remainder)."""
    rest, whole = count - len(shares), sum(shares)
    exact = [rest * share / whole for share in shares]
    numbers = [1 + int(number) for number in exact]
    for index in sorted(range(len(shares)), key=lambda i: int(exact[i]) - exact[i])[: count - sum(numbers)]:
        numbers[index] += 1
    return numbers


def _kind(data: Mapping[str, Any], states: Mapping[str, Answering]) -> Kind:
    return Kind(
        name=data["name"],
        share=data["share"],
        company=data["company"],
        group=data["group"],
        about=dict(data["about"]),
        weeks=tuple(states[name] for name in data["weeks"]),
        told=(None, *(State(name) if name else None for name in data["told"])),
    )


def _answering(data: Mapping[str, Any]) -> Answering:
    expect = data["expect"]
    return Answering(
        files={path: text.encode() for path, text in data.get("files", {}).items()},
        headers=tuple(data.get("headers", {}).items()),
        status=data.get("status", 200),
        only_for=data.get("only_for", ""),
        shell=data.get("shell", False),
        closed=data.get("closed", False),
        delay=data.get("delay", 0.0),
        expected=Expected(
            protected=expect["protected"],
            reachable=expect.get("reachable", True),
            uses=tuple((use, Verdict(expect[use.value])) for use in Use if use.value in expect),
            platform=expect.get("platform"),
            findings=tuple(expect.get("findings", ())),
        ),
    )
