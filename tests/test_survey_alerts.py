"""From changes in the store to letters that arrive: once each, whatever fails and whoever is killed."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from html import unescape
from pathlib import Path

import jsonschema
import pytest

from alert_servers import DROP, Hooks, Mailbox, hook_server, mail_server, status
from history_stores import Clock, Open, clock, opened
from made_visits import START, WEEK, visit
from voorbehoud.alerts.settings import ALL, Feed, Form, Kind, Mail, Security, Settings, Smtp, Webhook
from voorbehoud.core.errors import UserError
from voorbehoud.core.evidence import Failure
from voorbehoud.core.member import Member
from voorbehoud.evaluate.drift import State
from voorbehoud.evaluate.observation import Observation
from voorbehoud.history import Change, Store
from voorbehoud.survey import letters
from voorbehoud.survey.addresses import Addressee, read_addresses
from voorbehoud.survey.alerts import Told, tell, waiting
from voorbehoud.survey.letters import letter
from voorbehoud.survey.news import kind_of, news

__all__ = ["clock", "opened"]

A, B, C = "https://a.example", "https://b.example", "https://c.example"
MEMBERS = {A: "K-1", B: "K-2", C: "K-1"}
NOTHING = Settings(None, None, None, (), (), (), frozenset({Kind.WORSE, Kind.BETTER}))
ME = Address("Bond", "ict", "bond.example")


@pytest.fixture
def address(tmp_path: Path) -> str:
    return str(tmp_path / "members.db")


@pytest.fixture
def store(opened: Open, clock: Clock) -> Store:
    clock.at = START + 10 * WEEK
    return opened()


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as running:
        yield running


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as running:
        yield running


def kept(store: Store, *observations: Observation) -> None:
    for observation in observations:
        run = store.begin([Member(observation.site, MEMBERS[observation.site], (), "beeld")])
        store.claim(run, 1)
        assert store.keep(run, [observation]) == 1


def losing(site: str, first: int = 1, last: int = 2) -> list[Observation]:
    """A site that was well, and has lost its file in the weeks from `first` to `last`: the second makes it lost."""
    weeks = range(first, last + 1)
    return [visit(site), *(visit(site, START + week * WEEK, tdm=None) for week in weeks)]


def hook(hooks: Hooks, **given: object) -> Settings:
    made = Webhook("webhook/x", hooks.url, None, Form.JSON, frozenset(ALL), private=True)
    return replace(NOTHING, webhooks=(replace(made, **given),))  # type: ignore[arg-type]


def mail(box: Mailbox, **given: object) -> Settings:
    smtp = Smtp("127.0.0.1", box.port, Security.NONE, ME)
    made = replace(NOTHING, smtp=smtp, mails=(Mail("mail/x", ("kantoor@bond.example",), frozenset(ALL)),))
    return replace(made, **given)  # type: ignore[arg-type]


def run(
    store: Store,
    settings: Settings,
    clock: Clock,
    members: Mapping[str, Addressee] | None = None,
    **given: bool,
) -> list[Told]:
    return list(tell(store, settings, "nl", members, now=clock, **given))


def told_of(hooks: Hooks) -> list[list[tuple[str, str]]]:
    """Give the sites and states that each post tells."""
    bodies = [json.loads(post.body) for post in hooks.posted]
    return [[(site["site"], site["change"]["state"]) for site in body["sites"]] for body in bodies]


# ---- what is news ----------------------------------------------------------------------------------------------------
def test_what_is_not_known_is_no_alarm(store: Store) -> None:
    down = visit(A, START + WEEK, failure=Failure.TIMEOUT)
    closed = visit(B, START + WEEK, status=403)
    kept(store, visit(A), down, visit(B), closed, visit(C), visit(C, START + WEEK, tdm=None))
    changes = {change.member.site: change for change in store.changes()}
    assert {site: change.drift.state for site, change in changes.items()} == {
        A: State.UNREACHABLE,
        B: State.BLOCKED_US,
        C: State.WEAKENED,
    }
    assert {kind_of(change) for change in changes.values()} == {Kind.UNSURE}
    told = news(store.changes(), store.verdict, frozenset(ALL))
    assert letter("x", told, tuple(store.changes()), "nl").subject == "Voorbehoud: 3 sites onzeker"
    assert news(store.changes(), store.verdict, frozenset({Kind.WORSE, Kind.BETTER})) == ()


def test_a_site_that_falls_silent_after_a_loss_is_still_a_site_with_a_loss(store: Store) -> None:
    kept(store, *losing(A), visit(A, START + 3 * WEEK, failure=Failure.TIMEOUT))
    (told,) = news(store.changes(), store.verdict, frozenset(ALL))
    assert (told.kind, told.change.drift.state) == (Kind.WORSE, State.LOST)
    assert [other.drift.state for other in told.others] == [State.WEAKENED, State.UNREACHABLE]


def test_what_is_worst_comes_first(store: Store) -> None:
    part = b'[{"location": "/", "tdm-reservation": 1}]'
    kept(store, visit(B, tdm=None), visit(B, START + WEEK, tdm=part), *losing(C), *losing(A))
    told = news(store.changes(), store.verdict, frozenset(ALL))
    assert [each.change.member.site for each in told] == [A, C, B]
    assert [each.kind for each in told] == [Kind.WORSE, Kind.WORSE, Kind.BETTER]
    assert [f.code for f in told[0].to_do] == ["EFF406", "EFF404"]
    assert told[2].to_do == ()


def test_a_site_that_reserved_nothing_before_was_not_in_order_then(store: Store) -> None:
    kept(store, visit(A, tdm=None), visit(A, START + WEEK))
    text, _ = wrote(store, "nl")
    assert "meer voorbehouden dan eerst" in text
    assert "voor het laatst in orde gezien" not in text


# ---- what is written -------------------------------------------------------------------------------------------------
def wrote(store: Store, lang: str, whose: str = "") -> tuple[str, str]:
    changes = tuple(store.changes())
    made = letter("mail/x", news(changes, store.verdict, frozenset(ALL)), changes, lang, whose=whose)
    return made.text, made.html


def test_a_letter_tells_what_since_when_why_and_what_to_do(store: Store) -> None:
    kept(store, *losing(A))
    text, html = wrote(store, "nl")
    facts, _, to_do = text.partition("  > ")
    assert (
        facts
        == """\
Dit veranderde er aan wat sites van leden voorbehouden, sinds het vorige bericht.

Minder voorbehouden dan eerst (1)
=================================
Hier moet iemand iets doen.

https://a.example (lid K-1, groep beeld)
  Gezien op 16 november 2026, 03:00 UTC
  Verandering (ernstig): verloren; voor het laatst in orde gezien op 2 november 2026, 03:00 UTC
  tekst- en datamining, AI trainen: eerst voorbehouden voor iedereen, nu niet voorbehouden (de site als geheel)
  tekst- en datamining, AI trainen: eerst voorbehouden voor iedereen, nu niet voorbehouden (https://a.example/)
  mogelijk: het bestand is er niet meer (https://a.example/.well-known/tdmrep.json, 404)
  mogelijk: dit signaal zegt niets meer (https://a.example/.well-known/tdmrep.json, regel 1, bestand tdmrep.json)
  Ook in deze periode: verzwakt (9 november 2026, 03:00 UTC)
"""
    )
    assert to_do.startswith("Wat er is: niets op deze site behoudt tekst- en datamining voor. Wat te doen: ")
    shown = unescape(html)
    for line in text.splitlines():
        assert line.strip("=> -") in shown or "(lid K-1" in line
    assert '<a href="https://a.example">' in html
    assert all(word not in html for word in ("<img", "src=", "url(", "<script", "<link"))
    english, _ = wrote(store, "en")
    assert "Somebody has to do something here." in english
    assert "What to do: " in english


def test_a_member_is_told_what_their_platform_can_do(store: Store) -> None:
    wix = b'<html><head><meta name="generator" content="Wix.com Website Builder"></head><body></body></html>'
    gone = [visit(A, START + week * WEEK, tdm=None, page=wix) for week in (1, 2)]
    kept(store, visit(A, page=wix), *gone)
    ours, _ = wrote(store, "nl")
    theirs, html = wrote(store, "nl", whose="K-1")
    assert "voorbehoud explain wix" in ours
    assert "Bij Wix kun je robots.txt bewerken" in theirs
    assert "Bij Wix kun je robots.txt bewerken" in html
    assert "Bij Wix kun je robots.txt bewerken" not in ours
    assert "K-1" not in theirs, "their number means nothing to them"


def test_a_name_from_the_wire_is_only_text(store: Store) -> None:
    kept(store, *losing(A))
    odd = 'https://x.example/<img src=x>\r\nBcc: y@z.example\u202e"'
    changes = tuple(replace(c, member=Member(odd, "K\r\n-1", (), "<b>")) for c in store.changes())
    made = letter("x", news(changes, store.verdict, frozenset(ALL)), changes, "nl")
    assert "\n" not in made.subject
    assert "\r" not in made.subject
    assert "\u202e" not in made.subject + made.text + made.html
    assert "<img" not in made.html
    assert "<b>," not in made.html
    assert json.loads(made.data)["sites"][0]["site"] == odd


def test_a_long_letter_is_cut_for_people_and_whole_for_programs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_SITES", 1)
    kept(store, *losing(A), *losing(B))
    changes = tuple(store.changes())
    made = letter("x", news(changes, store.verdict, frozenset(ALL)), changes, "nl")
    assert made.subject == "Voorbehoud: 2 sites slechter"
    assert "en nog 1 site" in made.text
    assert len(json.loads(made.data)["sites"]) == 2


def test_the_json_fits_its_schema(store: Store, hooks: Hooks, clock: Clock) -> None:
    kept(store, *losing(A), visit(B), visit(B, START + WEEK, failure=Failure.DNS))
    run(store, hook(hooks), clock)
    jsonschema.validate(document := json.loads(hooks.posted[0].body), letters.schema())
    assert document["counts"] == {"worse": 1, "better": 0, "unsure": 1}
    test = json.loads(letters.trial("x", "nl", clock()).data)
    jsonschema.validate(test, letters.schema())
    assert test["test"]


# ---- once ------------------------------------------------------------------------------------------------------------
def test_what_was_told_is_not_told_again(store: Store, hooks: Hooks, clock: Clock) -> None:
    kept(store, *losing(A))
    assert run(store, hook(hooks), clock) == [Told("webhook/x", 1, 2)]
    assert run(store, hook(hooks), clock) == []
    kept(store, visit(A, START + 3 * WEEK))
    assert run(store, hook(hooks), clock) == [Told("webhook/x", 1, 1)]
    assert told_of(hooks) == [[(A, "lost")], [(A, "present")]]


def test_what_failed_comes_again_as_it_was_and_what_is_new_comes_after_it(
    store: Store, hooks: Hooks, clock: Clock
) -> None:
    hooks.acts = [status(500, b"kapot")]
    kept(store, *losing(A))
    again = clock() + timedelta(minutes=5)
    assert run(store, hook(hooks), clock) == [
        Told("webhook/x", 0, 2, failed=True, words="500 kapot", again=again)
    ]
    (listed,) = waiting(store, hook(hooks), "nl")
    assert listed.letters == ()
    assert [(s.number, s.error, s.again) for s in listed.stuck] == [(2, "500 kapot", again)]
    kept(store, *losing(B))
    clock.wait(minutes=5)
    assert [each.sent for each in run(store, hook(hooks), clock)] == [1, 1]
    first, second, third = hooks.posted
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert third.headers["webhook-id"] != first.headers["webhook-id"]
    assert told_of(hooks) == [[(A, "lost")], [(A, "lost")], [(B, "lost")]]


def test_who_cannot_wait_tries_again_at_once(store: Store, hooks: Hooks, clock: Clock) -> None:
    hooks.acts = [status(404), status(404)]
    kept(store, *losing(A))
    assert run(store, hook(hooks), clock)[0].again == clock() + timedelta(days=1)
    assert run(store, hook(hooks), clock) == []
    assert [each.failed for each in run(store, hook(hooks), clock, at_once=True)] == [True]
    assert [each.sent for each in run(store, hook(hooks), clock, at_once=True)] == [1]


def test_one_channel_that_fails_keeps_no_other_waiting(
    store: Store, hooks: Hooks, box: Mailbox, clock: Clock
) -> None:
    box.data = ["451 later"]
    kept(store, *losing(A))
    both = replace(mail(box), webhooks=hook(hooks).webhooks)
    assert [(each.channel, each.sent) for each in run(store, both, clock)] == [
        ("mail/x", 0),
        ("webhook/x", 1),
    ]


def test_at_a_program_that_is_down_nobody_knocks_for_each_letter(
    store: Store, hooks: Hooks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voorbehoud.survey.alerts.AT_ONCE", 1)
    hooks.acts = [status(503)]
    kept(store, *losing(A))
    assert [each.failed for each in run(store, hook(hooks), clock)] == [True]
    assert len(hooks.posted) == 1
    assert run(store, hook(hooks), clock)[0].sent == 1, "what was not tried need not wait"


def test_what_a_channel_does_not_tell_is_not_kept_for_later(store: Store, hooks: Hooks, clock: Clock) -> None:
    kept(store, visit(A), visit(A, START + WEEK, failure=Failure.TIMEOUT))
    assert run(store, hook(hooks, tell=frozenset({Kind.WORSE})), clock) == []
    assert run(store, hook(hooks), clock) == []


def test_what_is_older_than_the_settings_say_is_left_out(store: Store, hooks: Hooks, clock: Clock) -> None:
    kept(store, *losing(A), *losing(B, 4, 5))
    run(store, replace(hook(hooks), since=START + 3 * WEEK), clock)
    assert told_of(hooks) == [[(B, "lost")]]


def test_looking_sends_and_claims_nothing(store: Store, hooks: Hooks, clock: Clock) -> None:
    kept(store, *losing(A))
    for _ in range(2):
        (listed,) = waiting(store, hook(hooks), "nl")
        assert [each.subject for each in listed.letters] == ["Voorbehoud: https://a.example: verloren"]
    assert hooks.posted == []
    assert [each.sent for each in run(store, hook(hooks), clock)] == [1]
    assert json.loads(hooks.posted[0].body)["id"] == listed.letters[0].id


KILLED = """
import os, signal, sys
from datetime import datetime
from voorbehoud.alerts.settings import ALL, Form, Settings, Webhook
from voorbehoud.history import Store, open_store
from voorbehoud.survey.alerts import tell

address, url, where, at = sys.argv[1:]
setattr(Store, where, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
hook = Webhook("webhook/x", url, None, Form.JSON, frozenset(ALL), private=True)
now = lambda: datetime.fromisoformat(at)
with open_store(address, now=now) as store:
    list(tell(store, Settings(None, None, None, (), (hook,), (), frozenset()), "nl", now=now))
"""


@pytest.mark.parametrize(("where", "posts"), [("delivered", 2), ("verdict", 1)])
def test_who_is_killed_repeats_one_letter_at_most_and_loses_none(
    store: Store, address: str, hooks: Hooks, clock: Clock, where: str, posts: int
) -> None:
    """Killed after sending and before noting it, and killed after claiming and before sending."""
    kept(store, *losing(A))
    child = [sys.executable, "-c", KILLED, address, hooks.url, where, clock().isoformat()]
    died = subprocess.run(child, capture_output=True, check=False)
    assert died.returncode == -9, died.stderr.decode()
    kept(store, *losing(B))
    run(store, hook(hooks), clock)
    assert told_of(hooks)[-1] == [(B, "lost")], "what nobody holds need not wait"
    clock.wait(minutes=16)
    assert run(store, hook(hooks), clock) == [Told("webhook/x", 1, 2)]
    repeated = [post for post in hooks.posted if A in post.body.decode()]
    assert len(repeated) == posts
    assert len({(post.headers["webhook-id"], post.body) for post in repeated}) == 1
    clock.wait(days=30)
    assert run(store, hook(hooks), clock) == []


def test_a_line_cut_after_the_letter_repeats_it_with_the_same_message_id(
    store: Store, box: Mailbox, clock: Clock
) -> None:
    box.data = [DROP]
    kept(store, *losing(A))
    assert [each.failed for each in run(store, mail(box), clock)] == [True]
    clock.wait(minutes=5)
    assert [each.sent for each in run(store, mail(box), clock)] == [1]
    first, second = (made for _, made in box.letters)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_body(("plain",)).get_content() == second.get_body(("plain",)).get_content()  # type: ignore[union-attr]


# ---- members ---------------------------------------------------------------------------------------------------------
def only_members(box: Mailbox) -> Settings:
    return mail(box, mails=())


ADDRESSES = {"K-1": Addressee("een@leden.example"), "K-2": Addressee("twee@leden.example", "en")}


def test_each_member_hears_of_their_own_sites_in_their_own_language(
    store: Store, box: Mailbox, clock: Clock
) -> None:
    kept(store, *losing(A), *losing(B), *losing(C))
    assert [each.sent for each in run(store, only_members(box), clock, ADDRESSES)] == [1, 1]
    (first, one), (second, two) = box.letters
    assert (first, second) == (("een@leden.example",), ("twee@leden.example",))
    assert (one["Subject"], two["Subject"]) == ("Voorbehoud: 2 sites slechter", f"Reservations: {B}: lost")
    assert B not in one.as_string()
    assert one["To"] == "een@leden.example"
    assert run(store, only_members(box), clock, ADDRESSES) == []


def test_no_address_of_a_member_gets_into_the_store(
    store: Store, address: str, box: Mailbox, clock: Clock
) -> None:
    box.rcpt["een@leden.example"] = ["450 wait"]
    kept(store, *losing(A), *losing(B))
    run(store, only_members(box), clock, ADDRESSES)
    whole = b"".join(path.read_bytes() for path in Path(address).parent.glob("members.db*"))
    assert b"K-1" in whole
    assert b"leden.example" not in whole


def test_a_member_without_an_address_is_counted_and_one_who_must_wait_waits_alone(
    store: Store, box: Mailbox, clock: Clock
) -> None:
    box.rcpt["een@leden.example"] = ["450 wait"]
    kept(store, *losing(A), *losing(B))
    some = {"K-1": ADDRESSES["K-1"]}
    waits, missing = run(store, only_members(box), clock, some)
    assert (waits.failed, waits.again) == (True, clock() + timedelta(minutes=5))
    assert missing == Told("members", unaddressed=1)
    clock.wait(minutes=5)
    assert [each.sent for each in run(store, only_members(box), clock, some)] == [1]


def test_who_gets_an_address_later_still_hears_what_there_was_to_hear(
    store: Store, box: Mailbox, clock: Clock
) -> None:
    """A file of last year, or of half the members, must not silence the others for good."""
    kept(store, *losing(A), *losing(B))
    some = {"K-1": ADDRESSES["K-1"]}
    assert [each.unaddressed for each in run(store, only_members(box), clock, some)] == [0, 1]
    assert run(store, only_members(box), clock, some) == []
    clock.wait(days=7)
    assert [each.sent for each in run(store, only_members(box), clock, ADDRESSES)] == [1]
    assert [to for to, _ in box.letters] == [(ADDRESSES["K-1"].mail,), (ADDRESSES["K-2"].mail,)]
    assert run(store, only_members(box), clock, ADDRESSES) == []


def test_an_address_that_does_not_exist_is_given_up(store: Store, box: Mailbox, clock: Clock) -> None:
    box.rcpt["een@leden.example"] = ["550 no such box"]
    kept(store, *losing(A), *losing(B))
    refused, other = run(store, only_members(box), clock, ADDRESSES)
    assert (refused.failed, refused.again, refused.words) == (True, None, "K-1: 550 no such box")
    assert other.sent == 1
    clock.wait(days=30)
    assert run(store, only_members(box), clock, ADDRESSES) == []
    (listed,) = waiting(store, only_members(box), "nl", ADDRESSES)
    assert [(s.error, s.again) for s in listed.stuck] == [("550 no such box", None)]


def test_at_a_server_that_is_down_nobody_knocks_for_each_member(
    store: Store, box: Mailbox, clock: Clock
) -> None:
    kept(store, *losing(A), *losing(B))
    box.mail = ["451 closed", "451 closed"]
    assert [each.failed for each in run(store, only_members(box), clock, ADDRESSES)] == [True]
    assert len(box.mail) == 1
    box.mail = []
    clock.wait(minutes=5)
    assert [each.sent for each in run(store, only_members(box), clock, ADDRESSES)] == [1, 1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_addresses_as_a_spreadsheet_saves_them(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [("Member", "Naam", "Email", "lang"), ("K-1", "Zoë", "een@leden.example", ""), ("", "", "", "")]
    rows.append(("K-2", "b", "twee@leden.example", "en"))
    file = tmp_path / "leden.csv"
    file.write_bytes("\r\n".join(separator.join(row) for row in rows).encode(encoding))
    assert read_addresses(file) == ADDRESSES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("member,mail\nK-1,a@b.example\n", "line 1: a header with member and email"),
        ("member,email\n", "holds no address"),
        ("", "line 1: a header with member and email"),
        ("member,email\nK-1,a@b.example\nK-1,c@d.example\n", "line 3: member K-1 is also on line 2"),
        ("member,email\n,a@b.example\n", "line 2: the member is missing"),
        ("member,email\nK-1,a b@c.example\n", "line 2: 'a b@c.example' is no plain mail address"),
        ("member,email\nK-1,\n", "line 2: one line of text is expected"),
        ("member,email,lang\nK-1,a@b.example,fr\n", "line 2: the language 'fr' is not known. Known: nl, en"),
        ("PK\0\0", "is no CSV file"),
    ],
)
def test_a_fault_in_the_addresses_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "leden.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_addresses(file)
    assert said in str(caught.value)


# ---- the feed --------------------------------------------------------------------------------------------------------
def test_the_feed_has_the_newest_first_and_nobody_s_number(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    kept(store, *losing(A), visit(B), visit(B, START + WEEK, failure=Failure.TIMEOUT))
    file = tmp_path / "x.atom"
    tells = frozenset({Kind.WORSE, Kind.BETTER})
    settings = replace(NOTHING, feeds=(Feed("feed/x", file, "https://bond.example/x.atom", None, 10, tells),))
    assert run(store, settings, clock) == [Told("feed/x", 1, 1)]
    before = file.read_text(encoding="utf-8")
    assert "https://a.example: verloren" in before
    assert "Wat er aan voorbehouden verandert" in before
    assert "K-1" not in before
    assert B not in before
    clock.wait(days=1)
    assert run(store, settings, clock) == [Told("feed/x")]
    assert file.read_text(encoding="utf-8") == before
    kept(store, visit(A, START + 3 * WEEK))
    run(store, settings, clock)
    after = file.read_text(encoding="utf-8")
    assert after.index("a.example: weer zoals het was") < after.index("a.example: verloren")


def test_every_change_is_of_one_kind(store: Store) -> None:
    kept(store, *losing(A))
    (change, _) = store.changes()
    kinds = {state: kind_of(_as(change, state)) for state in State}
    assert {state for state, kind in kinds.items() if kind is Kind.BETTER} == {State.PRESENT, State.CHANGED}
    assert {state for state, kind in kinds.items() if kind is Kind.WORSE} == {State.LOST, State.DIVERGENT}


def _as(change: Change, state: State) -> Change:
    return replace(change, drift=replace(change.drift, state=state))
