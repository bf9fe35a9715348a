"""What lies in or just above a folder and can change what its host answers, in languages that are not followed here."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..core.evidence import Capture, Failure, Kind

FILES = (
    ".htaccess",
    "netlify.toml",
    "vercel.json",
    "web.config",
    "staticwebapp.config.json",
    "firebase.json",
)
MOST = 1024 * 1024
"""Bytes of one that are looked at."""

_SIGNALS = re.compile(
    rb"tdm-reservation(?!['\"]?(?:\s*[:=,]\s*|\s+|\s*['\"]?\s*,?\s*['\"]?value['\"]?\s*[:=]\s*)['\"]?1['\"]?(?![0-9.]))"
    rb"|content-usage[^\n]*=\s*y|content-signal[^\n]*=\s*yes",
    re.IGNORECASE,
)
"""A signal that is not plainly the reservation itself: what it amounts to, only the host knows."""
_CODE = re.compile(rb"<\?(?:php|=)?(.*?)(?:\?>|\Z)", re.DOTALL)


def settings_unread(folder: Path, origin: str, at: datetime) -> Iterator[Capture]:
    """Yield a failure for each settings file of a host, in `folder` or just above it, that may take a reservation back."""
    for place in (folder, folder.absolute().parent):
        for name in FILES:
            file = place / name
            try:
                if not file.is_file():
                    continue
                with file.open("rb") as opened:
                    text = opened.read(MOST)
            except OSError:
                text = b"tdm-reservation"  # nobody knows
            if _SIGNALS.search(text):
                why = f"{name} sets a signal in a way that only the host understands; check the site itself"
                url = f"{origin}/{name}"
                yield Capture(
                    url, url, Kind.DOCUMENT, None, (), b"", at, failure=Failure.UNREADABLE, detail=why
                )
                return


def speaks_in_code(body: bytes, ending: str) -> str | None:
    """Say why the source of a PHP page does not tell what is answered: its code speaks of a signal; None where it does not."""
    if ending.lower() != ".php" or not any(_SIGNALS.search(code) for code in _CODE.findall(body)):
        return None
    return "its PHP code sets a signal, and only the server knows what comes out; check the site itself"
