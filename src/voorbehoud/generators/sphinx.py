"""Sphinx: `extensions = ["voorbehoud.generators.sphinx"]` in conf.py.

The declaration stands beside conf.py or above it; `voorbehoud_declaration` says otherwise, and `voorbehoud_lang` the language.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

from ..core.errors import UserError
from .build import publish_into

SITES = frozenset({"html", "dirhtml", "singlehtml"})
"""Builders whose output is put on a server as it is."""
log = logging.getLogger(__name__)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_config_value("voorbehoud_declaration", None, "", (str, type(None)))
    app.add_config_value("voorbehoud_lang", "en", "", str)
    app.connect("build-finished", _publish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _publish(app: Sphinx, failed: Exception | None) -> None:
    if failed is not None or app.builder.name not in SITES:
        return
    given, lang = app.config.voorbehoud_declaration, app.config.voorbehoud_lang
    try:
        publish_into(Path(app.outdir), Path(app.confdir), given, lang=lang, tell=log.info)
    except UserError as error:
        raise ExtensionError(str(error)) from error
