"""The command line: each verb reads arguments, calls one function, prints one result."""

from collections import UserDict
from importlib import import_module
from typing import Any

import click

from .frame import Group

VERBS = {
    "init": "Make a declaration by answering a few questions.",
    "publish": "Put the declaration into the files of a site.",
    "server": "Print the configuration of a web server or static host.",
    "check": "Look at a site or a folder from outside, and explain what is reserved there.",
    "explain": "Say what a finding means, or whether an agent may do something.",
    "crawl": "Visit many sites, and keep what they said in a store.",
    "history": "Tell what a site reserved week by week, what changed, and what may be behind it.",
    "report": "Say how many sites are reserved, for whom not, and what changed.",
    "alerts": "Tell people by mail, webhook and feed what changed.",
    "evidence": "Make a bundle that proves what a site said, or check one.",
    "demo": "See makers' sites go from unprotected to protected, on this machine.",
}
"""What `--help` says of each verb.  It stands in the module of its name, imported when it is asked for: all of them take
longer to import than most take to run."""


class Verbs(UserDict[str, click.Command]):
    """The verbs by name."""

    def __init__(self) -> None:
        super().__init__()
        unread: Any = None
        self.data = dict.fromkeys(VERBS, unread)

    def __getitem__(self, name: str) -> click.Command:
        if name not in VERBS:
            raise KeyError(name)
        command: click.Command = getattr(import_module(f".{name}", __name__), name)
        return command


class Listing(Group):
    """A group that tells its verbs in the words of VERBS."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(VERBS.items()))


@click.group(
    cls=Listing,
    commands=Verbs(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="voorbehoud", prog_name="voorbehoud")
def main() -> None:
    """Reserve your work against text and data mining and AI training, and prove that you did.

    Exit codes: 0 fine, 1 findings (or something would change), 2 your input, 3 could not fetch.
    """
