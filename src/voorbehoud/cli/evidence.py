"""`voorbehoud evidence`: make a bundle that proves what a site said, and check one."""

import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import click

from ..core.errors import UserError
from ..evidence import signing, told
from ..evidence.problem import Level
from ..evidence.stamp import NoStampError
from ..evidence.verify import Trust, exit_worthy
from ..history import open_store
from ..i18n import count, say
from ..look import target_of
from ..report.wire import printable
from ..survey import proof
from .frame import FINDINGS, LONGEST, NO_ANSWER, lang_option

SPAN = re.compile(r"(\d{1,5})([hd])")
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def evidence() -> None:
    """Prove what a site said, and when: make a bundle that anybody can check, check one, make a key to sign with."""


@evidence.command()
@click.argument("site")
@click.option("--store", required=True, help="The store of the crawls: a file, or postgresql://…")
@click.option("--from", "since", help="The first day or moment, in UTC: 2026-09-01.")
@click.option("--to", "until", help="The last day (all of it) or moment, in UTC: 2026-11-24.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The folder to make; it must not be there.",
)
@click.option("--key", type=FILE, help="Sign with this secret key (see `voorbehoud evidence key`).")
@click.option(
    "--password-file",
    type=FILE,
    help="The password of the key is the first line of this file; else it is asked.",
)
@click.option("--tsa", envvar="VOORBEHOUD_TSA", help="The address of a time-stamp authority (RFC 3161).")
@click.option(
    "--tsa-ca",
    type=FILE,
    envvar="VOORBEHOUD_TSA_CA",
    help="The certificates that stand behind it (PEM); they go into the bundle too.",
)
@click.option("--no-time-stamp", is_flag=True, help="Make it without a time stamp: weak evidence.")
@click.option(
    "--previous", type=click.Path(path_type=Path), help="The bundle before this one, to make a chain."
)
@click.option(
    "--clock",
    multiple=True,
    metavar="URL",
    help="Hold our clock against the Date that this server sends; may be repeated.",
)
@lang_option
@click.pass_context
def export(
    context: click.Context,
    site: str,
    store: str,
    since: str | None,
    until: str | None,
    output: Path,
    key: Path | None,
    password_file: Path | None,
    tsa: str | None,
    tsa_ca: Path | None,
    no_time_stamp: bool,
    previous: Path | None,
    clock: tuple[str, ...],
    lang: str,
) -> None:
    """Make a bundle of everything that the store holds on SITE in a period: what was received, what follows from it,
    hashes, signature, time stamp, and a page for people.

    A time stamp needs --tsa; without one, say so with --no-time-stamp.
    """
    if tsa is None and not no_time_stamp:
        raise UserError(
            "A bundle needs a time stamp to prove when it was made: give --tsa with the address of a time-stamp "
            "authority, best one that is qualified under eIDAS. Or say --no-time-stamp, and have weak evidence."
        )
    signer = None if key is None else signing.open_key(key, lambda: _password(password_file, lang))
    seal = proof.Seal(
        signer=signer,
        authority=None if no_time_stamp else tsa,
        certificates=_certificates(tsa_ca),
        clocks=clock,
    )
    origin = target_of(site, None, ()).site
    first, last = _moment(since, "--from", end=False), _moment(until, "--to", end=True)
    with open_store(store, create=False) as history:
        seen = history.observations(origin, first, last)
        try:
            manifest = proof.export(
                seen, output, site=origin, since=first, until=last, seal=seal, previous=previous, now=_now
            )
        except NoStampError as error:
            click.echo(printable(str(error), LONGEST), err=True)
            context.exit(NO_ANSWER)
    observations = count("evidence-page.observations", len(manifest.seen), lang)
    click.echo(say("evidence.made", lang, folder=printable(str(output)), observations=observations))
    loud = {
        "evidence.loud-stamp": not manifest.stamped,
        "evidence.loud-authority": manifest.stamped and tsa_ca is None,
        "evidence.loud-signature": manifest.key is None,
    }
    for text in (text for text, missing in loud.items() if missing):
        click.echo(say(text, lang), err=True)


@evidence.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option(
    "--key", help="The public key that its maker has published: the word RW…, or the file that holds it."
)
@click.option(
    "--tsa-ca",
    type=FILE,
    envvar="VOORBEHOUD_TSA_CA",
    help="The certificates of the time-stamp authorities that you trust (PEM).",
)
@click.option(
    "--previous", type=click.Path(path_type=Path), help="The bundle before this one, to check the chain."
)
@click.option(
    "--max-gap",
    help="Two observations further apart than this are an error: 48h, 8d. Else 8d, and beyond 48h a warning.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="What to print.")
@click.option(
    "--fail-on",
    type=click.Choice([*map(str, Level), "never"]),
    default="error",
    show_default=True,
    help="Exit 1 for what is wrong, or also for what was not checked.",
)
@lang_option
@click.pass_context
def verify(
    context: click.Context,
    bundle: Path,
    key: str | None,
    tsa_ca: Path | None,
    previous: Path | None,
    max_gap: str | None,
    form: str,
    fail_on: str,
    lang: str,
) -> None:
    """Check BUNDLE, the folder of a bundle, without store and without network: every byte, who made it, when, the chain,
    gaps in time, and whether each result follows from what was received.
    """
    trust = Trust(
        key=None if key is None else signing.public_key(key),
        authorities=_certificates(tsa_ca),
        previous=previous,
    )
    outcome = proof.check(bundle, trust, max_gap=None if max_gap is None else _span(max_gap))
    if form == "json":
        click.echo(told.dumps(outcome), nl=False)
    else:
        for line in told.text(outcome, lang):
            click.echo(printable(line, LONGEST))
    if fail_on != "never" and exit_worthy(outcome.problems, Level(fail_on)):
        context.exit(FINDINGS)


@evidence.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--password-file", type=FILE, help="The first line of this file becomes the password; else it is asked."
)
@click.option(
    "--no-password", is_flag=True, help="Whoever has the file can sign; for machines that sign by themselves."
)
@lang_option
def key(file: Path, password_file: Path | None, no_password: bool, lang: str) -> None:
    """Make a key to sign bundles with: the secret in FILE, readable by you alone, and the public one beside it in FILE.pub.

    The public key is printed: publish it where people can find it that you do not control alone. The program `minisign`
    takes both.
    """
    if no_password:
        password = None
    elif password_file is not None:
        password = _password(password_file, lang)
    else:
        password = click.prompt(
            say("evidence.password-new", lang), hide_input=True, confirmation_prompt=True, err=True
        )
    public = signing.make_key(file, password)
    click.echo(say("evidence.key-made", lang, file=printable(str(file))), err=True)
    click.echo(say("evidence.key-public", lang, file=printable(f"{file}.pub")), err=True)
    click.echo(public)


def _password(file: Path | None, lang: str) -> str:
    if file is None:
        asked: str = click.prompt(say("evidence.password", lang), hide_input=True, err=True)
        return asked
    lines = _read(file, "--password-file").decode("utf-8", "replace").splitlines()
    if not lines or not lines[0]:
        raise UserError(f"--password-file {file}: its first line is empty. Put the password there.")
    return lines[0]


def _certificates(file: Path | None) -> bytes | None:
    return None if file is None else _read(file, "--tsa-ca")


def _read(file: Path, option: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(
            f"{option} {file}: cannot be read ({error.strerror}). Is that the file you mean?"
        ) from error


def _moment(said: str | None, option: str, *, end: bool) -> datetime | None:
    """Give the moment that a user means; a day ends where the next one begins."""
    if said is None:
        return None
    try:
        when = datetime.fromisoformat(said)
    except ValueError as error:
        raise UserError(f"{option} {said}: not a day or a moment. Example: 2026-11-24") from error
    if end and when.time() == time() and "T" not in said.upper() and " " not in said:
        when += timedelta(days=1)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _span(said: str) -> timedelta:
    found = SPAN.fullmatch(said)
    if found is None:
        raise UserError(f"--max-gap {said}: give hours or days, such as 48h or 8d.")
    return timedelta(hours=int(found[1])) * (24 if found[2] == "d" else 1)


def _now() -> datetime:
    return datetime.now(UTC)
