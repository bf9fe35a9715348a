"""The four uses a maker can reserve, and what every specification calls them.

No other file translates: whoever reads `ai-train` or `ai-input` asks the table here.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class Use(StrEnum):
    """What somebody may want to do with a work."""

    TDM = "tdm"  # any text and data mining: the reservation of DSM art. 4(3), Auteurswet art. 15o
    TRAIN_AI = "train-ai"  # changing the learned parameters of a generative model
    AI_USE = "ai-use"  # input to a model: grounding, retrieval, generated answers
    SEARCH = "search"  # finding works and pointing people to them


TERMS: Mapping[str, Mapping[str, tuple[Use, ...]]] = MappingProxyType(
    {
        # draft-ietf-aipref-vocab-08, section 4
        "aipref": {"train-ai": (Use.TRAIN_AI,), "ai-use": (Use.AI_USE,), "search": (Use.SEARCH,)},
        # contentsignals.org; ai-train is wider than AIPREF's train-ai, which it contains.  `use` has no counterpart.
        "content-signals": {"ai-train": (Use.TRAIN_AI,), "ai-input": (Use.AI_USE,), "search": (Use.SEARCH,)},
        # TDMRep, "Core properties"
        "tdmrep": {"tdm-reservation": (Use.TDM,)},
        # RSL 1.0, section 3.4.1; `ai-index` has no counterpart, `all` is any automated processing
        "rsl": {
            "ai-train": (Use.TRAIN_AI,),
            "ai-input": (Use.AI_USE,),
            "search": (Use.SEARCH,),
            "all": (Use.TDM,),
        },
        # PLUS LDF, "Data Mining": what a value prohibits, or allows where it says so; it has no word for AI use.
        # What other machine learning learns has no counterpart: AIML contains generative training.
        "plus": {
            "DMI-UNSPECIFIED": (),
            "DMI-ALLOWED": (Use.TDM, Use.TRAIN_AI, Use.SEARCH),
            "DMI-PROHIBITED-GENAIMLTRAINING": (Use.TRAIN_AI,),
            "DMI-PROHIBITED-AIMLTRAINING": (Use.TRAIN_AI,),
            "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": (Use.TDM, Use.TRAIN_AI),
            "DMI-PROHIBITED": (Use.TDM, Use.TRAIN_AI, Use.SEARCH),
            "DMI-PROHIBITED-SEECONSTRAINT": (Use.TDM, Use.TRAIN_AI),
            "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR": (Use.TDM, Use.TRAIN_AI),
            "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR": (Use.TDM, Use.TRAIN_AI),
        },
        # CAWG Training and Data Mining Assertion 1.1; `ai_training` is about other AI than generative AI, and has no counterpart
        "cawg": {
            "data_mining": (Use.TDM,),
            "ai_generative_training": (Use.TRAIN_AI,),
            "ai_inference": (Use.AI_USE,),
            "ai_training": (),
        },
        # DeviantArt 2022: no training; neither term speaks of mining at large
        "robots-meta": {"noai": (Use.TRAIN_AI,), "noimageai": (Use.TRAIN_AI,)},
        # trust.txt of JournalList, 2024-04-04: may the data be used to train
        "trust-txt": {"datatrainingallowed": (Use.TRAIN_AI,)},
        # what two search engines say that they do with these words; docs/decisions/0029
        "search-engines": {"noarchive": (Use.TRAIN_AI, Use.AI_USE), "nosnippet": (Use.AI_USE,)},
        # what an agent of that purpose comes for (agents/catalogue.yaml)
        "agent-purpose": {
            "training": (Use.TRAIN_AI,),
            "dataset": (Use.TRAIN_AI,),
            "control": (Use.TRAIN_AI,),
            "search": (Use.SEARCH,),
            "user-fetch": (Use.AI_USE,),
            "preview": (),
        },
    }
)

LEGACY_AIPREF = frozenset({"tdm", "ai", "genai", "inference", "bots", "all", "train-genai", "ai-output"})
"""Labels of earlier AIPREF drafts (vocab-01 to -04): unknown to -08, so whoever writes them says nothing."""


def entailed(reserved: Iterable[Use]) -> frozenset[Use]:
    """Give the uses that are reserved when `reserved` are: mining at large contains training, never search."""
    uses = frozenset(reserved)
    return uses | {Use.TRAIN_AI} if Use.TDM in uses else uses
