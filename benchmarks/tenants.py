"""Many tenants: one of them composed, against Jinja2; a run in which nothing changed, against the run before; and growth."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from jinja2 import Environment, FileSystemLoader, select_autoescape

from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Declaration, Declarer
from voorbehoud.package_data import templates
from voorbehoud.publish import policy_page
from voorbehoud.publish.compose import compose
from voorbehoud.publish.mould import Moulds
from voorbehoud.publish.plan import Ready
from voorbehoud.publish.quoting import comment
from voorbehoud.publish.tenants import Ledger, Tenants, ledger_of, publish_tenants

from .measure import ROUNDS, Row, side_by_side

TENANTS = 10_000
SIZES = (1_000, 10_000, 100_000)
ROBOTS = """\
# BEGIN voorbehoud
{% include "frame/robots.txt" %}

{% for group in groups %}
{% for agent in group.agents %}
User-agent: {{ agent }}
{% endfor %}
{% for field, path in group.rules %}
{{ field }}:{{ " " ~ path if path }}
{% endfor %}
{% if "*" in group.agents %}
{% for record in records %}
{{ record.name }}: {{ record.value }}
{% endfor %}
{% endif %}

{% endfor %}
"""
TDM_FILE = '[\n  {\n    "location": "/",\n    "tdm-reservation": 1,\n    "tdm-policy": {{ wish.page | tojson }}\n  }\n]\n'


def rows(quick: bool) -> Iterator[Row]:
    """Yield the row of one tenant composed, and the row of ten thousand that did not change."""
    yield from composed(quick)
    yield unchanged(10 if quick else TENANTS, 1 if quick else ROUNDS)


# ---- one tenant ----------------------------------------------------------------------------------------------------------
def composed(quick: bool) -> Iterator[Row]:
    """Compare the three files of a tenant with the same templates in Jinja2, which are compiled once and kept."""
    wish, moulds, peer = maker(12), Moulds(), Jinja()
    yield from side_by_side(
        "the files of one tenant",
        lambda: files(moulds.ready(wish, wish.site)),
        (("Jinja2, templates compiled once", lambda: peer.files(wish), 5.0),),
        quick,
    )


def maker(number: int) -> Declaration:
    who = Declarer(f"Maker {number} de Vries", f"maker{number}@host.example")
    return Declaration(who, f"https://maker{number}.example", date(2026, 11, 1))


def files(said: Ready) -> dict[str, bytes]:
    return {file.path: file.body for file in said.composition.files} | {"/robots.txt": said.robots or b""}


class Jinja:
    """The peer.  What is the same for all makers (groups, words of the page) is worked out once, before the clock runs."""

    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(templates()),
            autoescape=select_autoescape(["html"]),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["comment"] = comment
        self.page = environment.get_template("page/policy.html")
        self.sentences = [environment.get_template(f"frame/reservation.{code}.txt") for code in ("nl", "en")]
        self.robots, self.tdm = environment.from_string(ROBOTS), environment.from_string(TDM_FILE)
        sample = compose(maker(0))
        self.groups, self.records = sample.groups, sample.records
        self.shared = {
            "reserved": tuple(use for use in Use if maker(0).reserves(use)),
            "open": tuple(use for use in Use if maker(0).reserves(use) is False),
            "exceptions": (),
            "forms": policy_page._Forms.of(maker(0)),
        }

    def files(self, wish: Declaration) -> dict[str, bytes]:
        told = [sentence.render(wish=wish).strip() for sentence in self.sentences]
        tags = (
            {"name": "tdm-reservation", "content": "1"},
            {"name": "tdm-policy", "content": wish.page},
            {"name": "robots", "content": "noai, noimageai"},
        )
        robots = self.robots.render(sentences=told, groups=self.groups, records=self.records)
        return {
            "/.well-known/tdmrep.json": self.tdm.render(wish=wish).encode(),
            "/ai-voorbehoud/index.html": self.page.render(
                {**self.shared, "wish": wish, "tags": tags}
            ).encode(),
            "/robots.txt": (robots.rstrip("\n") + "\n# END voorbehoud\n").encode(),
        }


# ---- many ----------------------------------------------------------------------------------------------------------------
def host(folder: Path, number: int) -> Path:
    """Make empty folders for so many tenants, and give the list of them."""
    listed = folder / "tenants.jsonl"
    with listed.open("w", encoding="utf-8") as opened:
        for one in range(number):
            (folder / f"{one}").mkdir()
            who = {"name": f"Maker {one} de Vries", "contact": f"maker{one}@host.example"}
            wish = {"declared-by": who, "site": f"https://maker{one}.example", "since": "2026-11-01"}
            opened.write(json.dumps({"folder": str(folder / f"{one}"), "declaration": wish}) + "\n")
    return listed


def run(listed: Path, number: int, changed: bool) -> float:
    """Publish for all of a list, and give the microseconds of CPU for each; AssertionError where not all changed, or none did."""
    started = time.process_time()
    with Ledger.opened(ledger_of(listed)) as ledger:
        outcome = publish_tenants(Tenants(listed), ledger, write=True, tell=lambda *_: None)
    spent = (time.process_time() - started) / number * 1e6
    if (outcome.changed, outcome.unchanged, outcome.amiss) != (
        number * changed,
        number * (not changed),
        False,
    ):
        raise AssertionError(f"not what was asked for: {outcome}")
    return spent


def unchanged(number: int, rounds: int) -> Row:
    """Compare a run that passes every tenant by with the run that wrote them."""
    full, again = list[float](), list[float]()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            listed = host(Path(folder), number)
            full.append(run(listed, number, changed=True))
            again.append(run(listed, number, changed=False))
    return Row(f"{number:,} tenants, unchanged: each", "own full run", median(again), median(full), 30.0)


HEADINGS = (
    "| tenants | first run, µs of CPU each | seconds | memory, MB | unchanged, µs of CPU each | seconds | memory, MB | ledger, MB |\n"
    "|---:|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True, slots=True)
class Grown:
    """Both runs for one number of tenants, each in a process of its own: CPU for each, seconds, memory at its highest."""

    number: int
    first: tuple[float, float, float]
    again: tuple[float, float, float]
    ledger: float

    def __str__(self) -> str:
        shown = (
            f"{cpu:,.0f} | {wall:,.1f} | {memory:,.0f}" for cpu, wall, memory in (self.first, self.again)
        )
        return f"| {self.number:,} | {' | '.join(shown)} | {self.ledger:,.1f} |"


def growth(quick: bool) -> Iterator[Grown]:
    """Yield a row for each size."""
    for number in (20, 40) if quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            listed = host(Path(folder), number)
            first, again = (alone(listed, number, changed) for changed in (True, False))
            size = (ledger_of(listed) / Ledger.NAME).stat().st_size
            yield Grown(number, first, again, size / 1e6)


def alone(listed: Path, number: int, changed: bool) -> tuple[float, float, float]:
    """Run in another process: what it used for each tenant, how long it took, and its memory."""
    told = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", __name__, str(listed), str(number), str(int(changed))],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    cpu, wall, memory = map(float, told.split())
    return cpu, wall, memory


def main(listed: str, number: str, changed: str) -> None:
    began = time.monotonic()
    cpu = run(Path(listed), int(number), bool(int(changed)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    sys.stdout.write(f"{cpu} {time.monotonic() - began} {memory}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
