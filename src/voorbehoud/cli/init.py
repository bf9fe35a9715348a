"""`voorbehoud init`: a few questions, then a declaration."""

import json
import shlex
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType

import click

from ..core.errors import DeclarationError, UserError
from ..declaration.load import load
from ..declaration.model import Consent, Declaration, Declarer, DeclarerKind, Licence, MediaOrigin, Terms
from ..declaration.schema import json_schema
from ..declaration.write import write
from ..workplace import DECLARATION
from .frame import lang_option

QUESTIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "nl": {
            "intro": "Een paar vragen; Enter neemt wat tussen haken staat. Daarna staat alles in {file}, en daar kun je het altijd aanpassen.",
            "name": "Wie maakt het voorbehoud? (naam van maker, groep of organisatie)",
            "kind": "Wat is dat?",
            "email": "E-mailadres voor vragen over rechten",
            "site": "Adres van je site (bijvoorbeeld https://atelier.example)",
            "media": "Staan er foto’s, geluid of video’s op een ander adres? (adres, of leeg)",
            "voice": "Mag iemand jouw stem, gezicht of stijl namaken?",
            "licence": "Pagina of e-mailadres voor wie toestemming wil vragen (of leeg)",
            "exists": "{file} bestaat al. Pas dat bestand aan, of geef het eerst een andere naam.",
            "done": "Geschreven: {file}\nVolgende stap: voorbehoud publish {folder}",
            "wrong": "Dat kan zo niet: {reason}",
        },
        "en": {
            "intro": "A few questions; Enter takes what stands between brackets. Afterwards all of it is in {file}, where you can change it.",
            "name": "Who makes the reservation? (name of the maker, group or organisation)",
            "kind": "What is that?",
            "email": "E-mail address for questions about rights",
            "site": "Address of your site (for example https://atelier.example)",
            "media": "Are there photos, sound or videos at another address? (address, or empty)",
            "voice": "May others clone your voice, likeness or style?",
            "licence": "Page or e-mail address for those who want to ask permission (or empty)",
            "exists": "{file} exists already. Change that file, or rename it first.",
            "done": "Written: {file}\nNext step: voorbehoud publish {folder}",
            "wrong": "That will not do: {reason}",
        },
    }
)


@click.command()
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--yes", is_flag=True, help="Ask nothing; take the options and the defaults.")
@click.option("--name", help="Who makes the reservation.")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in DeclarerKind]),
    default=None,
    help="What the declarer is.",
)
@click.option("--email", help="E-mail address for questions about rights.")
@click.option("--site", help="Address of the site: https://atelier.example")
@click.option(
    "--media", multiple=True, help="Another address that serves works of the site; may be repeated."
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Date of the reservation; else today."
)
@click.option(
    "--schema",
    is_flag=True,
    help="Print the JSON Schema of voorbehoud.yaml, for editors, and do nothing else.",
)
@lang_option
def init(
    folder: Path,
    yes: bool,
    name: str | None,
    kind: str | None,
    email: str | None,
    site: str | None,
    media: tuple[str, ...],
    since: datetime | None,
    schema: bool,
    lang: str,
) -> None:
    """Ask, then write voorbehoud.yaml into DIR (else into this folder).

    The default reserves text and data mining, AI training and AI use, and leaves search engines alone.
    """
    if schema:
        click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))
        return
    words = QUESTIONS[lang]
    if not folder.is_dir():
        raise UserError(
            f"{folder}: there is no such folder. Make it first, or give the folder with the files of your site."
        )
    path = folder / DECLARATION
    if path.exists():
        raise UserError(words["exists"].format(file=path))
    missing = [
        option for option, given in (("--name", name), ("--email", email), ("--site", site)) if not given
    ]
    if yes and missing:
        raise UserError(f"init --yes asks nothing, so it needs {', '.join(missing)} as well.")
    answers = _Answers(yes, words)
    if not yes:
        click.echo(words["intro"].format(file=path), err=True)
    who = Declarer(
        name=name or answers.ask("name"),
        kind=DeclarerKind(kind or answers.choose("kind", [str(k) for k in DeclarerKind], "person")),
        contact=email or answers.ask("email"),
    )
    address = site or answers.ask("site")
    origins = media or tuple(answers.ask("media", "").split())
    clone = answers.choose("voice", [str(c) for c in Consent], "ask") if not yes else None
    licence = answers.ask("licence", "")
    wish = Declaration(
        declarer=who,
        site=_origin(address),
        since=since.date() if since else date.today(),
        media=tuple(MediaOrigin(_origin(origin)) for origin in origins),
        licence=Licence(offer=licence) if "://" in licence else Licence(contact=licence or None),
        terms=Terms(*([Consent(clone)] * 3)) if clone else Terms(),
        languages=(lang, "en" if lang == "nl" else "nl"),
    )
    text = write(wish, lang)
    try:
        load(text, str(path))
    except DeclarationError as error:
        reasons = "; ".join(fault.message for fault in error.faults)
        raise UserError(words["wrong"].format(reason=reasons)) from error
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    click.echo(words["done"].format(file=path, folder=shlex.quote(str(folder))))


class _Answers:
    """Questions at the terminal, or their defaults when nothing may be asked."""

    def __init__(self, silent: bool, words: Mapping[str, str]) -> None:
        self.silent, self.words = silent, words

    def ask(self, question: str, default: str | None = None) -> str:
        if self.silent:
            return default or ""
        return str(
            click.prompt(self.words[question], default=default, show_default=bool(default), err=True)
        ).strip()

    def choose(self, question: str, choices: list[str], default: str) -> str:
        if self.silent:
            return default
        return str(click.prompt(self.words[question], type=click.Choice(choices), default=default, err=True))


def _origin(address: str) -> str:
    """Give the origin for what people type: with or without https://, with a slash at the end."""
    address = address.strip().rstrip("/")
    return address if "://" in address else f"https://{address}"
