"""Write commands.md, findings.md and protocols.md from the program itself, and the list of files in vectors.md.

`./run docs`; with --check, exit 1 if they differ.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from voorbehoud.cli import main
from voorbehoud.core.protocols import EuList, protocols
from voorbehoud.core.spec import SPECS
from voorbehoud.evaluate.rulebook import RULES

HERE = Path(__file__).parent
MARK = "<!-- files -->"
KINDS = {"1": "served wrongly", "2": "syntax", "3": "meaning", "4": "at odds with another layer", "9": "good"}


def commands() -> str:
    """Give a page with every command, its arguments and options, as `--help` tells them."""
    parts = [
        "# Commands\n\nMade by `./run docs` from the program. Data goes to stdout, progress to stderr.\n"
    ]
    parts += helps(main, click.Context(main, info_name="voorbehoud"))
    parts.append(
        "## Exit codes\n\n"
        "| code | meaning |\n|---|---|\n"
        "| 0 | fine |\n"
        "| 1 | findings at or above `--fail-on`; for `publish --check`: something would change; for `demo`: a verdict differs |\n"
        "| 2 | your input: the message says where, what and the way out |\n"
        "| 3 | could not fetch |\n"
        "| 130 | you stopped it |\n"
    )
    return "\n".join(parts)


def helps(group: click.Group, parent: click.Context) -> Iterator[str]:
    """Yield the section of every command of `group`, those of groups in it included."""
    for name, command in sorted(group.commands.items()):
        with click.Context(
            command, info_name=name, parent=parent, max_content_width=100, terminal_width=100
        ) as context:
            yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
            if isinstance(command, click.Group):
                yield from helps(command, context)


def findings() -> str:
    """Give a page with every rule: what is, what it costs, what to do, and where that stands."""
    parts = [
        "# Findings\n\nMade by `./run docs` from the rules. `voorbehoud explain CODE` tells the same, in Dutch or English.\n",
        "Letters name the room, the first digit the kind: "
        + ", ".join(f"{digit} {kind}" for digit, kind in KINDS.items())
        + ". Codes are never reused.\n",
    ]
    for code, rule in RULES.items():
        parts.append(
            f"## {code}\n\n**{rule.severity}**: {rule.message}\n\n"
            f"- Why: {rule.why}\n- Do: {rule.fix}\n- Source: [{rule.spec}]({rule.spec.url})\n"
        )
    return "\n".join(parts)


IN_WORDS = {EuList.UNKNOWN: "not known", EuList.LISTED: "listed", EuList.REJECTED: "not on the list"}


def protocol_table() -> str:
    """Give a page with every protocol: the date that we read, and where it stands with the European Commission."""
    rows = "\n".join(
        f"| [{spec.title}]({spec.url}) | {spec.date} | {IN_WORDS[found.eu_list]} | {found.checked} | {found.note} |"
        for spec in SPECS
        if (found := protocols().get(spec.key)) is not None
    )
    return (
        "# Protocols\n\nMade by `./run docs` from `core/protocols.toml`.\n\n"
        "The European Commission consulted on a list of protocols that providers of AI models are to follow "
        "(1 December 2025 to 23 January 2026).\n"
        "Whether and when it is published we do not know; what a reservation says does not depend on it.\n\n"
        "| protocol | version | the Commission's list | looked up | remark |\n|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def vectors() -> str:
    """Give the page about the vectors with the list of all files."""
    page = (HERE / "vectors.md").read_text(encoding="utf-8")
    head = page.partition(MARK)[0]
    folder = HERE.parent / "tests" / "vectors"
    rows = [f"- `{file.relative_to(folder).as_posix()}`" for file in sorted(folder.rglob("*.yaml"))]
    return f"{head}{MARK}\n\n" + "\n".join(rows) + "\n"


def run(check: bool) -> int:
    stale = []
    pages = (
        ("commands.md", commands()),
        ("findings.md", findings()),
        ("protocols.md", protocol_table()),
        ("vectors.md", vectors()),
    )
    for name, text in pages:
        page = HERE / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                page.write_text(text, encoding="utf-8")
    if stale:
        print(("differs: " if check else "written: ") + ", ".join(stale))  # noqa: T201 - a program for people
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(run("--check" in sys.argv[1:]))
