"""TDM policies: what they say, what they do to a reservation, how they are fetched and published, and what a hostile one must not do."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awkward_servers import Farm, answer, page
from test_evaluate_site import NOW, SITE, told, visit
from test_fetch_visit import visited
from vectors_runner import Case, cases, check, load
from voorbehoud.core.errors import DeclarationError, PublishError
from voorbehoud.core.evidence import Capture, Failure, Kind, Origin
from voorbehoud.core.use import Use
from voorbehoud.declaration import load as reading
from voorbehoud.declaration.model import (
    POLICY_PATH,
    Carrier,
    Declaration,
    Declarer,
    Licence,
    MediaOrigin,
    Mining,
    PathException,
)
from voorbehoud.declaration.write import write
from voorbehoud.evaluate.explain import explain
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SignalState, Verdict
from voorbehoud.fetch.folder import captures_of
from voorbehoud.fetch.visit import MOST_POLICIES
from voorbehoud.grammar.odrl import document
from voorbehoud.publish.compose import compose
from voorbehoud.publish.plan import plan
from voorbehoud.publish.prove import prove, says_the_same
from voorbehoud.signals import tdm_policy, tdm_policy_links
from voorbehoud.signals.signal import Asked
from voorbehoud.signals.tdm_policy_read import Constraint, Permission, TdmPolicy

pytest_plugins = ["awkward_servers"]


@pytest.mark.parametrize("case", cases("tdmrep/sec-tdm-policies.yaml"))
def test_what_a_policy_says(case: Case) -> None:
    check(tdm_policy.SIGNAL, case)


SITES = load("tdmrep/sec-tdm-policies-site.yaml")


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in SITES])
def test_what_a_policy_does_to_a_reservation(row: dict[str, Any]) -> None:
    result = judge(SITE, visit(row["captures"]), NOW)
    for name, wanted in row["uses"].items():
        assert told(result, Use(name), wanted.count("/")) == wanted, name
    assert result.protected is row["protected"]
    assert [v.use for v in result.uses if v.contradictory] == row.get("contradictory", [])
    assert sorted({f.code for f in result.findings if f.code.startswith("TDP")}) == row["findings"]
    assert all(r.kind is not Kind.TDM_POLICY for r in result.resources)
    assert not {"GET101", "GET102"} & {f.code for f in result.findings}  # a dead policy is told as one


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("a policy that asks first goes with the reservation", SignalState.PRESENT),
        ("a page for people is a policy", SignalState.PRESENT),
        ("a dead policy lifts no reservation (T12, D.3 merge case)", SignalState.BROKEN),
        ("nor one that cannot be parsed", SignalState.BROKEN),
        ("one that did not answer us may give everything away to others", SignalState.UNDETERMINED),
    ],
)
def test_the_state_of_a_policy(name: str, state: SignalState) -> None:
    row = next(row for row in SITES if row["name"] == name)
    (found,) = [s for s in judge(SITE, visit(row["captures"]), NOW).signals if s.signal == "tdm-policy"]
    assert found.state is state


def test_an_agent_is_told_of_the_gift_and_of_nothing_that_only_others_can_claim() -> None:
    rows = {row["name"]: visit(row["captures"]) for row in SITES}
    free = rows["a policy that gives mining to everyone undoes the reservation that names it"]
    answered = explain(free, f"{SITE}/", "ClaudeBot", Use.TDM)
    assert answered.verdict.strict is Verdict.NOT_RESERVED
    assert [v.said[0].origin.where for v in answered.voices if v.signal == "tdm-policy"] == ["permission 1"]
    some = rows["a policy that gives mining to some contradicts the reservation"]
    assert explain(some, f"{SITE}/", "ClaudeBot", Use.TDM).verdict.strict is Verdict.RESERVED


# ---- fetching ----------------------------------------------------------------------------------------------------------
GIFT = b'{"@type":"Offer","profile":"http://www.w3.org/ns/tdmrep","permission":[{"action":"tdm:mine"}]}'


def reservation(*policies: str) -> bytes:
    rules = [
        {"location": f"/{number}" if number else "/", "tdm-reservation": 1, "tdm-policy": policy}
        for number, policy in reversed([*enumerate(policies)])
    ]
    return json.dumps(rules).encode()


def served(farm: Farm, policy: bytes, media_type: str, path: str = "/p") -> tuple[str, tuple[Capture, ...]]:
    other = farm.site({path: answer(policy, f"Content-Type: {media_type}")})
    site = farm.site(
        {"/": page("hi"), "/.well-known/tdmrep.json": answer(reservation(other + path), "Content-Type: application/json")}
    )  # fmt: skip
    return site, visited(site).captures


def test_a_policy_is_fetched_from_wherever_it_stands(farm: Farm) -> None:
    site, captures = served(farm, GIFT, "application/ld+json")
    (found,) = [c for c in captures if c.kind is Kind.TDM_POLICY]
    assert (found.ok, found.body, found.found_on) == (True, GIFT, f"{site}/.well-known/tdmrep.json")
    result = judge(site, captures, NOW)
    assert result.use(Use.TDM).strict is Verdict.NOT_RESERVED
    assert result.protected is False


def test_what_is_named_beyond_the_most_is_not_vouched_for(farm: Farm) -> None:
    other = farm.site({f"/{n}": page("hi") for n in range(6)})
    body = reservation(*(f"{other}/{n}" for n in range(6)))
    site = farm.site({"/": page("hi"), "/.well-known/tdmrep.json": answer(body, "Content-Type: application/json")})  # fmt: skip
    found = [c for c in visited(site).captures if c.kind is Kind.TDM_POLICY]
    assert [c.failure for c in found] == [*[None] * MOST_POLICIES, Failure.GAVE_UP, Failure.GAVE_UP]


def test_a_page_that_was_asked_already_is_not_asked_twice(farm: Farm) -> None:
    site = farm.site({"/": page('<meta name="tdm-policy" content="/voorbehoud"><meta name="tdm-reservation" content="1"><a href="/voorbehoud">v</a>'), "/voorbehoud": page("Vraag het mij.")})  # fmt: skip
    captures = visited(site).captures
    asked = [c.asked for c in captures if c.asked.endswith("/voorbehoud") and c.kind is Kind.PAGE]
    (policy,) = [c for c in captures if c.kind is Kind.TDM_POLICY]
    (seen,) = [c for c in captures if c.asked == asked[0] and c.kind is Kind.PAGE]
    assert policy.at == seen.at
    assert policy.body == seen.body


def test_an_address_that_is_not_global_is_refused(farm: Farm) -> None:
    body = reservation("http://169.254.169.254/latest/meta-data/")
    site = farm.site({"/": page("hi"), "/.well-known/tdmrep.json": answer(body, "Content-Type: application/json")})  # fmt: skip
    (found,) = [c for c in visited(site).captures if c.kind is Kind.TDM_POLICY]
    assert (found.failure, found.body) == (Failure.FORBIDDEN_ADDRESS, b"")


def test_a_folder_holds_its_own_policy_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>hi</p>")
    (tmp_path / "voorwaarden").mkdir()
    (tmp_path / "voorwaarden" / "index.html").write_text("<p>Vraag het mij.</p>")
    (tmp_path / "p.json").write_bytes(GIFT)
    (tmp_path / ".well-known").mkdir()
    rules = reservation(f"{SITE}/p.json", f"{SITE}/voorwaarden/", f"{SITE}/no.json", "https://x.nl/p")
    (tmp_path / ".well-known" / "tdmrep.json").write_bytes(rules)
    captures = captures_of(tmp_path, SITE, None, lambda: NOW)
    found = {c.asked: c for c in captures if c.kind is Kind.TDM_POLICY}
    assert found[f"{SITE}/p.json"].body == GIFT
    assert found[f"{SITE}/voorwaarden/"].media_type == "text/html"
    assert found[f"{SITE}/no.json"].absent
    assert found["https://x.nl/p"].failure is Failure.ELSEWHERE
    assert judge(SITE, captures, NOW).protected is False


# ---- publishing --------------------------------------------------------------------------------------------------------
def declared(mining: Mining | None, **wish: Any) -> Declaration:
    licence = Licence("rechten+ai@e.nl", None, mining)
    return Declaration(Declarer("A. & B. <Maker>", "a@e.nl"), SITE, date(2026, 1, 1), licence=licence, **wish)


@pytest.mark.parametrize("mining", [Mining.ASK, Mining.PAID])
def test_what_is_published_is_the_example_of_the_dossier(mining: Mining, tmp_path: Path) -> None:
    wish = declared(mining, media=(MediaOrigin("https://beeld.e.nl"),))
    ours = compose(wish)
    prove(wish, ours)
    (policy,) = [file for file in ours.files if file.path == POLICY_PATH]
    said = json.loads(policy.body)
    assert said["uid"] == wish.policy == f"{SITE}{POLICY_PATH}"
    assert said["assigner"] == {
        "uid": f"{SITE}/",
        "vcard:fn": "A. & B. <Maker>",
        "vcard:hasEmail": "mailto:rechten+ai@e.nl",
        "vcard:hasURL": f"{SITE}/ai-voorbehoud/",
    }
    (permission,) = said["permission"]
    assert permission["duty"][0] == {"action": "obtainConsent"}
    assert (len(permission["duty"]), "constraint" in permission) == ((2, True) if mining is Mining.PAID else (1, False))  # fmt: skip
    named = {p for file in ours.files if file.path.endswith("tdmrep.json") for p in (r["tdm-policy"] for r in json.loads(file.body))}  # fmt: skip
    named |= {h.value for level in ours.levels for h in level.headers if h.name == "tdm-policy"}
    named |= {m.content for level in ours.levels for m in level.markup if m.name == "tdm-policy"}
    assert named == {wish.policy}
    elsewhere = compose(wish, "https://beeld.e.nl")
    prove(wish, elsewhere)
    assert POLICY_PATH not in {file.path for file in elsewhere.files}


def test_a_folder_that_is_published_is_protected_and_has_both_pages(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>E</title><p>hi</p>")
    for change in plan(declared(Mining.ASK), folder, tmp_path / ".voorbehoud").changes:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.after or b"")
    captures = captures_of(folder, SITE, None, lambda: NOW)
    result = judge(SITE, captures, NOW)
    assert result.protected is True
    assert {f.code for f in result.findings if f.code.startswith("TDP")} == {"TDP901"}
    assert {c.asked for c in captures} >= {f"{SITE}{POLICY_PATH}", f"{SITE}/ai-voorbehoud/"}
    explained = next(c.body.decode() for c in captures if c.asked.endswith("/ai-voorbehoud/"))
    assert explained.count(f'href="{SITE}{POLICY_PATH}"') == 2  # once in each language


def test_a_policy_of_ours_is_known_again_without_the_record(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    for change in plan(declared(Mining.ASK), folder, tmp_path / ".voorbehoud").changes:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        change.path.write_bytes(change.after or b"")
    again = plan(declared(Mining.ASK), folder, tmp_path / "lost")
    assert (again.changes, again.conflicts) == ((), ())
    sold = plan(declared(Mining.PAID), folder, tmp_path / "lost")
    assert [change.name for change in sold.changes] == ["tdm-policy.json"]
    assert sold.conflicts == ()
    (folder / "tdm-policy.json").write_bytes(GIFT)
    (conflict,) = plan(declared(Mining.PAID), folder, tmp_path / "lost").conflicts
    assert conflict.path.name == "tdm-policy.json"


def test_nothing_changes_unless_the_declaration_asks() -> None:
    wish = declared(None)
    assert wish.policy == wish.page == f"{SITE}/ai-voorbehoud/"
    assert POLICY_PATH not in {file.path for file in compose(wish).files}


@pytest.mark.parametrize(
    "wrong",
    [
        TdmPolicy(f"{SITE}{POLICY_PATH}", (Permission(target=f"{SITE}/"),), f"{SITE}/"),
        TdmPolicy(f"{SITE}{POLICY_PATH}", (Permission(duties=("compensate",)),), f"{SITE}/"),
        None,
    ],
)
def test_a_policy_that_says_something_else_is_refused(wrong: TdmPolicy | None) -> None:
    wish = declared(Mining.ASK)
    ours = compose(wish)
    files = tuple(f for f in ours.files if f.path != POLICY_PATH)
    files += tdm_policy.render(wrong) if wrong is not None else ()
    with pytest.raises(PublishError, match="would not say what the declaration says"):
        prove(wish, replace(ours, files=files))


def test_a_policy_without_a_reservation_is_refused() -> None:
    for wish in (
        declared(Mining.ASK, reserve=frozenset({Use.AI_USE})),
        declared(Mining.ASK, carriers=(Carrier.TDM_FILE,)),
    ):
        with pytest.raises(PublishError, match="goes with a reservation"):
            prove(wish, compose(wish))


def test_reservations_that_lead_elsewhere_are_refused() -> None:
    wish = declared(Mining.ASK)
    ours = compose(declared(None))
    (policy,) = [f for f in compose(wish).files if f.path == POLICY_PATH]
    with pytest.raises(PublishError, match=r"names https://e\.nl/ai-voorbehoud/"):
        prove(wish, replace(ours, files=(*ours.files, policy)))


def test_a_policy_of_the_maker_agrees_only_where_it_asks_the_same() -> None:
    ask, paid = declared(Mining.ASK), declared(Mining.PAID)
    mine = next(f.body for f in compose(ask).files if f.path == POLICY_PATH)
    assert says_the_same(ask, compose(ask), POLICY_PATH, mine.replace(b"\n", b""))
    assert not says_the_same(paid, compose(paid), POLICY_PATH, mine)
    assert not says_the_same(ask, compose(ask), POLICY_PATH, b"no policy")


def test_where_mining_is_given_away_no_policy_is_named() -> None:
    wish = declared(
        Mining.ASK, exceptions=(PathException("/pers/", allow=frozenset({Use.TDM, Use.TRAIN_AI})),)
    )
    prove(wish, compose(wish))
    (file,) = [f for f in compose(wish).files if f.path.endswith("tdmrep.json")]
    assert [(r["tdm-reservation"], "tdm-policy" in r) for r in json.loads(file.body)] == [
        (0, False),
        (1, True),
    ]


DECLARATION = """
declared-by: {name: A, contact: a@e.nl}
site: https://e.nl
since: 2026-01-01
licence: {mining: %s}
"""


@pytest.mark.parametrize("mining", list(Mining))
def test_a_declaration_asks_for_a_policy(mining: Mining) -> None:
    wish = reading.load(DECLARATION % mining, "voorbehoud.yaml")
    assert wish.licence.mining is mining
    assert reading.load(write(wish, "nl"), "voorbehoud.yaml") == wish


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("carriers: [tdm-file]", "add tdm-policy to `carriers:`"),
        ("reserve: [ai-use]", "goes with a reservation"),
        ("carriers: [tdm-fill]", "tdm-fill"),
    ],
)
def test_a_declaration_that_asks_for_one_in_vain(more: str, told: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        reading.load(DECLARATION % "ask" + more, "voorbehoud.yaml")
    assert told in str(caught.value)


# ---- strangers' bytes --------------------------------------------------------------------------------------------------
PIECES = st.sampled_from(
    ['{', '}', '[', ']', ',', ':', '"@graph"', '"permission"', '"action"', '"tdm:mine"', '"duty"', '"constraint"', '"@id"',
     '"assigner"', '"@context"', 'null', '1e999', '"\\ud800"', '"vcard:hasEmail"', '"a\\', '\n', 'NaN', '"profile"']
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["@context", "@graph", "@id", "@type", "permission", "action", "duty", "constraint", "assigner", "target"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.binary(max_size=300) | st.lists(PIECES, max_size=20).map(lambda p: "".join(p).encode()) | JSON.map(lambda v: json.dumps({"profile": v, "permission": v, "assigner": v, "@context": v}).encode()))  # fmt: skip
def test_no_policy_raises(body: bytes) -> None:
    url = SITE + POLICY_PATH
    fields = (("Content-Type", "application/json"),)
    model = tdm_policy.parse(Capture(url, url, Kind.TDM_POLICY, 200, fields, body, NOW)).model
    if model is not None:
        tdm_policy.evaluate(model, Asked(SITE + "/"), Origin(url))


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 50_000, '"' + "x" * 100_000, "1" * 100_000])
def test_no_text_is_too_odd(body: str) -> None:
    assert document(body).problem is not None or body.isdigit()


@pytest.mark.parametrize(
    ("kind", "body", "header"),
    [
        (Kind.TDM_FILE, b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "/p"}]', ""),
        (Kind.TDM_FILE, rb'[{"location": "/", "tdm-reservation": 1, "tdm-\u0070olicy": "/p"}]', ""),
        (Kind.PAGE, b"<meta name=tdm-reservation content=1><META NAME='TDM-Policy' CONTENT='/p'>", ""),
        (Kind.PAGE, b"<meta name=tdm-reservation content=1><meta name=tdm-&#112;olicy content=/p>", ""),
        (Kind.PAGE, "<meta name=tdm-reservation content=1><meta name=tdm-policy content=/p>".encode("utf-16"), ""),
        (Kind.PAGE, b"hi", "TDM-Policy"),
        (Kind.IMAGE, b"hi", "tdm-policy"),
    ],
)  # fmt: skip
def test_however_a_policy_is_written_it_is_named(kind: Kind, body: bytes, header: str) -> None:
    media_type = "application/json" if kind is Kind.TDM_FILE else "text/html"
    fields = (
        ("Content-Type", media_type),
        *([("tdm-reservation", "1"), (header, f"{SITE}/p")] if header else []),
    )
    capture = Capture(f"{SITE}/x", f"{SITE}/x", kind, 200, fields, body, NOW)
    assert [naming.url for naming in tdm_policy_links.named(capture)] == [f"{SITE}/p"]


@given(st.text(max_size=100))
def test_no_naming_raises(text: str) -> None:
    fields = (("tdm-policy", text), ("Content-Type", "text/html"))
    body = f"<meta name=tdm-policy content='{text}'>".encode("utf-8", "replace")
    capture = Capture(SITE + "/", SITE + "/", Kind.PAGE, 200, fields, body, NOW)
    assert all(n.url.startswith("http") for n in tdm_policy_links.named(capture))


DUTIES = st.lists(st.sampled_from(["obtainConsent", "compensate"]), unique=True).map(tuple)
CONSTRAINTS = st.lists(
    st.sampled_from(["research", "non-research"]).map(lambda p: Constraint("purpose", "eq", (p,)))
    | st.lists(st.sampled_from(["urn:iso:3166:NLD", "urn:iso:3166:BEL"]), min_size=1, max_size=2).map(
        lambda places: Constraint("spatial", "isPartOf", tuple(places))
    ),
    max_size=2,
).map(tuple)


@given(
    st.lists(
        st.builds(
            Permission, duties=DUTIES, constraints=CONSTRAINTS, target=st.none() | st.just("https://e.nl/a")
        ),
        min_size=1,
        max_size=3,
    ).map(tuple)
)
def test_what_is_written_is_read_again(permissions: tuple[Permission, ...]) -> None:
    model = TdmPolicy("https://e.nl/p", permissions, "https://e.nl/", (("vcard:fn", "“É” \\ <b>"),))
    (file,) = tdm_policy.render(model)
    url = SITE + file.path
    sent = Capture(url, url, Kind.TDM_POLICY, 200, (("Content-Type", file.media_type),), file.body, NOW)
    parsed = tdm_policy.parse(sent)
    assert parsed.model == model
    free = any(not p.asks for p in permissions)
    assert bool(tdm_policy.evaluate(model, Asked(SITE + "/"), Origin(url))) is free
    assert {"TDP901"} & {f.code for f in parsed.findings} == (set() if free else {"TDP901"})
