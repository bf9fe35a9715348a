"""Lists of sites as people and their spreadsheets write them."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.core.errors import UserError
from voorbehoud.core.member import Member
from voorbehoud.survey.sites import Repeat, SiteList, SitesError, read_sites, sites_of


def read(text: str | bytes) -> SiteList:
    return sites_of(io.BytesIO(text.encode() if isinstance(text, str) else text), "leden.csv")


def faults(text: str | bytes) -> dict[int, str]:
    with pytest.raises(SitesError) as told:
        read(text)
    return dict(told.value.faults)


TABLE = "site;member;media;group\nhttps://renée.example;№ 7;cdn.example|https://img.example;Fotografie é\n"
WANTED = (
    Member(
        "https://xn--rene-dpa.example",
        "№ 7",
        ("https://cdn.example", "https://img.example"),
        "Fotografie é",
    ),
)


# ---- what is understood ------------------------------------------------------------------------------------------------
def test_a_text_file_has_one_site_a_line() -> None:
    text = "# leden\n\nhttps://atelier.example\n  http://b.example:8080/  # een remark\nc.example\t# d\n127.0.0.1:8000\n"
    assert [member.site for member in read(text).members] == [
        "https://atelier.example",
        "http://b.example:8080",
        "https://c.example",
        "https://127.0.0.1:8000",
    ]


@pytest.mark.parametrize(
    "body",
    [
        TABLE.encode(),
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace(";", ",").encode(),
        TABLE.replace(";", "\t").encode("utf-16"),
        b"\xfe\xff" + TABLE.replace(";", "\t").encode("utf-16-be"),
        ("sep=;\r\n" + TABLE).encode(),
        ("# onze leden\n\n" + TABLE).encode(),
        TABLE.replace("site;", "Site ;").replace("№ 7", '"№ 7"').encode(),
        TABLE.replace("cdn.example|", '"cdn.example, ').replace("img.example;", 'img.example";').encode(),
    ],
    ids=["utf-8", "bom", "crlf", "cr", "commas", "utf-16", "utf-16-be", "sep=", "remarks", "quotes", "list"],
)
def test_a_table_as_spreadsheets_save_it(body: bytes) -> None:
    assert read(body).members == WANTED


def test_the_western_european_encoding_of_spreadsheets() -> None:
    body = "site;member\r\nhttps://renée.example;Renée’s €\r\n".encode("cp1252")
    assert read(body).members == (Member("https://xn--rene-dpa.example", "Renée’s €"),)


def test_columns_may_come_in_any_order_and_others_are_told() -> None:
    found = read(
        "naam,site,e-mail,member\nJan,https://a.example,jan@a.example,7\n,,,\n# weg,,,\nJo,b.example\n"
    )
    assert found.members == (Member("https://a.example", "7"), Member("https://b.example"))
    assert found.unused == ("naam", "e-mail")


def test_a_site_is_visited_once_and_the_repeat_is_told() -> None:
    found = read("https://a.example\nhttps://b.example\nHTTPS://A.example:443/\n")
    assert [member.site for member in found.members] == ["https://a.example", "https://b.example"]
    assert found.repeats == (Repeat(3, 1, "https://a.example"),)


def test_the_site_itself_is_no_media_of_its_own() -> None:
    (member,) = read("site,media\na.example,a.example b.example b.example\n").members
    assert member.media == ("https://b.example",)


# ---- what is not -------------------------------------------------------------------------------------------------------
def test_every_fault_is_told_at_once_with_its_line() -> None:
    found = faults("https://a.example\nftp://b.example\nhttps://c.example/werk\na.example,b.example\nplek\n")
    assert sorted(found) == [2, 3, 4, 5]
    assert "not the address of a site: 'ftp://b.example'" in found[2]
    assert "give https://c.example where" in found[3]
    assert "make the first line a header" in found[4]
    assert "not the name of a host: 'plek'" in found[5]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("https://a..nl", "not the name of a host"),
        ("https://a.nl.", "not the name of a host"),
        ("https://-a.nl", "not the name of a host"),
        (f"https://{'x' * 64}.nl", "not the name of a host"),
        ("https://user:secret@a.nl", "a user name or password"),
    ],
)
def test_what_cannot_be_the_address_of_a_site(written: str, words: str) -> None:
    told = faults(f"https://b.nl\n{written}\n")
    assert words in told[2]
    assert "secret" not in told[2]


def test_a_header_in_another_language_is_told_once() -> None:
    told = faults("website;lidnummer;groep\nhttps://a.nl;1;x\nhttps://b.nl;2;x\n")
    assert list(told) == [1]
    assert "a header without a column site" in told[1]


def test_faults_of_a_table() -> None:
    table = 'site,member,media\n,7,\nhttps://a.example,8,b.example,c.example\nb.example,"9\n10",\nc.example,7,niets hier!\n'
    found = faults(table + f"d.example,{'x' * 201},\n")
    assert sorted(found) == [2, 3, 4, 6, 7]
    assert "no site" in found[2]
    assert "more cells" in found[3]
    assert "line break" in found[4]
    assert "not the name of a host: 'niets'" in found[6]
    assert "longer than 200" in found[7]


def test_a_quotation_mark_that_does_not_close_swallows_nothing_in_silence() -> None:
    rows = "".join(f"https://{n}.example,x\n" for n in range(100))
    found = faults(f'site,naam\nhttps://a.example,"x\n{rows}')
    assert list(found) == [2]
    assert "quotation mark" in found[2]


def test_columns_that_are_misspelt_or_there_twice() -> None:
    with pytest.raises(SitesError) as told:
        read("site,Medai,site,groep\nhttps://a.example\n")
    lines, words = zip(*told.value.faults, strict=True)
    assert lines == (1, 1, 1)
    assert ["media" in words[0], "twice" in words[1], "group" in words[2]] == [True] * 3


def test_many_faults_are_counted() -> None:
    with pytest.raises(SitesError, match=r"… and 50 more") as told:
        read("x y\n" * 100)
    assert str(told.value).count("\n") == 50
    assert str(told.value).startswith("leden.csv, line 1: ")


@pytest.mark.parametrize("text", ["", "# niets\n", "site;member\n", b"\xef\xbb\xbf"])
def test_an_empty_list_is_a_mistake(text: str | bytes) -> None:
    with pytest.raises(UserError, match="no site"):
        read(text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_sites(tmp_path / "leden.csv")
    (tmp_path / "leden.txt").write_text("a.example\n")
    assert read_sites(tmp_path / "leden.txt").members == (Member("https://a.example"),)


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: f"site;media\n{text}".encode()))
def test_any_bytes_are_a_list_or_a_users_mistake(body: bytes) -> None:
    try:
        found = read(body)
    except UserError:
        return
    assert found.members
