"""Pelican: `PLUGINS = ["voorbehoud.generators.pelican"]` in pelicanconf.py, or in publishconf.py alone.

The declaration stands beside the folder `content`; VOORBEHOUD says otherwise, seen from there, and VOORBEHOUD_LANG the language.
"""

import logging
from pathlib import Path

from pelican import Pelican, signals

from .build import publish_into

log = logging.getLogger(__name__)


def register() -> None:
    """Have Pelican call us when everything is written.  An exception of ours ends it with exit code 1 and the words."""
    signals.finalized.connect(_publish)


def _publish(pelican: Pelican) -> None:
    settings = pelican.settings
    lang = settings.get("VOORBEHOUD_LANG", "en")
    publish_into(
        Path(settings["OUTPUT_PATH"]),
        Path(settings["PATH"]),
        settings.get("VOORBEHOUD"),
        lang=lang,
        tell=log.info,
    )
