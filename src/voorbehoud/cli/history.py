"""`voorbehoud history`: what a site reserved, and when."""

import sys
from typing import TYPE_CHECKING

import click

from ..core.errors import UserError
from ..evaluate.verdict import RULES_VERSION
from ..i18n import count, say
from ..look import target_of
from ..report.wire import printable
from .frame import lang_option

if TYPE_CHECKING:
    from ..history import Store


@click.command()
@click.argument("site", required=False)
@click.option("--store", required=True, help="The store of the crawls: a file, or postgresql://…")
@click.option("--format", "form", type=click.Choice(["json", "text"]), default="text", help="What to print.")
@click.option(
    "--rejudge",
    is_flag=True,
    help="First judge what was seen by today's rules, without fetching, beside the verdicts of then.",
)
@click.option(
    "--forget",
    is_flag=True,
    help="Delete everything that the store holds on SITE, for good, when its owner asks for that.",
)
@click.option("--yes", is_flag=True, help="With --forget: do not ask.")
@lang_option
def history(
    site: str | None, store: str, form: str, rejudge: bool, forget: bool, yes: bool, lang: str
) -> None:
    """Tell what SITE reserved from visit to visit, what changed, and what may be behind it.

    With --rejudge and without SITE, everything in the store is judged by today's rules.  It can be stopped and goes on
    where it was; each verdict of then stays.

    With --forget the site goes out of the store: visits, answers, verdicts, changes. Reports on earlier rounds then
    count one site less; bundles of evidence that were made are not touched.
    """
    from ..history import open_store  # it takes longer to import than most commands to run
    from ..survey.timeline import document, text, timeline

    if forget and (site is None or rejudge):
        raise UserError("--forget goes with one site, and without --rejudge.")
    if site is None and not rejudge:
        raise UserError(
            f"Which site? Example: voorbehoud history https://atelier.example --store {store}\n"
            "Without a site, --rejudge judges everything in the store by today's rules."
        )
    origin = target_of(site, None, ()).site if site is not None else None
    with open_store(store, create=False) as opened:
        if forget and origin is not None:
            _forget(opened, origin, store, yes, lang)
            return
        if rejudge:
            done = 0
            for done, _ in enumerate(opened.rejudge(origin), start=1):
                if done % 100 == 0 and sys.stderr.isatty():
                    click.echo(f"\r{done}", nl=False, err=True)
            click.echo(count("history.rejudged", done, lang, rules=RULES_VERSION), err=True)
        if origin is None:
            return
        told = timeline(opened, origin)
    if told is None:
        raise _unknown(origin, store)
    click.echo(document(told) if form == "json" else text(told, lang), nl=form == "json")


def _forget(opened: "Store", site: str, store: str, yes: bool, lang: str) -> None:
    visits = sum(1 for _ in opened.timeline(site))
    asked = count("history.forget", visits, lang, site=printable(site))
    if not yes and not click.confirm(asked, err=True):
        click.echo(say("publish.left", lang), err=True)
        return
    gone = opened.forget(site)
    if gone is None:
        raise _unknown(site, store)
    click.echo(count("history.forgotten", gone, lang, site=printable(site)), err=True)


def _unknown(site: str, store: str) -> UserError:
    return UserError(
        f"{site}: the store {store} has never seen this site. The address must be the one of the list, "
        "with http:// or www. where that has it; `voorbehoud report` names all sites."
    )
