"""What all verbs share: how an error ends, and in which language."""

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..core.errors import UserError
from ..report.wire import printable

LONGEST = 2_000
"""Characters of one line of an error that are shown."""

FINDINGS, YOUR_INPUT, NO_ANSWER, INTERRUPTED = 1, 2, 3, 130

Verb = TypeVar("Verb", bound=Callable[..., Any])


class Group(click.Group):
    """A group whose verbs end a mistake of the user's with exit code 2 and a message, and a closed pipe or Ctrl-C in silence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            # The text may quote a file or what was typed; nothing in it may steer the terminal.
            click.echo("\n".join(printable(line, LONGEST) for line in str(error).split("\n")), err=True)
            ctx.exit(YOUR_INPUT)
        except BrokenPipeError:
            # `voorbehoud check … | head`: the reader has seen enough.  Python would complain once more while closing stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (KeyboardInterrupt, click.Abort):
            click.echo("\nStopped.", err=True)
            ctx.exit(INTERRUPTED)


def lang_option(verb: Verb) -> Verb:
    """Add `--lang nl|en`; without it the language of the environment decides, English where that is neither."""
    return click.option(
        "--lang",
        type=click.Choice(["nl", "en"]),
        callback=lambda _context, _option, chosen: chosen or language(),
        help="Language of the output; else that of your system.",
    )(verb)


def language() -> str:
    """Give `nl` where the environment speaks Dutch, else `en` (POSIX: LC_ALL, LC_MESSAGES, LANG)."""
    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "nl" if spoken.lower().startswith("nl") else "en"
