"""What `tdm-reservation` and `tdm-policy` say, wherever they stand: shared by the header, the meta element and the file.

Spec: TDMRep, "TDM Core Properties".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from ..core.evidence import Origin
from ..core.preference import Preference
from ..core.statement import Reading, Statement
from ..core.use import Use
from ..declaration.model import Declaration

FAMILY = "tdmrep"
RESERVATION, POLICY = "tdm-reservation", "tdm-policy"

_MEANT_TO_RESERVE = frozenset({"1", "2", "true", "yes", "?1"})
"""CHOICE: what nobody writes who does not mean to reserve.  `2` was "reserved, with policy" in the drafts of 2021."""


@dataclass(frozen=True, slots=True)
class TdmWords:
    """The two words at one place.

    `reserved`: what a literal reader finds; None: nothing usable was said, which is not "no".
    `meant`: what a favourable reader takes it for; differs from `reserved` only where the words are faulty.
    `policy`: as written; an absolute URL where we wrote it.
    """

    reserved: bool | None = None
    policy: str | None = None
    meant: bool | None = None

    @classmethod
    def of(cls, wish: Declaration, path: str) -> "TdmWords | None":
        """The maker's wish at `path`; no policy beside "not reserved", which needs none."""
        reserved = wish.reserves(Use.TDM, path)
        return None if reserved is None else cls(reserved, wish.policy if reserved else None, reserved)

    @classmethod
    def read(cls, words: Sequence[str], loose: Iterable[str], policies: Sequence[str]) -> "TdmWords":
        """The model of what was found: `words` where they belong, `loose` ones where only a favourable reader looks.

        CHOICE: repeated words are nothing to a literal reader, who joins them to `1, 1`, which is not 1.  A 0 among
        them counts for that reader: whoever takes the first or the last of them may hear it (docs/decisions/0034).
        """
        reserved = words[0] == "1" if len(words) == 1 and words[0] in {"0", "1"} else None
        if "0" in words:
            reserved = False
        meant = reserved
        if reserved is None or len(words) > 1:
            # Never False: a faulty 0 that undid what a lower layer reserves would be the less favourable reading.
            meant = (
                not _MEANT_TO_RESERVE.isdisjoint(word.strip().lower() for word in (*words, *loose)) or None
            )
        return cls(reserved, next(iter(policies), None), meant)

    def said(self) -> Iterator[tuple[str, str]]:
        """Yield the words to send, each name with its value."""
        if self.reserved is not None:
            yield RESERVATION, str(int(self.reserved))
        if self.policy is not None:
            yield POLICY, self.policy


def statements(
    strict: bool | None,
    protective: bool | None,
    policy: str | None,
    signal: str,
    rank: int,
    origin: Origin,
) -> tuple[Statement, ...]:
    """Say what two readings of one place amount to; a reading that finds nothing usable stays silent.

    `policy`: as written, resolved against the address of `origin`; left out beside "not reserved", which needs none.
    """
    if strict == protective:
        readings = [(strict, Reading.BOTH)]
    else:
        readings = [(strict, Reading.STRICT), (protective, Reading.PROTECTIVE)]
    return tuple(
        Statement(
            Use.TDM,
            Preference.DISALLOWED if reserved else Preference.ALLOWED,
            signal,
            FAMILY,
            rank,
            origin,
            reading,
            policy=_resolved(origin.url, policy) if reserved else None,
        )
        for reserved, reading in readings
        if reserved is not None
    )


def _resolved(base: str, policy: str | None) -> str | None:
    try:
        return None if policy is None else urljoin(base, policy.strip())
    except ValueError:
        return None


def is_whole_address(policy: str) -> bool:
    """Tell whether a policy address needs no base: `https://` or `http://` and a host."""
    try:
        parts = urlsplit(policy.strip())
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def is_no_policy(policy: str) -> bool:
    """Tell whether an address is known to hold something else than terms for mining.

    Seen in the wild: `llms.txt` (an index for assistants), a LICENSE of source code, `tdmrep.json` itself.
    """
    try:
        name = urlsplit(policy.strip()).path.rstrip("/").rpartition("/")[2].lower()
    except ValueError:
        return False
    return name in {"tdmrep.json", "robots.txt", "ai.txt"} or name.startswith(("llms", "license", "licence"))
