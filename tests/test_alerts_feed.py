"""The feed: valid by the schema of RFC 4287, the same entry for ever, and a file that is never half there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from voorbehoud.alerts.feed import Entry, document, write
from voorbehoud.alerts.settings import ALL, Feed
from voorbehoud.core.errors import UserError
from voorbehoud.report.wire import printable

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FEED = Feed("feed/x", Path("x.atom"), "https://bond.example/x.atom", None, 3, frozenset(ALL))
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@cache
def schema() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("schemas") / "atom.rng"))


def valid(body: bytes) -> etree._Element:
    root = etree.fromstring(body)
    schema().assertValid(root)
    ids = root.xpath("//a:id/text()", namespaces=ATOM)
    assert isinstance(ids, list)
    assert len(set(map(str, ids))) == len(ids), "4.1.1: no two with the same id"
    return root


def entries(count: int) -> list[Entry]:
    return [
        Entry(f"{n}", NOW - timedelta(days=n), f"t{n} <b>&", "https://a.example", "<p>x &amp; y</p>")
        for n in range(count)
    ]


def texts(root: etree._Element, path: str) -> Sequence[str]:
    found = root.xpath(path, namespaces=ATOM)
    assert isinstance(found, list)
    return list(map(str, found))


def test_the_schema_refuses_what_is_no_feed() -> None:
    whole = document(FEED, "Titel", entries(1), "nl", NOW)
    for part in (b"<name>Titel</name>", b'type="html"', b"<updated>2026-11-26T12:00:00Z</updated>"):
        assert part in whole
        broken = whole.replace(part, b"" if b"<" in part else b'type="pdf"')
        assert not schema().validate(etree.fromstring(broken)), part


def test_a_feed_is_valid_and_has_the_newest_entries_only() -> None:
    root = valid(document(FEED, "Wat er <verandert>", entries(5), "nl", NOW))
    assert texts(root, "/a:feed/a:entry/a:title/text()") == ["t0 <b>&", "t1 <b>&", "t2 <b>&"]
    assert texts(root, "/a:feed/a:updated/text()") == ["2026-11-26T12:00:00Z"]
    assert texts(root, "/a:feed/a:link[@rel='self']/@href") == [FEED.address]
    assert texts(root, "//a:content[@type='html']/text()")[0] == "<p>x &amp; y</p>"


def test_a_feed_without_news_is_valid_too() -> None:
    assert texts(valid(document(FEED, "Titel", [], "nl", NOW)), "/a:feed/a:updated/text()") == [
        "2026-11-26T12:00:00Z"
    ]


@given(title=st.text(), site=st.text(min_size=1))
def test_no_text_makes_it_invalid(title: str, site: str) -> None:
    odd = Entry("1", NOW, printable(title), "https://a.example", printable(site))
    root = valid(document(FEED, "Titel", [odd], "nl", NOW))
    assert root.findtext("a:entry/a:title", namespaces=ATOM) == printable(title)


def test_an_entry_keeps_its_id_whatever_comes_after_it() -> None:
    path = "/a:feed/a:entry[a:title='t0 <b>&']/a:id/text()"
    before = texts(valid(document(FEED, "Titel", entries(1), "nl", NOW)), path)
    newer = Entry("new", NOW + timedelta(days=1), "later", "https://b.example", "<p>")
    after = texts(valid(document(FEED, "Andere titel", [newer, *entries(1)], "en", NOW)), path)
    elsewhere = document(replace(FEED, address="https://b.example/x.atom"), "Titel", entries(1), "nl", NOW)
    assert before == after
    assert before != texts(valid(elsewhere), path)
    assert before[0].startswith("urn:uuid:")


# ---- the file --------------------------------------------------------------------------------------------------------
def test_a_file_is_written_when_something_changed(tmp_path: Path) -> None:
    file = tmp_path / "x.atom"
    assert write(file, b"een")
    assert not write(file, b"een")
    with file.open("rb") as reader:
        assert write(file, b"twee")
        assert reader.read() == b"een", "who reads it meanwhile reads the old one to its end"
    assert file.read_bytes() == b"twee"
    assert [path.name for path in tmp_path.iterdir()] == ["x.atom"]


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.atom"
    write(file, b"oud")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("voorbehoud.alerts.feed.os.fsync", full)
    with pytest.raises(UserError, match=r"x\.atom: cannot be written \(No space left on device\)"):
        write(file, b"nieuw")
    assert file.read_bytes() == b"oud"
    assert [path.name for path in tmp_path.iterdir()] == ["x.atom"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be written .* Is its folder there"):
        write(tmp_path / "no" / "x.atom", b"een")
