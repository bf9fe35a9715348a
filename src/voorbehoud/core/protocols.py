"""Where each protocol stands with the European Commission: dated data, shown to people, decides nothing."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType


class EuList(StrEnum):
    """Whether a protocol is on the Commission's list.  UNKNOWN: no list, or none that we could read."""

    UNKNOWN = "unknown"
    LISTED = "listed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Protocol:
    """One protocol.  `checked`: the day on which its place was last looked up."""

    eu_list: EuList
    checked: date
    note: str = ""


@cache
def protocols() -> Mapping[str, Protocol]:
    """Give every protocol by the key of its specification (core/spec.py)."""
    data = tomllib.loads(files(__package__).joinpath("protocols.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            key: Protocol(EuList(row["eu-list"]), row["checked"], row.get("note", ""))
            for key, row in data.items()
        }
    )
