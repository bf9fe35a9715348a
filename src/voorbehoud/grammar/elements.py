"""What a page says about itself: its meta and link elements, as plain data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Place(StrEnum):
    """Where an element stands.  Inside `<template>`, comments and raw text there are no elements at all."""

    HEAD = "head"
    BODY = "body"
    NOSCRIPT = "noscript"  # an element for some readers (those that run no scripts), text for the others


class Meta(NamedTuple):
    """A meta element; an attribute that is missing is None, `content` is as written (references expanded, not trimmed).

    A tuple, as `Tag` is and for its reason; so is `LinkElement`.
    """

    name: str | None
    content: str | None
    line: int
    place: Place
    property: str | None = None
    http_equiv: str | None = None


class LinkElement(NamedTuple):
    """A link element; `rel` is lower case, in order."""

    rel: tuple[str, ...]
    href: str
    type: str
    line: int
    place: Place


@dataclass(frozen=True, slots=True)
class Head:
    """What a page says about itself.  `metas` and `links` of the whole part that was read, not of the head alone.

    `scripted`: lines of scripts that mention `tdm-reservation`.
    `complete` False: the head was still going on where reading stopped, so what is missing here may be further down.
    """

    metas: tuple[Meta, ...] = ()
    links: tuple[LinkElement, ...] = ()
    title: str | None = None
    lang: str | None = None
    base: str | None = None
    scripted: tuple[int, ...] = ()
    complete: bool = True
