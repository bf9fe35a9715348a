"""What people see: the report and the reservation page in a real browser, on a telephone and with nothing to load from."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import evidence_parts
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
    return made | {"policy": policy_page(wish).body.decode(), "evidence": proof}


@pytest.mark.parametrize("name", ["report-nl", "report-en", "policy", "evidence"])
def test_a_page_of_ours_fits_a_telephone_and_loads_nothing(page: "Page", tmp_path: Path, name: str) -> None:
    file = tmp_path / "page.html"
    file.write_text(documents()[name], encoding="utf-8")
    complaints: list[str] = []
    asked: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text)
    )  # a broken content security policy is told here
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(file.as_uri())
    assert complaints == []
    assert asked == [file.as_uri()]
    assert page.evaluate("[...document.styleSheets].some(sheet => sheet.cssRules.length > 5)"), (
        "no style applies"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.locator("h1").count() >= 1
    assert page.locator("html").get_attribute("lang") in {"nl", "en"}
