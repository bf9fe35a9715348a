"""`voorbehoud crawl`: many sites, into a store."""

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from .. import i18n
from ..core.errors import UserError
from ..evidence.extra import needed
from ..fetch.settings import VERSION, Settings
from ..report.wire import printable
from ..survey.sites import SiteList, read_sites, sites_of
from .frame import FINDINGS, INTERRUPTED, NO_ANSWER, lang_option

if TYPE_CHECKING:
    from ..survey.crawl import News, Observe, Summary, Tell

EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal to draw on."""

MOST_TOLD = 20
"""Sites that stand on the list twice and are named."""

SCHEMA = "voorbehoud.crawl/1"


@click.command()
@click.argument("sites", metavar="SITES")
@click.option(
    "--store",
    required=True,
    metavar="STORE",
    help="A file, made where there is none, or postgresql://user@host/database.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Visit with the workers of the Dask scheduler there, such as tcp://10.0.0.5:8786 or tls://…; keep on this machine.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 2000),
    default=400,
    show_default=True,
    help="Sites open at once, at most; fewer where this machine does not keep up. In a cluster: for each worker.",
)
@click.option(
    "--delay",
    type=click.FloatRange(0, 60),
    default=Settings().delay,
    show_default=True,
    help="Seconds between two requests to one site.",
)
@click.option(
    "--per-address",
    type=click.IntRange(1, 100),
    default=Settings().per_address,
    show_default=True,
    help="Sites open at once at one IP address.",
)
@click.option(
    "--contact",
    envvar="VOORBEHOUD_CONTACT",
    default="",
    help="Whom the owner of a server can write to: an address or a page, sent along with every request.",
)
@click.option("--fresh", is_flag=True, help="Begin a new run, also where the last one was not finished.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Summary on stdout."
)
@click.option(
    "--allow-private",
    is_flag=True,
    envvar="VOORBEHOUD_ALLOW_PRIVATE",
    help="Also fetch from loopback and private addresses.",
)
@lang_option
@click.pass_context
def crawl(
    context: click.Context,
    sites: str,
    store: str,
    cluster: str | None,
    concurrency: int,
    delay: float,
    per_address: int,
    contact: str,
    fresh: bool,
    form: str,
    allow_private: bool,
    lang: str,
) -> None:
    """Visit every site of SITES, and keep what it said and what that means in STORE.

    SITES is a text file with one site a line, a CSV file with a header (site, and optionally member, media, group), or -
    for stdin. What was interrupted goes on where it was; when all is done, the next crawl begins a new run.

    Exit codes: 0 every site was visited, 1 a site had to be given up, 2 your input, 3 no site at all answered.
    """
    from ..history import open_store  # SQLAlchemy takes its time, and the other verbs have no use for it
    from ..survey.crawl import crawl as work

    settings = Settings(
        contact=_contact(contact),
        allow_private=allow_private,
        concurrency=concurrency,
        per_address=per_address,
        delay=delay,
    )
    found = sites_of(sys.stdin.buffer, "stdin") if sites == "-" else read_sites(Path(sites))
    _remarks(found, sites, lang)
    began = monotonic()
    with _soft_end(), _observer(cluster) as observe, open_store(store) as opened:
        run = None if fresh else opened.unfinished()
        if run is not None:
            progress = opened.progress(run)
            _say(i18n.say("crawl.resumed", lang, done=progress.done, total=progress.total))
        try:
            with _display(lang) as tell:
                summary = work(opened, found.members, settings, fresh=fresh, tell=tell, observe=observe)
        except KeyboardInterrupt:
            run = opened.unfinished()
            if run is not None:
                progress = opened.progress(run)
                _say(i18n.say("crawl.interrupted", lang, done=progress.done, total=progress.total))
            context.exit(INTERRUPTED)
    _tell(summary, form, monotonic() - began, lang)
    context.exit(_exit_code(summary))


@contextmanager
def _observer(cluster: str | None) -> Iterator["Observe"]:
    """Give who visits the sites: a process here, or the workers of a cluster."""
    if cluster is None:
        from ..survey.observe import observe

        yield observe
        return
    with needed("cluster"):
        from ..cluster.client import connect
        from ..survey.spread import on_cluster
    with connect(cluster, VERSION) as client:
        yield on_cluster(client)


def _exit_code(summary: "Summary") -> int:
    if summary.observed == summary.unreachable:
        return NO_ANSWER
    return FINDINGS if summary.given_up else 0


def _contact(text: str) -> str:
    if not (text.isascii() and text.isprintable()) or len(text) > 200 or set(text) & set("()\\"):
        raise UserError(
            f"--contact {text!r}: it is sent in a header. Give an address such as crawl@union.example or https://union.example/crawl"
        )
    return text


def _remarks(found: SiteList, name: str, lang: str) -> None:
    if found.unused:
        columns = ", ".join(found.unused)
        _say(i18n.say("crawl.unused", lang, file=name, columns=columns))
    for repeat in found.repeats[:MOST_TOLD]:
        _say(
            i18n.say("crawl.repeat", lang, file=name, line=repeat.line, site=repeat.site, first=repeat.first)
        )
    if len(found.repeats) > MOST_TOLD:
        _say(i18n.say("crawl.more-repeats", lang, number=len(found.repeats) - MOST_TOLD))


@contextmanager
def _soft_end() -> Iterator[None]:
    """Let `kill` and systemd end a crawl as Ctrl-C does: what was observed is kept first."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _display(lang: str) -> Iterator["Tell"]:
    """Give what draws the progress: a bar on a terminal, else now and then a line."""
    if sys.stderr.isatty():
        with _bar(lang) as tell:
            yield tell
        return
    began = last = monotonic()

    def line(news: "News") -> None:
        nonlocal last
        if monotonic() - last >= EVERY:
            last = monotonic()
            _say(_line(news, last - began, lang))

    yield line


@contextmanager
def _bar(lang: str) -> Iterator["Tell"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(i18n.say("crawl.sites", lang)),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}/s"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[problems]}", style="dim"),
    )
    began = monotonic()
    with Progress(*columns, console=Console(stderr=True)) as drawn:
        task = drawn.add_task("", rate="0.0", problems="", total=None)

        def draw(news: "News") -> None:
            done, total = _counted(news)
            drawn.update(
                task,
                completed=done,
                total=total,
                rate=f"{_rate(news, monotonic() - began):.1f}",
                problems=_problems(news, lang),
            )

        yield draw


def _line(news: "News", seconds: float, lang: str) -> str:
    done, total = _counted(news)
    rate = _rate(news, seconds)
    left = _duration((total - done) / rate) if rate else "?"
    return i18n.say(
        "crawl.line",
        lang,
        done=done,
        total=total,
        rate=f"{rate:.1f}",
        left=left,
        problems=_problems(news, lang),
    )


def _counted(news: "News") -> tuple[int, int]:
    progress = news.progress
    return progress.done + progress.given_up + progress.dropped, progress.total


def _rate(news: "News", seconds: float) -> float:
    return news.here / max(seconds, 0.001)


def _problems(news: "News", lang: str) -> str:
    return i18n.say("crawl.problems", lang, unreachable=news.unreachable, lost=news.lost)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _tell(summary: "Summary", form: str, seconds: float, lang: str) -> None:
    progress = summary.progress
    if form == "json":
        told = {
            "schema": SCHEMA,
            "run": summary.run.id,
            "started": summary.run.started.isoformat(),
            "seconds": round(seconds, 3),
            "sites": {**asdict(progress), "total": progress.total},
            "protected": summary.protected,
            "unreachable": summary.unreachable,
            "given_up": [gone.member.site for gone in summary.given_up],
        }
        click.echo(json.dumps(told))
    else:
        numbers = {"done": progress.done, "total": progress.total}
        click.echo(
            i18n.say(
                "crawl.summary", lang, **numbers, reserved=summary.protected, unreachable=summary.unreachable
            )
        )
    if progress.claimed:
        _say(i18n.say("crawl.elsewhere", lang, claimed=progress.claimed))
    for gone in summary.given_up:
        _say(i18n.say("crawl.given-up", lang, site=gone.member.site, member=gone.member.member).rstrip())
    words = next((gone.words for gone in summary.given_up if gone.words), "")
    if words:
        _say(i18n.say("crawl.report", lang, words=""))
        for line in words.splitlines():
            _say(f"  {line}")


def _say(line: str) -> None:
    click.echo(printable(line, 1000), err=True)
