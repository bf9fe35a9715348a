"""The command line: each verb reads arguments, calls one function, prints one result."""

import click

from .. import __version__
from .alerts import alerts
from .check import check
from .crawl import crawl
from .demo import demo
from .evidence import evidence
from .explain import explain
from .frame import Group
from .history import history
from .init import init
from .publish import publish
from .report import report
from .server import server


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="voorbehoud")
def main() -> None:
    """Reserve your work against text and data mining and AI training, and prove that you did.

    Exit codes: 0 fine, 1 findings (or something would change), 2 your input, 3 could not fetch.
    """


for verb in (init, publish, server, check, explain, crawl, history, report, alerts, evidence, demo):
    main.add_command(verb)
