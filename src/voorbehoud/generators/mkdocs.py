"""MkDocs: `plugins: [search, voorbehoud]` in mkdocs.yml; with `declaration` and `lang` where they are not as usual."""

from pathlib import Path
from typing import Literal

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger

from ..core.errors import UserError
from .build import publish_into

log = get_plugin_logger("voorbehoud")


class Settings(Config):  # type: ignore[no-untyped-call]
    declaration = config_options.Optional(config_options.Type(str))
    lang = config_options.Choice(("en", "nl"), default="en")


class Reservation(BasePlugin[Settings]):  # type: ignore[no-untyped-call]
    """Publishes after `mkdocs build`, not while somebody looks with `mkdocs serve`."""

    previewing = False  # `on_startup` is not called where a program builds

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        self.previewing = command == "serve"

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        if self.previewing:
            return
        project = Path(config.config_file_path).parent
        try:
            publish_into(
                Path(config.site_dir), project, self.config.declaration, lang=self.config.lang, tell=log.info
            )
        except UserError as error:
            raise PluginError(str(error)) from error
