"""A plug-in for WordPress, as the zip that its administrator uploads: what the declaration says, and PHP that says it there."""

import json
import zipfile
from importlib.metadata import version
from io import BytesIO

from ... import i18n
from ...core.artifact import Header, Markup
from ...declaration.model import Declaration
from ...grammar.robots import encoded
from ..compose import Composition, Level, compose, robots_text
from ..frame import render
from ..prove import prove
from ..quoting import ODD
from .sending import TDM_FILE

NAME = "wordpress"
FOLDER = "voorbehoud"
TEXTS = ("readme.txt", "settings.php", "texts.php", "uninstall.php", "voorbehoud.php")
DATA = "reservation.json"
MADE = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the zip: the earliest that there is, so that equal declarations make equal zips."""


def wordpress(wish: Declaration, *, lang: str = "en", servers: dict[str, str]) -> bytes:
    """Give the plug-in.  `servers`: lines for the web server, by its name, for the files that WordPress does not send.

    Raises PublishError where something would say less than the declaration.
    """
    ours = compose(wish)
    prove(wish, ours)
    made = i18n.say("server.made", lang, origin=wish.site)
    files = {name: render(f"wordpress/{name}", made=made, version=version("voorbehoud")) for name in TEXTS}
    files[DATA] = json.dumps(_data(ours, servers), ensure_ascii=False, indent=1) + "\n"
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", MADE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text.encode())
    return packed.getvalue()


def _data(ours: Composition, servers: dict[str, str]) -> dict[str, object]:
    files = {
        file.path.removesuffix("index.html"): {"type": file.media_type, "body": file.body.decode()}
        for file in ours.files
    }
    return {
        "site": ours.origin,
        "odd": ODD,
        "texts": {
            "robots": robots_text(ours),
            "tdmrep": str(files.get(TDM_FILE, {}).get("body", "")),
            "headers": _lines(ours, [(level, level.headers) for level in ours.levels], ours.guarded.headers),
            "tags": _lines(ours, [(level, level.markup) for level in ours.levels], ours.guarded.markup),
        },
        "files": files,
        "servers": servers,
    }


Said = tuple[Header, ...] | tuple[Markup, ...]


def _lines(ours: Composition, levels: list[tuple[Level, Said]], guarded: Said) -> str:
    """Give `PATH NAME: VALUE` lines; a path alone where nothing is sent although something is above it."""
    said = [(encoded(level.path), found) for level, found in levels]
    if len(ours.levels) > 1:
        said.append(("?", guarded))
    lines = []
    for path, found in said:
        lines += [
            f"{path} {it.name}: {it.value if isinstance(it, Header) else it.content}" for it in found
        ] or [path]
    return "".join(f"{line}\n" for line in lines)
