"""Every mechanism, in the order in which a crawler meets it.

A new one is a new file here, one line below, a vector file and a docs page.
"""

from . import (
    ai_txt,
    cawg,
    content_signal,
    content_usage,
    content_usage_header,
    media_xmp,
    robots_meta,
    robots_txt,
    rsl,
    schema_org,
    search_engines,
    tdm_epub,
    tdm_file,
    tdm_header,
    tdm_meta,
    tdm_pdf,
    tdm_policy,
    trust_txt,
    x_robots,
)
from .signal import AnySignal, Asked, Signal, read

SIGNALS: tuple[AnySignal, ...] = (
    robots_txt.SIGNAL,
    content_usage.SIGNAL,
    content_signal.SIGNAL,
    tdm_file.SIGNAL,
    ai_txt.SIGNAL,
    trust_txt.SIGNAL,
    rsl.SIGNAL,
    tdm_header.SIGNAL,
    content_usage_header.SIGNAL,
    x_robots.SIGNAL,
    tdm_meta.SIGNAL,
    tdm_policy.SIGNAL,
    robots_meta.SIGNAL,
    search_engines.SIGNAL,
    schema_org.SIGNAL,
    tdm_pdf.SIGNAL,
    tdm_epub.SIGNAL,
    media_xmp.SIGNAL,
    cawg.SIGNAL,
)

__all__ = ["SIGNALS", "AnySignal", "Asked", "Signal", "read"]
