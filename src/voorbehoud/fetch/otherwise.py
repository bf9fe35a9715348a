"""The same questions put in other ways: by other readers, and with HEAD.

A reservation that only our own crawler gets to see is none: it has to be there for everyone, named or not.
Every reader says that it is us; none carries the name of somebody else's agent.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is asked.  `reader`: the User-Agent; None: our own.  `last`: only the last bytes, so many; 0: everything."""

    method: str = "GET"
    reader: str | None = None
    last: int = 0


PLAIN = Manner()
HEAD = Manner(method="HEAD")


def readers(agent: str) -> tuple[Manner, ...]:
    """Give the other readers that `agent`, our User-Agent, also asks as: one like a browser, one of a kind that no list has."""
    return (
        Manner(reader=f"Mozilla/5.0 (compatible; {agent})"),
        Manner(reader=f"some-reader/1.0 (asked by {agent})"),
    )
