"""`voorbehoud explain`: what a finding means, or whether an agent may do something with an address."""

import click

from ..core.errors import UserError
from ..core.use import Use
from ..evaluate.explain import explain as answer_for
from ..evaluate.rulebook import RULES
from ..look import fetch, target_of
from ..report.explained import answer_text, rule_text
from .frame import NO_ANSWER, lang_option


@click.command()
@click.argument("subject", metavar="CODE|URL")
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
    """Say what a finding means (CODE), or whether an agent may do something with an address (URL).

    With a URL, --agent and --use are needed; the answer names the deciding line of every signal.
    """
    if subject.upper() in RULES:
        click.echo(rule_text(RULES[subject.upper()], lang), nl=False)
        return
    if "://" not in subject and "." not in subject and "/" not in subject:
        raise UserError(
            f"{subject}: no finding has that code. docs/findings.md lists them all; an address begins with https://."
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
