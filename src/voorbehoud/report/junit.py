"""The result for CI servers: JUnit XML as Jenkins, GitLab and Azure read it (the schema of the xUnit plug-in).

A suite for each site, a case for each sampled page or file and for each signal that was looked for, and one for the site
as a whole.  Findings from `error` up are failures; milder ones and the reasons are left to the other formats.
"""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from ..core.finding import Finding, Severity
from ..evaluate.verdict import SignalState, SiteVerdict
from ..i18n import finding_text, name, say, where
from ..signals import SIGNALS
from .told import answer
from .wire import printable

Case = tuple[str, str]
"""Its class (page, signal, …) and its name."""

SIGNAL_OF_RULE: Mapping[str, str] = {rule.code: signal.name for signal in SIGNALS for rule in signal.rules}
LONGEST = 2000


def dumps(sites: Sequence[SiteVerdict], lang: str) -> str:
    """Give the verdicts as the text of one XML document, one final line ending.  Texts are in `lang`, names are not."""
    suites = [_suite(site, lang) for site in sites]
    root = ET.Element("testsuites", {"name": "voorbehoud"} | _sums(suites))
    root.extend(suites)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _sums(suites: Sequence[ET.Element]) -> dict[str, str]:
    return {
        count: str(sum(int(suite.get(count, 0)) for suite in suites))
        for count in ("tests", "failures", "errors")
    }


def _suite(site: SiteVerdict, lang: str) -> ET.Element:
    cases = _cases(site, lang)
    for finding in site.findings:
        if finding.severity.weight >= Severity.ERROR.weight:
            cases[_case_of(finding, cases)].append(_failure(finding, lang))
    whole: Case = ("site", printable(site.site))
    if not site.protected and not site.reachable:
        message = answer(site, lang)[1]
        cases[whole].append(ET.Element("error", type="unreachable", message=message))
    suite = ET.Element(
        "testsuite",
        name=printable(site.site),
        tests=str(len(cases)),
        failures=str(_having("failure", cases)),
        errors=str(_having("error", cases)),
        skipped=str(_having("skipped", cases)),
        timestamp=site.checked.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    for (kind, title), outcome in cases.items():
        case = ET.SubElement(suite, "testcase", classname=f"{printable(site.site)}.{kind}", name=title)
        case.extend(outcome)
    return suite


def _cases(site: SiteVerdict, lang: str) -> dict[Case, list[ET.Element]]:
    cases: dict[Case, list[ET.Element]] = {("site", printable(site.site)): []}
    for resource in site.resources:
        cases.setdefault((resource.kind.value, printable(resource.url)), [])
        if not resource.fetched:
            message = say("report.not-fetched", lang)
            cases[resource.kind.value, printable(resource.url)] = [ET.Element("skipped", message=message)]
    for result in site.signals:
        case = (result.signal, printable(result.origin.url))
        cases.setdefault(case, [])
        if result.state in {SignalState.ABSENT, SignalState.UNDETERMINED}:
            # Not having a signal is no failure: no site has them all.  What it costs stands with the pages and files.
            cases[case] = [ET.Element("skipped", message=name(result.state, lang))]
    return cases


def _case_of(finding: Finding, cases: Mapping[Case, object]) -> Case:
    """Give the case that a finding belongs to: its page or file, else its signal, else the site as a whole."""
    url = printable(finding.origin.url)
    signal = SIGNAL_OF_RULE.get(finding.code)
    fitting = [case for case in cases if case[1] == url and case[0] != "site"]
    own = [case for case in fitting if case[0] == signal]
    return next(iter((*own, *fitting)), next(iter(cases)))


def _having(outcome: str, cases: Mapping[Case, Sequence[ET.Element]]) -> int:
    return sum(any(element.tag == outcome for element in found) for found in cases.values())


def _failure(finding: Finding, lang: str) -> ET.Element:
    message, why, fix = (printable(text, LONGEST) for text in finding_text(finding, lang))
    failure = ET.Element("failure", type=finding.code, message=message)
    place = printable(" ".join(filter(None, (finding.origin.url, where(finding.origin.where, lang)))))
    reason, to_do = say("report.why", lang), say("report.fix", lang)
    failure.text = f"{place}\n{reason}: {why}\n{to_do}: {fix}\n{finding.rule.spec}\n{finding.rule.spec.url}\n"
    return failure
