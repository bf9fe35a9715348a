"""What people see: the report and the reservation page in a real browser, on a telephone and with nothing to load from."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import evidence_parts
import made_overviews
import report_verdicts
from voorbehoud.core.evidence import Origin
from voorbehoud.core.finding import Finding
from voorbehoud.declaration.model import Declaration, Declarer
from voorbehoud.evaluate.verdict import Verdict
from voorbehoud.publish.policy_page import policy_page
from voorbehoud.report.page import page as report

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = "https://atelier.example/" + "een-heel-lang-adres-zonder-spaties" * 8 + ".html"


@cache
def documents() -> dict[str, str]:
    """Every page that we make, filled with what is hard to lay out."""
    finding = Finding(report_verdicts.BAD, Origin(LONG, "line 3"), (("value", "x" * 300),))
    unset = report_verdicts.use_verdict(strict=Verdict.UNSET)
    before, after = (
        report_verdicts.site(report_verdicts.resource(tdm, url=LONG), findings=(finding,))
        for tdm in (unset, None)
    )
    wish = Declaration(Declarer("M" * 120, "m@atelier.example"), "https://atelier.example", date(2026, 11, 1))
    made = {f"report-{lang}": report([after], lang, before=[before]) for lang in ("nl", "en")}
    proof = evidence_parts.proof_page(
        evidence_parts.days(3), "nl", stamped=True, authority=LONG, key="RW" + "x" * 54
    )
    own = made_overviews.documents()
    return made | own | {"policy": policy_page(wish).body.decode(), "evidence": proof}


def test_a_page_of_ours_fits_a_telephone_and_loads_nothing(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    complaints: list[str] = []
    asked: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text)
    )  # a broken content security policy is told here
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 320, "height": 640})
    for name, document in documents().items():
        file.write_text(document, encoding="utf-8")
        asked.clear()
        page.goto(file.as_uri())
        assert complaints == [], name
        assert asked == [file.as_uri()], name
        assert page.evaluate("[...document.styleSheets].some(sheet => sheet.cssRules.length > 5)"), (
            f"{name}: no style applies"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        assert page.locator("h1").count() >= 1, name
        assert page.locator("html").get_attribute("lang") in {"nl", "en"}, name


DIM = """() => {
  const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const parts = colour => colour.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const colour = parts(getComputedStyle(element).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const text = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(parts(text)), light(behind(element))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) found.push(`${element.tagName} ${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return found;
}"""


def test_every_word_stands_out_from_what_is_behind_it(page: "Page", tmp_path: Path) -> None:
    """The contrast that WCAG 2.2 asks for at level AA (1.4.3), by day and by night."""
    file = tmp_path / "page.html"
    for name, document in documents().items():
        file.write_text(document, encoding="utf-8")
        page.emulate_media(color_scheme="light")
        page.goto(file.as_uri())
        assert page.evaluate(DIM) == [], name
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(DIM) == [], f"{name}, dark"


def test_who_cannot_see_a_page_finds_the_way(page: "Page", tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    for name, document in made_overviews.documents().items():
        file.write_text(document, encoding="utf-8")
        page.goto(file.as_uri())
        assert page.evaluate(ASTRAY) == [], name


ASTRAY = """() => {
  const found = [
    'table:not(:has(caption))', 'th:not([scope])', 'tbody tr:not(:has(th[scope=row]))', 'svg:not([aria-hidden=true])',
    'section:not([aria-labelledby])', "[tabindex='0']:not([aria-label])", 'a:not([href])', 'caption:empty', 'img',
  ].filter(selector => document.querySelector(selector));
  const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5')].map(heading => Number(heading.tagName[1]));
  if (levels[0] !== 1 || levels.some((level, i) => i && level - levels[i - 1] > 1)) found.push(`headings ${levels}`);
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  if (new Set(ids).size !== ids.length) found.push('an id twice');
  for (const element of document.querySelectorAll('[aria-labelledby]')) {
    if (!document.getElementById(element.getAttribute('aria-labelledby'))) found.push(element.outerHTML.slice(0, 80));
  }
  if (getComputedStyle(document.querySelector('caption')).display === 'none') found.push('captions are hidden from all');
  return found;
}"""
"""Gives what a reader of the page by ear would stumble over: the basics of WCAG 2.2, 1.3.1 and 2.4.6."""
