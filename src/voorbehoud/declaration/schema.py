"""The form of voorbehoud.yaml as a JSON Schema, so that an editor helps while somebody types.

It knows shapes and words.  What takes a look at the whole (a use both reserved and allowed, the same path twice) only `load` tells.
"""

from collections.abc import Iterable
from typing import Any

from ..core.purpose import DEFAULT_PURPOSES, Purpose
from ..core.use import Use
from . import values
from .load import DEFAULT_ALLOW, DEFAULT_RESERVE, LANGUAGES, MAX_ITEMS
from .model import DEFAULT_CARRIERS, Carrier, Consent, DeclarerKind, Mining

DIALECT = "https://json-schema.org/draft/2020-12/schema"

ORIGIN = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\s\\]+/?$"
ADDRESS = r"^[Hh][Tt][Tt][Pp][Ss]://[^/?#@\s\\]+([/?#][^\s\\]*)?$"

Schema = dict[str, Any]
"""JSON: the one place where a dict of strings is the thing itself."""


def json_schema() -> Schema:
    """Give the schema of a declaration (JSON Schema 2020-12), titles and descriptions in English."""
    return {
        "$schema": DIALECT,
        **_object(
            "Reservation against text and data mining and AI training",
            "One maker's declaration, from which voorbehoud publishes every machine-readable form.",
            required=("declared-by", "site", "since"),
            properties={
                "declared-by": _declarer(),
                "site": _origin("Site", "Where the works stand: https:// and the host name, no page."),
                "media": _media(),
                "since": _text("Since", "The day from which you reserve: year-month-day.", pattern=values.DAY)
                | {"format": "date"},
                "reserve": _uses("Reserved uses", "What nobody may do without permission.", DEFAULT_RESERVE),
                "allow": _uses("Allowed uses", "What everybody may do.", DEFAULT_ALLOW),
                "exceptions": _exceptions(),
                "licence": _licence(),
                "terms": _terms(),
                "agents": _agents(),
                "languages": _words(
                    "Languages", "Of the reservation page; the first is the main one.", LANGUAGES
                )
                | {"minItems": 1, "default": list(LANGUAGES)},
                "carriers": _words("Carriers", "Where the reservation is published.", Carrier)
                | {"minItems": 1, "default": [str(each) for each in DEFAULT_CARRIERS]},
            },
        ),
    }


def _declarer() -> Schema:
    return _object(
        "Declared by",
        "Who makes this declaration.",
        required=("name", "contact"),
        properties={
            "name": _text("Name", "As it is published.", limit=values.MAX_NAME),
            "kind": _word("Kind", "What the declaring party is.", DeclarerKind)
            | {"default": str(DeclarerKind.PERSON)},
            "contact": _mail("Contact", "An e-mail address; it is published."),
            "on-behalf-of": _text(
                "On behalf of", "The rightsholder, when that is somebody else.", limit=values.MAX_NAME
            ),
        },
    )


def _media() -> Schema:
    origin = _origin("Origin", "https:// and the host name, no page.")
    folder = _text(
        "Folder",
        "What is uploaded there, relative to this file.",
        pattern=r"^[^/~\\][^\\]*$",
        limit=values.MAX_NAME,
    )
    entry = _object(
        "Media origin",
        "A host name with the folder that is uploaded to it.",
        required=("origin",),
        properties={"origin": origin, "folder": folder},
    )
    return _list("Media", "Other origins that serve works of the site.", {"anyOf": [origin, entry]})


def _exceptions() -> Schema:
    entry = _object(
        "Exception",
        "Other wishes for everything below a path.",
        required=("path",),
        properties={
            "path": _text(
                "Path", "The beginning of the path, no wildcards.", pattern=values.PATH, limit=values.MAX_PATH
            ),
            "reserve": _uses("Reserved uses", "Reserved here, whatever holds elsewhere."),
            "allow": _uses("Allowed uses", "Allowed here, whatever holds elsewhere."),
        },
    )
    entry["anyOf"] = [{"required": ["reserve"]}, {"required": ["allow"]}]
    return _list("Exceptions", "Paths where something else holds; the longest path wins.", entry)


def _licence() -> Schema:
    return _object(
        "Licence",
        "Where to ask for permission.",
        properties={
            "contact": _mail("Contact", "An e-mail address; it is published."),
            "offer": _text(
                "Offer", "The address of a page with your offer.", pattern=ADDRESS, limit=values.MAX_ADDRESS
            ),
            "mining": _word("Mining", "After asking, or asking and paying: for programs to read.", Mining),
        },
    )


def _terms() -> Schema:
    return _object(
        "Terms",
        "What holds for clones of the maker.",
        properties={
            "voice": _word("Voice", "Imitating the voice.", Consent),
            "likeness": _word("Likeness", "Imitating face and figure.", Consent),
            "style": _word("Style", "Imitating the style of the work.", Consent),
        },
    )


def _agents() -> Schema:
    token = _text(
        "Agent", "A product token, such as GPTBot.", pattern=values.TOKEN, limit=values.MAX_TOKEN
    ) | {"minLength": 2}
    purposes = _words("Purposes", "All agents that come for this; search includes Google and Bing.", Purpose)
    return _object(
        "Agents",
        "Which agents robots.txt names.",
        properties={
            "purposes": purposes | {"default": [str(each) for each in DEFAULT_PURPOSES]},
            "add": _list("Add", "Agents to name as well.", token),
            "leave": _list("Leave", "Agents not to name.", token),
        },
    )


# ---- shapes ----------------------------------------------------------------------------------------------------------
def _object(title: str, description: str, properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    return {
        "title": title,
        "description": description,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _list(title: str, description: str, items: Schema) -> Schema:
    return {
        "title": title,
        "description": description,
        "type": "array",
        "items": items,
        "maxItems": MAX_ITEMS,
        "uniqueItems": True,
    }


def _text(title: str, description: str, pattern: str = r"\S", limit: int = values.MAX_ADDRESS) -> Schema:
    return {
        "title": title,
        "description": description,
        "type": "string",
        "pattern": pattern,
        "maxLength": limit,
    }


def _origin(title: str, description: str) -> Schema:
    return _text(title, description, pattern=ORIGIN)


def _mail(title: str, description: str) -> Schema:
    return _text(title, description, pattern=values.MAIL)


def _word(title: str, description: str, known: Iterable[str]) -> Schema:
    return {"title": title, "description": description, "enum": [str(each) for each in known]}


def _words(title: str, description: str, known: Iterable[str]) -> Schema:
    return _list(title, description, {"enum": [str(each) for each in known]})


def _uses(title: str, description: str, default: frozenset[Use] | None = None) -> Schema:
    known = [str(each) for each in Use]
    shape = _words(title, description, known)
    return shape if default is None else shape | {"default": [each for each in known if each in default]}
