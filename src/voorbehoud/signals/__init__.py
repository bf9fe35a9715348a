"""Every mechanism, in the order in which a crawler meets it.

A new one is a new file here, one line below, a vector file and a docs page.
"""

from . import tdm_header
from .signal import AnySignal, Asked, Signal

SIGNALS: tuple[AnySignal, ...] = (tdm_header.SIGNAL,)

__all__ = ["SIGNALS", "AnySignal", "Asked", "Signal"]
