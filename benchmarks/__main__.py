"""Runs the benchmarks that are named, or all: `./run bench [robots] [head] [links] [splice] [crawl] [crawl-growth] [tenants] [tenants-growth] [growth] [oracle] [--quick]`."""

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from . import crawl, growth, head, links, oracle, robots, splice, tenants
from .measure import GROWTH_HEADINGS, HEADINGS

ROOMS: dict[str, tuple[str, str, Callable[[bool], Iterator[object]]]] = {
    "robots": ("robots.txt: one page, 150 agents", HEADINGS, robots.rows),
    "head": ("The head of a page", HEADINGS, head.rows),
    "links": ("Where a page leads", HEADINGS, links.rows),
    "splice": ("Our line in a page", HEADINGS, splice.rows),
    "crawl": ("The crawl: from a list to a store", crawl.HEADINGS, crawl.rows),
    "crawl-growth": ("The crawl of 50,000 sites", crawl.HEADINGS, crawl.growth),
    "tenants": ("Many tenants", HEADINGS, tenants.rows),
    "tenants-growth": ("Tenants, from 1,000 to 100,000", tenants.HEADINGS, tenants.growth),
    "growth": ("Every parser, its input doubled four times", GROWTH_HEADINGS, growth.rows),
    "oracle": ("robots.txt beside Google's C++ parser", "", oracle.rows),
}
VERSIONS = ("protego", "jwm-robotstxt", "lxml", "stringzilla")


def main(arguments: Sequence[str]) -> int:
    """Print the results as Markdown and give the exit code.  `--quick` makes one call each: the figures then mean nothing."""
    quick = "--quick" in arguments
    named = [argument for argument in arguments if argument != "--quick"]
    unknown = [name for name in named if name not in ROOMS]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}.  There are: {', '.join(ROOMS)}.", file=sys.stderr)
        return 2
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    print(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; Python {platform.python_version()}, {os.cpu_count()} cores of {machine()}; {versions}."
    )
    for name in named or ROOMS:
        title, headings, rows = ROOMS[name]
        print(f"\n## {title}\n\n{headings}".rstrip(), flush=True)
        for row in rows(quick):
            print(row, flush=True)
    return 0


def machine() -> str:
    """Give the name of the processor, or of its kind where the system does not tell."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"(?m)^model name\s*:\s*(.+)$", told)
    return f"{found[1] if found else platform.machine()}, {platform.system()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
