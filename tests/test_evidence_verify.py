"""The check of a bundle: whatever is changed is found and named; what cannot be known is not claimed."""

import json
import os
import random
import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence_parts import (
    FIRST,
    SITE,
    Authority,
    captures,
    days,
    export,
    found,
    observation,
    open_authority,
    reseal,
)
from voorbehoud.core.errors import UserError
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.verdict import RULES_VERSION
from voorbehoud.evidence import archive, record, rejudge, signing
from voorbehoud.evidence import manifest as manifests
from voorbehoud.evidence.clock import Reading
from voorbehoud.evidence.problem import Level
from voorbehoud.evidence.told import dumps, text
from voorbehoud.evidence.verify import Trust
from voorbehoud.report import data as report
from voorbehoud.survey import proof

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Sealed:
    """A bundle with everything, and what to trust."""

    folder: Path
    authority: Authority
    key: Path
    public: str

    @property
    def trust(self) -> Trust:
        return Trust(key=self.public, authorities=self.authority.certificates.read_bytes())

    @property
    def seal(self) -> proof.Seal:
        certificates = self.authority.certificates.read_bytes()
        return proof.Seal(signing.open_key(self.key, str), self.authority.url, certificates)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sealed]:
    place = tmp_path_factory.mktemp("sealed")
    public = signing.make_key(place / "key", None)
    with open_authority(place / "tsa", "Test stamps") as authority:
        made = Sealed(place / "bundle", authority, place / "key", public)
        export(days(2), made.folder, seal=made.seal)
        yield made


@pytest.fixture
def copy(sealed: Sealed, tmp_path: Path) -> Path:
    return shutil.copytree(sealed.folder, tmp_path / "copy")


# ---- a bundle as it should be ------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
def test_a_whole_bundle_is_sound_and_says_what_was_established(sealed: Sealed) -> None:
    outcome = proof.check(sealed.folder, sealed.trust)
    assert outcome.problems == ()
    assert outcome.sound
    assert outcome.judged == 2
    assert outcome.stamp is not None
    assert outcome.stamp_trusted
    assert outcome.signature_trusted
    assert sorted(p.relative_to(sealed.folder).as_posix() for p in sealed.folder.rglob("*") if p.is_file()) == [
        "SHA256SUMS", "archive/0001-20261101T120000Z.warc.gz", "archive/0002-20261102T120000Z.warc.gz", "authority.pem",
        "bewijs.html", "evidence.html", "manifest.json", "manifest.json.minisig", "manifest.json.tsr",
    ]  # fmt: skip


@pytest.mark.needs("openssl")
def test_what_the_checker_did_not_bring_is_not_claimed(sealed: Sealed) -> None:
    outcome = proof.check(sealed.folder, Trust())
    assert found(outcome) == [
        ("key-not-given", manifests.SIGNATURE),
        ("authority-not-given", manifests.STAMP),
    ]
    assert outcome.sound
    assert not outcome.signature_trusted
    assert not outcome.stamp_trusted


def test_a_bundle_without_seals_is_sound_and_told_to_be_weak(tmp_path: Path) -> None:
    export(days(1), tmp_path / "b")
    outcome = proof.check(tmp_path / "b", Trust())
    assert found(outcome) == [("not-signed", ""), ("not-stamped", "")]
    assert {p.level for p in outcome.problems} == {Level.WARNING}


# ---- one byte ----------------------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
def test_one_changed_bit_anywhere_is_found_and_the_file_is_named(copy: Path, sealed: Sealed) -> None:
    chance = random.Random(20261126)  # noqa: S311  the same places in every run
    files = sorted(path for path in copy.rglob("*") if path.is_file())
    assert len(files) == 9
    flips = 0
    for path in files:
        name, whole = path.relative_to(copy).as_posix(), path.read_bytes()
        ends = [0, len(whole) - 1]
        for at in [*ends, *(chance.randrange(len(whole)) for _ in range(33))]:
            bad = bytearray(whole)
            bad[at] ^= 1 << chance.randrange(8)
            path.write_bytes(bad)
            trust = sealed.trust if flips % 2 else Trust()  # who brings nothing along finds it just as well
            outcome = proof.check(copy, trust)
            assert not outcome.sound, f"byte {at} of {name}"
            named = [
                p
                for p in outcome.problems
                if p.level is Level.ERROR and (p.file == name or name in dict(p.values).values())
            ]
            assert named, f"byte {at} of {name}: {found(outcome)}"
            flips += 1
        path.write_bytes(whole)
    assert flips >= 300
    assert proof.check(copy, sealed.trust).problems == ()


# ---- files -------------------------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
def test_every_file_that_goes_missing_is_named(copy: Path, sealed: Sealed) -> None:
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        name, whole = path.relative_to(copy).as_posix(), path.read_bytes()
        path.unlink()
        assert ("missing", name) in found(proof.check(copy, sealed.trust))
        path.write_bytes(whole)


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("name", ["nog-iets.txt", "archive/0003.warc.gz", "archive/.verborgen", "leeg/x"])
def test_every_file_that_was_added_is_named(copy: Path, sealed: Sealed, name: str) -> None:
    (copy / name).parent.mkdir(exist_ok=True)
    (copy / name).write_bytes(b"")
    assert ("added", name) in found(proof.check(copy, sealed.trust))


def test_a_name_that_is_no_text_and_a_file_without_end_are_told(tmp_path: Path) -> None:
    export(days(1), tmp_path / "b")
    odd = os.fsdecode(b"\xff.txt")
    (tmp_path / "b" / odd).write_bytes(b"x")
    os.truncate(tmp_path / "b" / ARCHIVE, 1 << 40)
    outcome = proof.check(tmp_path / "b", Trust())
    assert {("added", odd), ("changed", ARCHIVE)} <= set(found(outcome))
    assert json.loads(dumps(outcome))["sound"] is False


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(
        resource.RLIMIT_FSIZE, (1_000, most)
    )  # what is longer cannot be written, as on a full disk
    try:
        with pytest.raises(UserError, match=r"b: cannot be made \(.+\)\. Give another place"):
            export(days(1), tmp_path / "b")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.needs("openssl")
def test_a_link_is_not_followed_whatever_it_leads_to(copy: Path, sealed: Sealed, tmp_path: Path) -> None:
    kept = shutil.move(copy / "evidence.html", tmp_path / "elsewhere.html")
    (copy / "evidence.html").symlink_to(kept)
    (copy / "folder").symlink_to(tmp_path)
    outcome = proof.check(copy, sealed.trust)
    assert found(outcome) == [("irregular", "evidence.html"), ("irregular", "folder")]


@pytest.mark.needs("openssl")
def test_an_empty_folder_is_not_passed_over(copy: Path, sealed: Sealed) -> None:
    (copy / "leeg").mkdir()
    assert found(proof.check(copy, sealed.trust)) == [("irregular", "leeg")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"schema": "voorbehoud.evidence/2"}',
        b'{"schema": "voorbehoud.evidence/1"}',
    ],
)
def test_a_manifest_that_is_none_is_the_first_thing_that_is_told(tmp_path: Path, body: bytes) -> None:
    (tmp_path / manifests.NAME).write_bytes(body)
    outcome = proof.check(tmp_path, Trust())
    assert found(outcome) == [("manifest-unreadable", manifests.NAME)]
    assert not outcome.sound


def test_a_folder_without_manifest_is_no_bundle_and_no_folder_is_a_mistake(tmp_path: Path) -> None:
    assert found(proof.check(tmp_path, Trust())) == [("missing", manifests.NAME)]
    with pytest.raises(UserError, match="no such folder"):
        proof.check(tmp_path / "gone", Trust())


# ---- who, and when -----------------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
def test_the_key_of_somebody_else_is_told(sealed: Sealed, tmp_path: Path) -> None:
    other = signing.make_key(tmp_path / "other", None)
    outcome = proof.check(sealed.folder, replace(sealed.trust, key=other))
    assert found(outcome) == [("key-wrong", manifests.NAME)]


@pytest.mark.needs("openssl")
def test_whoever_signs_anew_without_the_key_is_found(copy: Path, sealed: Sealed, tmp_path: Path) -> None:
    signing.make_key(tmp_path / "other", None)
    reseal(copy, lambda told: told["observations"][0].update(protected=True), tmp_path / "other")
    keys = found(proof.check(copy, sealed.trust))
    assert ("signature-wrong", manifests.SIGNATURE) in keys
    assert ("stamp-for-other-data", manifests.STAMP) in keys


@pytest.mark.needs("openssl")
def test_a_seal_that_was_demanded_and_is_not_there_is_an_error(sealed: Sealed, tmp_path: Path) -> None:
    export(days(1), tmp_path / "b")
    outcome = proof.check(tmp_path / "b", sealed.trust)
    assert found(outcome) == [("signature-missing", ""), ("stamp-missing", "")]
    assert not outcome.sound


@pytest.mark.needs("openssl")
def test_an_authority_that_is_not_trusted_is_told(sealed: Sealed, tmp_path: Path) -> None:
    with open_authority(tmp_path / "tsa", "Stranger") as stranger:
        outcome = proof.check(
            sealed.folder, replace(sealed.trust, authorities=stranger.certificates.read_bytes())
        )
    assert found(outcome) == [("stamp-untrusted", manifests.STAMP)]
    assert outcome.stamp is None
    with pytest.raises(UserError, match="PEM"):
        proof.check(sealed.folder, replace(sealed.trust, authorities=b"none"))


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("wrong", [timedelta(minutes=11), -timedelta(minutes=11)])
def test_a_bundle_that_claims_another_hour_than_its_stamp_is_told(
    sealed: Sealed, tmp_path: Path, wrong: timedelta
) -> None:
    export(days(1), tmp_path / "b", seal=sealed.seal, now=lambda: datetime.now(UTC) + wrong)
    assert found(proof.check(tmp_path / "b", sealed.trust)) == [("stamp-late", manifests.STAMP)]
    export(days(1), tmp_path / "c", seal=sealed.seal, now=lambda: datetime.now(UTC) + wrong * 0.9)
    assert found(proof.check(tmp_path / "c", sealed.trust)) == []


# ---- the chain, and gaps -----------------------------------------------------------------------------------------------
@pytest.mark.needs("openssl")
def test_a_chain_holds_link_by_link(sealed: Sealed, tmp_path: Path) -> None:
    second, third = tmp_path / "second", tmp_path / "third"
    later = [observation(FIRST + timedelta(days=2))]
    export(later, second, previous=sealed.folder, seal=sealed.seal)
    assert found(proof.check(second, sealed.trust)) == [("previous-not-given", manifests.NAME)]
    assert found(proof.check(second, replace(sealed.trust, previous=sealed.folder))) == []
    assert found(proof.check(sealed.folder, replace(sealed.trust, previous=second))) == [
        ("link-missing", manifests.NAME)
    ]
    export([observation(FIRST + timedelta(days=3))], third, previous=second, seal=sealed.seal)
    assert found(proof.check(third, replace(sealed.trust, previous=sealed.folder))) == [
        ("link-wrong", manifests.NAME)
    ]
    gone = found(proof.check(third, replace(sealed.trust, previous=tmp_path / "gone")))
    assert gone == [("previous-unreadable", "")]


def test_a_link_to_what_is_no_bundle_of_this_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="readable manifest"):
        export(days(1), tmp_path / "b", previous=tmp_path)
    export(days(1), tmp_path / "a")
    with pytest.raises(UserError, match="one site"):
        export(days(1), tmp_path / "b", previous=tmp_path / "a", site="https://ander.example")
    assert not (tmp_path / "b").exists()


def gaps(folder: Path, most: timedelta, **trust: Any) -> list[object]:
    outcome = proof.check(folder, Trust(**trust), max_gap=most)
    return [dict(p.values)["hours"] for p in outcome.problems if p.key == "gap"]


def test_a_gap_is_where_nobody_saw_the_site(tmp_path: Path) -> None:
    nobody = observation(FIRST + 47 * HOUR, ())
    seen = [observation(FIRST), nobody, observation(FIRST + 49 * HOUR), observation(FIRST + 90 * HOUR)]
    export(seen, tmp_path / "b")
    assert gaps(tmp_path / "b", 48 * HOUR) == [49], "a look that reached no page closes no gap"
    assert gaps(tmp_path / "b", 49 * HOUR) == []
    assert gaps(tmp_path / "b", 40 * HOUR) == [49, 41]
    export([observation(FIRST + 150 * HOUR)], tmp_path / "c", previous=tmp_path / "b")
    assert gaps(tmp_path / "c", 48 * HOUR) == [60], "the time since the bundle before counts too"
    export([observation(FIRST), observation(FIRST + 99 * HOUR, ())], tmp_path / "d")
    export([observation(FIRST + 100 * HOUR)], tmp_path / "e", previous=tmp_path / "d")
    assert gaps(tmp_path / "e", 48 * HOUR) == [100], "nor does it close the gap to the next bundle"


def test_a_look_each_week_is_no_mistake_and_told_for_what_it_is(tmp_path: Path) -> None:
    weeks = [observation(FIRST + week * timedelta(days=7)) for week in range(3)]
    export(weeks, tmp_path / "b")
    outcome = proof.check(tmp_path / "b", Trust())
    assert outcome.sound
    (said,) = (p for p in outcome.problems if p.key == "interpolated")
    assert said.level is Level.WARNING
    assert dict(said.values) == {"number": 2, "hours": 168}
    export([weeks[0], weeks[2]], tmp_path / "c")
    assert [key for key, _ in told(tmp_path / "c")] == ["gap"], "a week that was missed"


def test_an_observation_closes_no_gap_by_claiming_to_have_lasted(tmp_path: Path) -> None:
    long = replace(observation(FIRST), finished=FIRST + 90 * HOUR)
    export([long, observation(FIRST + 91 * HOUR)], tmp_path / "b")
    assert gaps(tmp_path / "b", 48 * HOUR) == [91]


def test_what_was_seen_after_the_bundle_was_made_is_told(tmp_path: Path) -> None:
    export(days(2), tmp_path / "b", now=lambda: FIRST + timedelta(hours=1))
    assert told(tmp_path / "b") == [("seen-later", "archive/0002-20261102T120000Z.warc.gz")]


def test_a_link_says_when_the_site_was_seen_last(tmp_path: Path) -> None:
    export(days(1), tmp_path / "a")
    export([observation(FIRST + 9 * HOUR)], tmp_path / "b", previous=tmp_path / "a")
    assert ("link-wrong", manifests.NAME) not in found(
        proof.check(tmp_path / "b", Trust(previous=tmp_path / "a"))
    )
    reseal(tmp_path / "b", lambda told: told["previous"].update(last_observation="2026-11-01T20:00:00Z"))
    assert ("link-wrong", manifests.NAME) in found(
        proof.check(tmp_path / "b", Trust(previous=tmp_path / "a"))
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"site": "https', b'"site": "https://ander.example", "site": "https'),
        (b'"path": "bewijs', b'"path": "\\ud800bewijs'),
        (b'"files": [', b'"files": [{"path": "bewijs.html", "bytes": 1, "sha256": "' + b"0" * 64 + b'"}, '),
    ],
)
def test_a_manifest_that_says_a_thing_twice_or_no_name_is_none(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    export(days(1), tmp_path / "b")
    place = tmp_path / "b" / manifests.NAME
    place.write_bytes(place.read_bytes().replace(old, new, 1))
    assert found(proof.check(tmp_path / "b", Trust())) == [("manifest-unreadable", manifests.NAME)]


def test_a_site_that_never_answered_is_told(tmp_path: Path) -> None:
    export([observation(FIRST, ())], tmp_path / "b")
    assert ("nothing-seen", manifests.NAME) in found(proof.check(tmp_path / "b", Trust()))


# ---- verdicts ----------------------------------------------------------------------------------------------------------
def forged(**verdict: Any) -> Observation:
    """An observation of a site that reserves nothing, with a verdict that its captures do not give."""
    true = observation(FIRST, captures(None))
    assert not true.verdict.protected
    return replace(true, verdict=replace(true.verdict, **verdict))


def told(folder: Path) -> list[tuple[str, str]]:
    return [one for one in found(proof.check(folder, Trust())) if one[0] not in {"not-signed", "not-stamped"}]


ARCHIVE = "archive/0001-20261101T120000Z.warc.gz"


def test_a_verdict_that_does_not_follow_from_its_captures_is_told(tmp_path: Path) -> None:
    export([forged(protected=True)], tmp_path / "a")
    assert told(tmp_path / "a") == [("verdict-does-not-follow", ARCHIVE)]
    export([forged(findings=())], tmp_path / "b")
    outcome = proof.check(tmp_path / "b", Trust())
    assert [dict(p.values)["what"] for p in outcome.problems if p.file == ARCHIVE] == ["findings"]


def test_an_old_date_of_rules_is_no_excuse_for_claiming_more(tmp_path: Path) -> None:
    reserving = observation(FIRST).verdict
    export([forged(protected=True, rules="2020-01-01")], tmp_path / "a")
    assert told(tmp_path / "a") == [("verdict-claims-more", ARCHIVE)]
    export([forged(uses=reserving.uses, rules="2020-01-01")], tmp_path / "b")
    assert told(tmp_path / "b") == [("verdict-claims-more", ARCHIVE)]


def test_a_verdict_under_older_rules_that_claims_less_is_only_noted(tmp_path: Path) -> None:
    true = observation(FIRST)
    weak = replace(true.verdict, protected=False, rules="2020-01-01")
    export([replace(true, verdict=weak)], tmp_path / "a")
    assert told(tmp_path / "a") == [("rules-changed", ARCHIVE)]
    same = replace(true.verdict, rules="2020-01-01")
    export([replace(true, verdict=same)], tmp_path / "b")
    assert told(tmp_path / "b") == []


def test_captures_are_judged_with_the_rules_of_today(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export([observation(FIRST)], tmp_path / "a")
    monkeypatch.setattr(rejudge, "judge", lambda site, seen, now: observation(now, captures(None)).verdict)
    assert told(tmp_path / "a") == [("verdict-does-not-follow", ARCHIVE)]
    monkeypatch.setattr(rejudge, "RULES_VERSION", "2030-01-01")
    assert told(tmp_path / "a") == [("verdict-claims-more", ARCHIVE)]
    assert RULES_VERSION != "2030-01-01"


@pytest.mark.parametrize(
    ("edit", "key"),
    [
        (lambda told: told["observations"][0].update(protected=True), "summary-wrong"),
        (lambda told: told["observations"][0]["uses"].update(search="reserved"), "summary-wrong"),
        (lambda told: told["observations"][0].update(rules="2020-01-01"), "summary-wrong"),
        (lambda told: told.update(site="https://ander.example"), "summary-wrong"),
        (
            lambda told: told["observations"][0].update(
                started="2026-10-01T00:00:00Z", finished="2026-10-01T00:00:09Z"
            ),
            "time-outside",
        ),
        (lambda told: told["observations"].pop(), "archive-untold"),
        (lambda told: told["files"].pop(0), "archive-unlisted"),
    ],
)
def test_a_manifest_that_tells_other_than_its_archives_is_found(
    tmp_path: Path, edit: Callable[[dict[str, Any]], object], key: str
) -> None:
    """Even where every hash fits: a maker's own manifest says no more than the archive does."""
    export(days(1), tmp_path / "b")
    reseal(tmp_path / "b", edit)
    assert key in [one for one, _ in told(tmp_path / "b")]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"GIF89a"])
def test_an_archive_that_cannot_be_read_is_named_even_where_its_hash_is_right(
    tmp_path: Path, content: bytes
) -> None:
    export(days(1), tmp_path / "b")
    (tmp_path / "b" / ARCHIVE).write_bytes(content)
    reseal(tmp_path / "b", lambda told: None)
    assert told(tmp_path / "b") == [("archive-damaged", ARCHIVE)]


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        10**30,
        1.5,
        "",
        "x",
        "http://[",
        "0001-01-01T00:00:00+00:00",
        "\ud800",
        [],
        [[]],
        [["a"]],
        [[1, 2]],
        {},
        {"url": 1},
    ]
)


@settings(max_examples=60)
@given(field=st.sampled_from(sorted(json.loads(record.dumps(captures()[3])))), odd=ODD)
def test_a_record_of_a_forger_is_told_and_never_stops_the_check(field: str, odd: object) -> None:
    """Every digest fits, and a field of the lossless record holds something that no capture holds."""
    one, true = observation(), record.dumps
    uses = tuple((use.use.value, use.strict.value) for use in one.verdict.uses)
    seen = manifests.Seen(one.started, one.finished, one.tool, RULES_VERSION, ARCHIVE, True, True, uses)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            record, "dumps", lambda seen: json.dumps(json.loads(true(seen)) | {field: odd}).encode()
        )
        warc = archive.write(one, report.dumps([one.verdict], one.tool).encode(), "0001.warc.gz")
    problems, _ = rejudge.judge_again(
        SITE, seen, warc, lambda verdict, tool: report.document([verdict], tool)
    )
    assert {p.key for p in problems} <= {"archive-damaged", "time-outside", "verdict-does-not-follow"}


@settings(max_examples=60)
@given(data=st.data())
def test_a_manifest_of_a_forger_is_told_and_never_stops_the_check(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("forged")
    told_ = json.loads(MANIFEST)
    here: Any = told_
    while True:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else list(range(len(here)))))
        if not isinstance(here[key], dict | list) or not here[key] or data.draw(st.integers(0, 3)) == 0:
            break
        here = here[key]
    here[key] = data.draw(ODD)
    (folder / manifests.NAME).write_bytes(json.dumps(told_).encode())
    outcome = proof.check(folder, Trust(previous=folder))
    assert not outcome.sound
    assert list(text(outcome, "nl"))
    assert json.loads(dumps(outcome))


@pytest.mark.parametrize("sites", [[], [{}], [None], [{"site": SITE, "uses": {"tdm": {}}}], "x"])
def test_a_verdict_of_a_forger_is_told_and_never_stops_the_check(sites: object) -> None:
    one = observation()
    seen = manifests.Seen(one.started, one.finished, one.tool, RULES_VERSION, ARCHIVE, True, True, ())
    document = json.dumps({"schema": "voorbehoud.check/1", "sites": sites}).encode()
    warc = archive.write(one, document, "0001.warc.gz")
    problems, _ = rejudge.judge_again(
        SITE, seen, warc, lambda verdict, tool: report.document([verdict], tool)
    )
    assert [p.key for p in problems] == ["archive-damaged"]


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-11-01T12:00:00"]
)
def test_a_moment_that_is_none_of_ours_makes_no_manifest(tmp_path: Path, moment: str) -> None:
    export(days(1), tmp_path / "b")
    reseal(tmp_path / "b", lambda told: told["observations"][0].update(started=moment))
    assert found(proof.check(tmp_path / "b", Trust())) == [("manifest-unreadable", manifests.NAME)]


MANIFEST = manifests.dumps(
    manifests.Manifest(
        SITE, FIRST, FIRST, FIRST, "0.1.0", RULES_VERSION,
        (manifests.Seen(FIRST, FIRST, "0.1.0", RULES_VERSION, ARCHIVE, True, True, (("tdm", "reserved"),)),),
        (manifests.Entry(ARCHIVE, 9, "ab" * 32),), (Reading(SITE, FIRST, FIRST, 0, 1),),
        manifests.Link("cd" * 32, FIRST, FIRST), True, "https://tsa.example/", "RWx",
    )
)  # fmt: skip


def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(days(1), tmp_path / "b")
    (tmp_path / "b" / "dicht").mkdir()
    scandir = os.scandir

    def closed(place: Any) -> Any:
        if str(place).endswith("dicht"):  # root, who runs tests too, can open every folder
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", closed)
    assert ("irregular", "dicht") in found(proof.check(tmp_path / "b", Trust()))
