"""`voorbehoud demo`: the whole story on the example sites, on loopback."""

import os
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import NoReturn

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..core.errors import UserError
from ..evaluate.verdict import SiteVerdict
from ..i18n import count, name, say
from ..look import look
from ..package_data import site_examples
from ..publish import STATE, Plan, apply, plan
from ..report.answer import Answer
from ..report.page import page
from ..report.told import ANSWER_MARKS, answer, plain, told
from .examples import MOMENTS, Example, copy_examples
from .frame import FINDINGS, lang_option
from .notes import note_line
from .serve_examples import Server, open_server

NARROWEST, WIDEST = 72, 110

STYLES: Mapping[Answer, str] = MappingProxyType(
    {
        Answer.RESERVED: "bold green",
        Answer.NOT_EVERYWHERE: "bold yellow",
        Answer.NOT_RESERVED: "bold red",
        Answer.NOT_ESTABLISHED: "bold yellow",
    }
)


@click.command()
@click.option(
    "--server",
    "kind",
    type=click.Choice(["auto", "nginx", "builtin"]),
    default="auto",
    show_default=True,
    help="What serves the sites; auto is nginx where it is installed.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    default="voorbehoud-demo.html",
    show_default=True,
    help="Where the HTML report goes.",
)
@click.option(
    "--examples",
    type=click.Path(path_type=Path, file_okay=False),
    help="Other example sites than the ones that come along.",
)
@click.option(
    "--union",
    is_flag=True,
    help="Show instead three weeks of a union with many sites: crawls, report, alerts, evidence. About two minutes.",
)
@click.option(
    "--sites",
    type=click.IntRange(1, 5_000),
    default=1_000,
    show_default=True,
    help="How many sites the union has.",
)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default="voorbehoud-union",
    show_default=True,
    help="The folder, new or empty, that keeps what comes out for the union.",
)
@lang_option
@click.pass_context
def demo(
    context: click.Context,
    kind: str,
    report: Path,
    examples: Path | None,
    union: bool,
    sites: int,
    to: Path,
    lang: str,
) -> None:
    """Show on five example sites, served on this machine only, what publishing a reservation changes.

    The sites are copied, served, crawled, published into, and crawled again; then everything is cleaned up.
    With --union it is three weeks of a union that looks after a thousand sites.
    Exit code 1 means that a verdict is not what the example promises.
    """
    if union:
        from .union import show_union  # what stores and mails takes longer to import than most verbs to run

        with _ended_by_signals():
            context.exit(0 if show_union(sites, to, lang) else FINDINGS)
    _five(context, kind, report, examples, lang)


def _five(context: click.Context, kind: str, report: Path, examples: Path | None, lang: str) -> None:
    _check_writable(report)
    with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="voorbehoud-demo-") as folder:
        sites = copy_examples(examples or site_examples(), Path(folder).resolve() / "sites")
        run = Path(folder).resolve() / "server"
        run.mkdir()
        with open_server(kind, run) as server:
            _progress(say("demo.serving", lang, sites=len(sites), server=server.name))
            before = _visit(sites, server, lang, published=False)
            plans = [_publish(site) for site in sites]
            _progress(say("demo.published", lang, files=sum(len(made.changes) for made in plans)))
            after = _visit(sites, server, lang, published=True)
    names = {site.target.site: site.name for site in sites}
    report.write_text(page(after, lang, before=before, names=names), encoding="utf-8")
    _print_table(sites, plans, before, after, lang)
    click.echo(say("demo.report", lang, file=report.resolve()))
    different = list(_differences(sites, plans, (before, after), lang))
    for line in different:
        click.echo(line, err=True)
    if different:
        click.echo(count("demo.different", len(different), lang), err=True)
        context.exit(FINDINGS)
    click.echo(say("demo.as-expected", lang))


def _visit(
    sites: Sequence[Example], server: Server, lang: str, *, published: bool
) -> tuple[SiteVerdict, ...]:
    """Serve the sites as they are now, and judge them from outside."""
    server.serve([host for site in sites for host in site.hosts(published=published)])
    _progress(say("demo.crawling", lang))
    return look([site.target for site in sites], allow_private=True)


def _publish(site: Example) -> Plan:
    state = site.home / STATE
    made = plan(site.wish, site.public, state)
    apply(made, state)
    return made


def _differences(
    sites: Sequence[Example], plans: Sequence[Plan], verdicts: Sequence[Sequence[SiteVerdict]], lang: str
) -> Iterator[str]:
    """Yield each thing that is not as the examples promise."""
    for site, made in zip(sites, plans, strict=True):
        for conflict in made.conflicts:
            yield f"{site.name}, publish: {note_line(conflict, lang)}"
    for moment, found in zip(MOMENTS, verdicts, strict=True):
        for site, verdict in zip(sites, found, strict=True):
            for difference in site.expected[moment].differences(verdict):
                yield f"{site.name}, {moment}: {difference}"


# ---- what is printed -------------------------------------------------------------------------------------------------
def _print_table(
    sites: Sequence[Example],
    plans: Sequence[Plan],
    before: Sequence[SiteVerdict],
    after: Sequence[SiteVerdict],
    lang: str,
) -> None:
    console = Console(highlight=False)
    console.width = max(NARROWEST, min(console.width, WIDEST))
    table = Table(box=box.HORIZONTALS, show_lines=True, pad_edge=False, expand=True)
    table.add_column(say("report.site", lang), ratio=3)
    table.add_column(say("report.before", lang), ratio=4)
    table.add_column(say("report.after", lang), ratio=6)
    for site, made, was, now in zip(sites, plans, before, after, strict=True):
        placed = f"{say('demo.placed', lang)}: {_placed(site, made, lang)}"
        table.add_row(
            Text.assemble((site.name, "bold"), "\n", site.about[lang]),
            _told(was, lang),
            Text.assemble(_told(now, lang), _cause(now, lang), "\n", (placed, "dim")),
        )
    console.print(table)


def _told(verdict: SiteVerdict, lang: str) -> Text:
    """Give the answer, and on the next line what decides it."""
    word, reason = answer(verdict, lang)
    return Text.assemble((f"{ANSWER_MARKS[word]} {name(word, lang)}", STYLES[word]), "\n", reason)


def _cause(verdict: SiteVerdict, lang: str) -> str:
    """Give what the worst finding costs the maker, where a site is still not reserved."""
    return "" if verdict.protected else " " + plain(told(verdict, lang)[0].why)


def _placed(site: Example, made: Plan, lang: str) -> str:
    """Say what publishing put where: `robots.txt, tdmrep.json, 3 pages, headers`."""
    paths = [change.path for change in made.changes]
    pages = sum(path.suffix == ".html" for path in paths)
    files = Counter(path.name for path in paths if path.suffix != ".html")
    words = [f"{number} × {file}" if number > 1 else file for file, number in files.items()]
    if pages:
        words.append(count("sampled.page", pages, lang))
    if site.sends_headers:
        words.append(say("demo.headers", lang))
    return ", ".join(words)


def _progress(text: str) -> None:
    click.echo(text, err=True)


# ---- beginning and end ---------------------------------------------------------------------------------------------------
def _check_writable(report: Path) -> None:
    """Raise UserError now rather than after everything was shown."""
    place = report if report.exists() else report.absolute().parent
    if not place.exists() or not os.access(place, os.W_OK):
        raise UserError(f"{report}: cannot be written. Choose another place with --report FILE.")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block like Ctrl-C does, so that nothing is left running or lying about."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    earlier = {number: signal.signal(number, _end) for number in caught}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
