"""What an agent comes for.  The word is used by the declaration (which ones to refuse) and by the catalogue (who they are)."""

from enum import StrEnum


class Purpose(StrEnum):
    """The main purpose that an operator gives for an agent."""

    TRAINING = "training"
    DATASET = "dataset"
    CONTROL = (
        "control"  # a token of robots.txt that never makes a request: Google-Extended, Applebot-Extended
    )
    SEARCH = "search"
    USER_FETCH = "user-fetch"
    PREVIEW = "preview"


DEFAULT_PURPOSES = (Purpose.TRAINING, Purpose.DATASET, Purpose.CONTROL)
"""What a declaration refuses unless it says otherwise: search and link previews go on working."""
