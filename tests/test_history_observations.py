"""What is kept comes back as it was, byte by byte and word by word."""

import json
import pickle
import sqlite3
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from history_stores import Clock, address, clock, opened, sites, store
from made_visits import START, WEEK, visit
from voorbehoud.core.evidence import Capture, Failure, Hop, Kind, Origin
from voorbehoud.core.finding import Finding
from voorbehoud.core.member import Member
from voorbehoud.core.preference import Preference
from voorbehoud.core.statement import Audience, Reading, Statement
from voorbehoud.core.use import Use
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.rulebook import RULES
from voorbehoud.evaluate.verdict import (
    RULES_VERSION,
    Platform,
    ResourceVerdict,
    SignalResult,
    SignalState,
    SiteVerdict,
    UseVerdict,
    Verdict,
)
from voorbehoud.history import Store, codec, open_store
from voorbehoud.history.packed import pack

__all__ = ["address", "clock", "opened", "store"]

SITE = "https://atelier.example"

# Half a pair of surrogates is a text, two halves beside each other are one character to JSON, and come from nowhere.
texts = st.text(st.characters(codec=None), max_size=12).filter(
    lambda text: json.loads(json.dumps(text)) == text
)
words = st.from_regex(
    r"[a-z0-9.-]{1,8}", fullmatch=True
)  # what this program itself says: versions, names of platforms
times = st.datetimes(timezones=st.just(UTC))
origins = st.builds(Origin, texts, texts)
statements = st.builds(
    Statement, st.sampled_from(Use), st.sampled_from(Preference), texts, texts, st.integers(0, 9), origins,
    st.sampled_from(Reading), st.sampled_from(Audience), st.lists(texts, max_size=2).map(tuple), st.none() | texts,
)  # fmt: skip
said = st.lists(statements, max_size=2).map(tuple)


def use_verdicts(use: Use) -> st.SearchStrategy[UseVerdict]:
    verdict = st.sampled_from(Verdict)
    audience = st.none() | st.sampled_from(Audience)
    return st.builds(
        UseVerdict, st.just(use), verdict, verdict, audience, st.booleans(), st.booleans(), said, said
    )


four_uses = st.tuples(*map(use_verdicts, Use))
signals = st.builds(
    SignalResult,
    texts,
    st.sampled_from(SignalState),
    st.lists(st.tuples(st.sampled_from(Use), st.sampled_from(Preference)), max_size=2).map(tuple),
    origins,
)
resources = st.builds(
    ResourceVerdict, texts, st.sampled_from(Kind), four_uses, st.none() | texts, st.booleans()
)
findings = st.builds(
    Finding,
    st.sampled_from(sorted(RULES.values(), key=lambda rule: rule.code)),
    origins,
    st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)
verdicts = st.builds(
    SiteVerdict, st.just(SITE), times, words, st.booleans(), four_uses, st.lists(signals, max_size=2).map(tuple),
    st.lists(resources, max_size=1).map(tuple), st.lists(findings, max_size=3).map(tuple), st.booleans(),
    st.lists(st.builds(Platform, words, st.lists(origins, max_size=2).map(tuple)), max_size=2).map(tuple),
)  # fmt: skip
judged_today = verdicts.map(lambda verdict: replace(verdict, rules=RULES_VERSION))
headers = st.lists(
    st.tuples(st.sampled_from(["Date", "ETAG", "set-cookie", "Server", "X"]) | texts, texts), max_size=5
).map(tuple)
captures = st.builds(
    Capture, texts, texts, st.sampled_from(Kind), st.none() | st.integers(100, 999), headers, st.binary(max_size=40),
    times, st.floats(0, 1e4), st.lists(st.builds(Hop, texts, st.integers(300, 399), headers, times), max_size=2).map(tuple),
    st.booleans(), st.none() | st.sampled_from(Failure), texts, st.none() | texts, st.none() | texts,
    st.sampled_from(["GET", "HEAD"]) | texts, st.none() | texts, texts, st.none() | st.integers(0, 2**40),
    st.binary(max_size=9),
)  # fmt: skip


def kept(store: Store, *observations: Observation) -> None:
    for observation in observations:
        run = store.begin([Member(observation.site)])
        store.claim(run, 1)
        assert store.keep(run, [observation]) == 1


# ---- nothing is lost -------------------------------------------------------------------------------------------------
@given(verdicts)
def test_a_verdict_is_the_same_after_a_round_trip(verdict: SiteVerdict) -> None:
    rules = {name: codec.rule_of(texts) for name, texts in codec.rules_of(verdict).items()}
    again = codec.decode(codec.encode(verdict), verdict.checked, verdict.rules, rules.__getitem__)
    assert again == verdict


def test_the_form_of_a_verdict_has_every_field_there_is() -> None:
    """Who adds a field to one of these classes adds a form to the codec."""
    for kind, names in codec.FIELDS.items():
        assert names == tuple(field.name for field in fields(kind))
    whole = {field.name for field in fields(SiteVerdict)} - {"checked", "rules"}
    assert len(fields(Capture)) == 19, "a field of a capture needs a column and a step"
    assert whole == {
        "site", "protected", "uses", "signals", "resources", "findings", "reachable", "platforms",
    }  # fmt: skip


def test_an_observation_comes_back_whole_whatever_was_in_it(address: str) -> None:
    with open_store(address) as store:

        @settings(max_examples=12, phases=[Phase.generate])
        @given(st.lists(captures, max_size=4).map(tuple), judged_today, times, times, words)
        def comes_back(
            seen: tuple[Capture, ...], verdict: SiteVerdict, started: datetime, finished: datetime, tool: str
        ) -> None:
            observation = Observation(SITE, seen, started, finished, verdict, tool)
            kept(store, observation)
            assert pickle.loads(pickle.dumps(pack(observation))).observation() == observation  # noqa: S301 (our own)
            assert [told for _, told in store.verdicts()] == [verdict]
            assert observation in list(store.observations(SITE, started, started + timedelta(microseconds=1)))

        comes_back()


def test_the_wording_of_a_rule_is_kept_as_it_was_said(store: Store) -> None:
    first = visit(SITE)
    rule = replace(RULES["TDF901"], message="said otherwise then", code="TDF901")
    told = replace(first.verdict, findings=(Finding(rule, Origin(SITE)), *first.verdict.findings))
    kept(store, replace(first, verdict=told), visit(SITE, START + WEEK))
    then, now = (o.verdict for o in store.observations(SITE))
    assert then == told
    assert now == visit(SITE, START + WEEK).verdict


# ---- once ------------------------------------------------------------------------------------------------------------
def test_what_stays_the_same_is_kept_once(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "members.db"
    with open_store(str(file), now=clock) as store:
        for week in range(4):
            run = store.begin(sites(5))
            store.claim(run, 5)
            store.keep(run, [visit(member.site, START + week * WEEK) for member in sites(5)])
    database = sqlite3.connect(file)
    counted = {
        table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  ours
        for table in ("observation", "capture", "body", "headers", "verdict")
    }
    database.close()
    assert counted == {"observation": 20, "capture": 60, "body": 3, "headers": 3, "verdict": 5}


def test_two_processes_share_what_they_keep(store: Store, address: str) -> None:
    run = store.begin(sites(4))
    with open_store(address) as other:
        ours, theirs = store.claim(run, 2), other.claim(run, 2)
        store.keep(run, [visit(member.site) for member in ours])
        other.keep(run, [visit(member.site) for member in theirs])
        for member in (*ours, *theirs):
            assert list(other.observations(member.site)) == [visit(member.site)]


# ---- reading ---------------------------------------------------------------------------------------------------------
def test_the_latest_standing_of_each_site(store: Store) -> None:
    kept(store, visit(SITE), visit("https://b.example", tdm=None), visit(SITE, START + WEEK, tdm=None))
    first, second = store.standings()
    assert (first.member, first.at, first.protected) == (Member(SITE), START + WEEK, False)
    assert second.member == Member("https://b.example")
    assert first.use(Use.TDM).strict is Verdict.UNSET
    assert first.address == "192.0.2.7"


def test_the_standing_has_what_the_verdict_says(store: Store) -> None:
    observation = visit(SITE)
    kept(store, observation)
    (standing,) = store.standings()
    verdict = observation.verdict
    assert standing.protected is verdict.protected is True
    assert standing.worst is verdict.findings[0].severity
    assert (standing.rules, standing.tool, standing.reachable) == (verdict.rules, "0.1.0", True)
    for use in Use:
        ours, theirs = standing.use(use), verdict.use(use)
        assert (ours.strict, ours.protective, ours.audience) == (
            theirs.strict,
            theirs.protective,
            theirs.audience,
        )


def test_the_standings_of_an_earlier_run(store: Store) -> None:
    kept(store, visit(SITE), visit(SITE, START + WEEK, tdm=None))
    first, second = (count.run for count in store.runs())
    assert [standing.protected for standing in store.standings(first)] == [True]
    assert [standing.protected for standing in store.standings(second)] == [False]


def test_a_timeline_and_a_period_of_it(store: Store) -> None:
    kept(store, *(visit(SITE, START + week * WEEK) for week in range(4)))
    assert [standing.at for standing in store.timeline(SITE)] == [START + week * WEEK for week in range(4)]
    period = store.observations(SITE, START + WEEK, START + 3 * WEEK)
    assert [observation.started for observation in period] == [START + WEEK, START + 2 * WEEK]
    assert list(store.timeline("https://nobody.example")) == []


def test_more_sites_than_one_page_of_the_database(store: Store) -> None:
    run = store.begin(sites(1_100))
    one = visit("https://atelier-0.example")
    while claimed := store.claim(run, 400):
        store.keep(
            run, [replace(one, site=m.site, verdict=replace(one.verdict, site=m.site)) for m in claimed]
        )
    assert [standing.member for standing in store.standings()] == list(sites(1_100))


def test_a_run_in_numbers(store: Store) -> None:
    run = store.begin(sites(4))
    a, b, c, d = (member.site for member in store.claim(run, 4))
    gone = visit(c, failure=Failure.DNS)
    store.keep(run, [visit(a), visit(b, tdm=None), gone])
    store.hand_back(run, [d])
    (count,) = store.runs()
    assert (count.observed, count.protected, count.reserved, count.unreachable) == (3, 1, 1, 1)
    assert count.run.finished is None
