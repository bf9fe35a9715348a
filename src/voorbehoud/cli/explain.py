"""`voorbehoud explain`: what a finding means, what can be done on a platform, or whether an agent may do something with an address."""

import click

from ..advice import advice, names
from ..core.errors import UserError
from ..core.use import Use
from ..evaluate.explain import explain as answer_for
from ..evaluate.rulebook import RULES
from ..look import fetch, target_of
from ..report.explained import answer_text, rule_text
from .frame import NO_ANSWER, lang_option


@click.command()
@click.argument("subject", metavar="CODE|PLATFORM|URL")
@click.option("--agent", help="For a URL: the product token of an agent, as in robots.txt: GPTBot.")
@click.option(
    "--use", type=click.Choice([str(use) for use in Use]), help="For a URL: what the agent would do with it."
)
@click.option(
    "--allow-private",
    is_flag=True,
    envvar="VOORBEHOUD_ALLOW_PRIVATE",
    help="Also fetch from loopback and private addresses.",
)
@lang_option
@click.pass_context
def explain(
    context: click.Context, subject: str, agent: str | None, use: str | None, allow_private: bool, lang: str
) -> None:
    """Say what a finding means (CODE), what a maker can do on a platform (PLATFORM: wix, squarespace, other), or
    whether an agent may do something with an address (URL).

    With a URL, --agent and --use are needed; the answer names the deciding line of every signal.
    """
    if subject.upper() in RULES:
        click.echo(rule_text(RULES[subject.upper()], lang), nl=False)
        return
    if subject.lower() in names():
        click.echo(advice(subject.lower(), lang).markdown, nl=False)
        return
    if "://" not in subject and "." not in subject and "/" not in subject:
        raise UserError(
            f"{subject}: no finding has that code and no platform that name. docs/findings.md lists the codes; the platforms "
            f"are {', '.join(names())}; an address begins with https://."
        )
    if not agent or not use:
        raise UserError(
            "explain URL needs --agent and --use. Example: voorbehoud explain https://atelier.example/1.jpg --agent GPTBot --use train-ai"
        )
    target = target_of(subject, None, ())
    url = target.pages[0] if target.pages else target.site + "/"
    captures = fetch([target], allow_private=allow_private)[0]
    answer = answer_for(captures, url, agent, Use(use))
    click.echo(answer_text(answer, lang), nl=False)
    if answer.verdict.undetermined:
        context.exit(NO_ANSWER)
