"""From a declaration to files in a folder, and back: plan, diff, apply, undo; and configuration for servers."""

from .apply import Undone, apply, undo
from .compose import Composition, compose
from .diff import diff
from .manifest import STATE
from .message import Message, Note
from .plan import Change, Plan, plan
from .server import SERVERS, Server, server_config, server_parts

__all__ = [
    "SERVERS", "STATE", "Change", "Composition", "Message", "Note", "Plan", "Server", "Undone", "apply", "compose", "diff",
    "plan", "server_config", "server_parts", "undo",
]  # fmt: skip
