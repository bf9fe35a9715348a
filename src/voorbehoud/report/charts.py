"""Charts as SVG, drawn where the report is made: no script, no style attribute, nothing that a policy of the page would stop.

Drawn by vl-convert from Vega-Lite (extra `plots`).  Each shows nothing but what the table beside it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from .answer import Answer

COLOURS: Mapping[Answer, str] = {
    Answer.RESERVED: "#1c6b3a",
    Answer.NOT_EVERYWHERE: "#e0a526",
    Answer.NOT_RESERVED: "#b5453c",
    Answer.NOT_ESTABLISHED: "#9aa0a6",
}
"""Also told apart by their lightness, in print and by who does not see red and green."""

WIDTH, ROW = 520, 26
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = frozenset(
    SVG + name for name in ("svg", "g", "path", "rect", "line", "text", "defs", "clipPath", "title")
)
CONFIG = {
    "background": None,
    "aria": False,
    "font": "Arial",
    "padding": {"left": 12, "right": 16, "top": 5, "bottom": 5},
    "view": {"stroke": None},
    "axis": {"labelFontSize": 13, "titleFontSize": 13, "labelLimit": 240, "labelPadding": 6, "domain": False, "ticks": False, "gridColor": "#cfcbc2"},
    "legend": {"labelFontSize": 13, "labelLimit": 220, "orient": "top", "title": None, "columns": 2, "columnPadding": 24},
}  # fmt: skip


def available() -> bool:
    """Say whether charts can be drawn here."""
    try:
        import vl_convert  # noqa: F401  an extra that is large and slow to load
    except ImportError:
        return False
    return True


def bars(
    parts: Sequence[tuple[str, Mapping[Answer, int], tuple[float | None, float | None]]],
    names: Mapping[Answer, str],
    lang: str,
) -> str:
    """Give a bar for each part, divided by answer; a thin line shows the interval of the reserved share."""
    rows = [f"{number} {name}" for number, (name, _, _) in enumerate(parts)]  # two parts may have one name
    values = [
        {"row": row, "answer": names[answer], "order": order, "share": answers[answer] / whole}
        for row, (_, answers, _) in zip(rows, parts, strict=True)
        if (whole := sum(answers.values()))
        for order, answer in enumerate(Answer)
    ]
    ends = [
        {"row": row, "low": low, "high": high}
        for row, (_, _, (low, high)) in zip(rows, parts, strict=True)
        if low is not None
    ]
    y = {
        "field": "row", "type": "nominal", "sort": rows, "title": None,
        "axis": {"labelExpr": "slice(datum.value, indexof(datum.value, ' ') + 1)"},
    }  # fmt: skip
    scale = {"domain": list(names.values()), "range": [COLOURS[answer] for answer in names]}
    bar = {
        "data": {"values": values},
        "mark": {"type": "bar", "height": {"band": 0.72}},
        "encoding": {
            "y": y,
            "x": {"field": "share", "type": "quantitative", "stack": "zero", "scale": {"domain": [0, 1]}, "title": None, "axis": {"format": ".0%", "tickCount": 5}},
            "color": {"field": "answer", "type": "nominal", "scale": scale},
            "order": {"field": "order", "type": "quantitative"},
        },
    }  # fmt: skip
    whiskers = [
        {
            "data": {"values": ends},
            "mark": {"type": "rule", "color": colour, "strokeWidth": stroke},
            "encoding": {"y": y, "x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
        }
        for colour, stroke in (("#ffffff", 5), ("#000000", 2))
    ]
    return _draw({"width": WIDTH, "height": ROW * len(parts), "layer": [bar, *whiskers]}, lang)


def course(points: Sequence[tuple[datetime, float, float, float]], lang: str) -> str:
    """Give a line of shares over time, with a band for the interval: (moment, share, low, high)."""
    values = [
        {"at": at.astimezone(UTC).isoformat(), "share": share, "low": low, "high": high}
        for at, share, low, high in points
    ]
    x = {"field": "at", "type": "temporal", "scale": {"type": "utc"}, "title": None, "axis": {"grid": False, "format": "%d-%m-%Y" if lang == "nl" else "%d %b %Y", "labelOverlap": True, "values": [v["at"] for v in values]}}  # fmt: skip
    axis = {"format": ".0%", "tickCount": 5}
    y = {"type": "quantitative", "scale": {"domain": [0, 1]}, "title": None, "axis": axis}
    return _draw(
        {
            "width": WIDTH + 80,
            "height": 180,
            "data": {"values": values},
            "layer": [
                {
                    "mark": {"type": "area", "color": COLOURS[Answer.RESERVED], "opacity": 0.25},
                    "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}},
                },
                {
                    "mark": {"type": "line", "color": COLOURS[Answer.RESERVED], "strokeWidth": 2.5, "point": {"color": COLOURS[Answer.RESERVED], "size": 50}},
                    "encoding": {"x": x, "y": {"field": "share", **y}},
                },
            ],
        },
        lang,
    )  # fmt: skip


def _draw(spec: dict[str, Any], lang: str) -> str:
    import vl_convert

    drawn = vl_convert.vegalite_to_svg({**spec, "config": CONFIG}, format_locale="nl-NL" if lang == "nl" else None)  # fmt: skip
    return harmless(drawn)


def harmless(svg: str) -> str:
    """Give a drawing with nothing in it but shapes and text, whatever the names in it were; hidden from screen readers.

    The table beside it says the same.  Raises ValueError where there is more: our own mistake.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  drawn by our own process a moment ago
    for element in root.iter():
        if element.tag not in ELEMENTS or not _plain(element.attrib):
            raise ValueError(f"<{element.tag}> with {sorted(element.attrib)} in a drawing")
        for name in [name for name in element.attrib if name.startswith(("aria-", "role", "class"))]:
            del element.attrib[name]
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    ElementTree.register_namespace("", SVG[1:-1])
    return ElementTree.tostring(root, encoding="unicode")


def _plain(names: Iterable[str]) -> bool:
    return not any(name == "style" or name.startswith(("on", "{")) or name.endswith("href") for name in names)
