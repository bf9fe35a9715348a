"""Static hosts whose headers stand in a JSON file or a function, and those that can send none.

JSON has no comments: where such text goes, and how it is merged, `voorbehoud server` says beside it.
"""

import json
import re

from ...core.errors import PublishError
from ..frame import render
from ..quoting import header
from .sending import Field, Part, Place, Sending


def vercel(it: Sending) -> tuple[Part, ...]:
    """Give the `headers` of a vercel.json: rules that exclude each other, because Vercel applies every one that matches."""
    rules = [{"source": "/(.*)", "headers": _pairs(it.steady, 0)}]
    for number in range(len(it.places)):
        longer = [place for place in it.places if place.number > number and place.path]
        here = next((place for place in it.places if place.number == number), None)
        rules.append({"source": _source(here, longer), "headers": _pairs(it.varying, number)})
    return (_json("vercel.json", {"headers": [rule for rule in rules if rule["headers"]]}),)


def _source(here: Place | None, longer: list[Place]) -> str:
    """Give a pattern of Vercel for what is below `here` and below none of `longer`."""
    path = here.path if here else "/"
    for place in (*longer, *([here] if here else [])):
        if not re.fullmatch(r"[A-Za-z0-9/_.-]+", place.path):
            raise PublishError(
                f"vercel.json cannot name the exception {place.path!r}: only letters, digits, `/`, `-`, `_` and `.` can stand there"
            )
    inner = [place.path.removeprefix(path) for place in longer if place.path.startswith(path)]
    barred = "".join(f"(?!{re.escape(text)})" for text in inner)
    # In path-to-regexp a full stop is plain text outside of groups; inside, it is a regular expression.
    return f"{path}({barred}.*)"


def firebase(it: Sending) -> tuple[Part, ...]:
    """Give the `hosting.headers` of a firebase.json, as far as they are the same everywhere."""
    rules = [{"source": "**", "headers": _pairs(it.steady, 0)}] if it.steady else []
    return (_json("firebase.json", {"hosting": {"headers": rules}}),)


def cloudfront(it: Sending) -> tuple[Part, ...]:
    """Give a CloudFront function for the event viewer-response."""
    return (Part("voorbehoud.js", render("server/cloudfront.js", it=it)),)


def github_pages(it: Sending) -> tuple[Part, ...]:
    """Give what can be done on GitHub Pages, which sends no headers of a maker's."""
    return (Part("pages.txt", render("server/pages.txt", it=it, where="github-pages")),)


def gitlab_pages(it: Sending) -> tuple[Part, ...]:
    """Give what can be done on GitLab Pages, which sends no headers of a maker's."""
    return (Part("pages.txt", render("server/pages.txt", it=it, where="gitlab-pages")),)


def _pairs(fields: tuple[Field, ...], number: int) -> list[dict[str, str]]:
    return [
        {"key": field.name, "value": header(field.values[number])} for field in fields if field.values[number]
    ]


def _json(name: str, value: object) -> Part:
    return Part(name, json.dumps(value, indent=2) + "\n")
