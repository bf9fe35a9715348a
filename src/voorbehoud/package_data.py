"""Where the files that ship beside the code stand: inside the package when installed, at the top of a checkout.

The wheel carries `templates/` and `site_examples/` within the package; an editable install leaves them where they are.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]


def templates() -> Path:
    """Give the folder of the templates: `frame/`, `page/`, `server/`."""
    return _folder("templates")


def site_examples() -> Path:
    """Give the folder of the example sites, one small site a folder; to be copied, never to be written to."""
    return _folder("site_examples")


def _folder(name: str) -> Path:
    shipped = _PACKAGE / name
    return shipped if shipped.is_dir() else _CHECKOUT / name
