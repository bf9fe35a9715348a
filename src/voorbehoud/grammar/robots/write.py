"""A robots.txt, written: the other side of `RobotsTxt.parse`."""

from collections.abc import Iterable

from ...core.artifact import RobotsGroup, RobotsRecord


def written(groups: Iterable[RobotsGroup], records: Iterable[RobotsRecord] = ()) -> str:
    """Give the text of `groups`, each followed by an empty line, with `records` after the rules of every group that lets somebody in.

    A group that refuses everything has no use for them: what may not be fetched has no preference
    (draft-ietf-aipref-attach-05, section 3).  Rules come first, since only they end a group (RFC 9309, section 2.2.4).
    """
    repeated = [f"{record.name}: {record.value}" for record in records]
    text = ""
    for group in groups:
        lines = [f"User-agent: {agent}" for agent in group.agents]
        lines += [f"{verb}: {path}".rstrip() for verb, path in group.rules]
        if ("Disallow", "/") not in group.rules or any(verb == "Allow" for verb, _ in group.rules):
            lines += repeated
        text += "\n".join(lines) + "\n\n"
    return text
