"""What the host of a site sends and allows, as served.yaml tells it: for folders, which have no server to ask.

```yaml
headers:                                    # added to every answer whose path starts with `path`, in this order
  - {path: /, name: Server, value: nginx}
can: {robots: true, headers: true, well-known: true, html: true}    # what the maker can change there
rewrite: {robots-prepend: cdn-robots.txt}   # a file that a CDN puts before the maker's robots.txt
media:                                      # other origins, and the folder with what they serve
  - {origin: https://audio.example, folder: media}
```
All of it may be left out.  Files and folders are relative to served.yaml.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import DeclarationError
from ..declaration import values
from ..declaration.source import Faults, Listing, Mapping, Node, Scalar, read


@dataclass(frozen=True, slots=True)
class ServedHeader:
    """A header field that the host sends with everything whose path starts with `path`."""

    path: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Can:
    """What the maker can change on this host."""

    robots: bool = True
    headers: bool = True
    well_known: bool = True
    html: bool = True


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """Another origin, and the folder (relative to `Served.base`) that holds what it serves."""

    origin: str
    folder: str


@dataclass(frozen=True, slots=True)
class Served:
    """A host.  `base`: the folder that `robots_prepend` (a file) and the media folders are relative to."""

    base: Path = Path()
    headers: tuple[ServedHeader, ...] = ()
    can: Can = Can()
    robots_prepend: str | None = None
    media: tuple[MediaFolder, ...] = ()


def load_served(text: str | bytes, file: str) -> Served:
    """Give the host that the text of a served.yaml tells about.

    `file`: its path, for messages and as the place that other paths are relative to; nothing is opened.
    Raises DeclarationError with every fault, each with line and column.
    """
    root, faults = read(text, file)
    if faults.found:
        raise DeclarationError(faults.found)
    parts = _pairs(root, ("headers", "can", "rewrite", "media"), faults) if root is not None else {}
    headers = tuple(
        ServedHeader(*words) for words in _rows(parts.get("headers"), ("path", "name", "value"), faults)
    )
    can = {
        name.replace("-", "_"): _truth(node, faults)
        for name, node in _pairs(
            parts.get("can"), ("robots", "headers", "well-known", "html"), faults
        ).items()
    }
    rewrite = _pairs(parts.get("rewrite"), ("robots-prepend",), faults)
    prepend = _text(rewrite["robots-prepend"], values.folder, faults) if rewrite else None
    rows = _rows(parts.get("media"), ("origin", "folder"), faults, values.origin, values.folder)
    media = tuple(MediaFolder(*words) for words in rows)
    if faults.found:
        raise DeclarationError(faults.found)
    return Served(Path(file).parent, headers, Can(**can), prepend, media)


def _pairs(node: Node | None, known: tuple[str, ...], faults: Faults) -> dict[str, Node]:
    if node is None or (isinstance(node, Scalar) and node.empty):
        return {}
    if not isinstance(node, Mapping):
        faults.add(
            node.at, f"names and values are expected here: {', '.join(f'`{name}:`' for name in known)}"
        )
        return {}
    found = {}
    for key, value in node.pairs:
        try:
            found[values.word(key.text, known, "key")] = value
        except ValueError as error:
            faults.add(key.at, str(error))
    return found


def _rows(
    node: Node | None, names: tuple[str, ...], faults: Faults, *judges: Callable[[str], str]
) -> Iterator[list[str]]:
    """Yield the texts of each mapping in a list, in the order of `names`; every name must be there."""
    if node is None or (isinstance(node, Scalar) and node.empty):
        return
    if not isinstance(node, Listing):
        faults.add(node.at, f"a list is expected here, such as - {{{', '.join(f'{n}: ...' for n in names)}}}")
        return
    for item in node.items:
        found = _pairs(item, names, faults)
        missing = [name for name in names if name not in found]
        if missing:
            faults.add(item.at, f"`{missing[0]}:` is missing: add it")
            continue
        judged = zip(names, judges or (str,) * len(names), strict=True)
        words = [_text(found[name], judge, faults) for name, judge in judged]
        whole = [word for word in words if word is not None]
        if len(whole) == len(words):
            yield whole


def _text(node: Node, judge: Callable[[str], str], faults: Faults) -> str | None:
    if not isinstance(node, Scalar):
        faults.add(node.at, "one text is expected here, not a list or a mapping")
        return None
    try:
        return judge(node.text)
    except ValueError as error:
        faults.add(node.at, str(error))
        return None


def _truth(node: Node, faults: Faults) -> bool:
    if isinstance(node, Scalar) and node.plain and node.text in {"true", "false"}:
        return node.text == "true"
    faults.add(node.at, "write true or false")
    return False
