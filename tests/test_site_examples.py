"""The example sites are what their README says: whole, small, real, and without a word of ours before publishing."""

import html.parser
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pikepdf
import pytest
import yaml
from PIL import ExifTags, Image

from voorbehoud.cli.examples import Example, copy_examples
from voorbehoud.declaration.load import load
from voorbehoud.evaluate import rules as evaluate_rules
from voorbehoud.evaluate.site import judge
from voorbehoud.evaluate.verdict import SiteVerdict
from voorbehoud.fetch.folder import captures_of
from voorbehoud.fetch.served import load_served
from voorbehoud.package_data import site_examples
from voorbehoud.publish import STATE, apply, plan
from voorbehoud.signals import SIGNALS

EXAMPLES = sorted(path.parent for path in site_examples().glob("*/voorbehoud.yaml"))
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda folder: folder.name)
FILES = sorted(path for path in site_examples().rglob("*") if path.is_file())
LARGEST = 1_500_000
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CODES = {rule.code for rule in evaluate_rules.RULES} | {r.code for signal in SIGNALS for r in signal.rules}


def test_there_are_five_and_the_readme_names_each() -> None:
    readme = (site_examples() / "README.md").read_text(encoding="utf-8")
    assert len(EXAMPLES) >= 5
    for example in EXAMPLES:
        assert f"| `{example.name}` |" in readme


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in FILES) < LARGEST


@each
def test_every_file_of_an_example_can_be_used(example: Path) -> None:
    wish = load((example / "voorbehoud.yaml").read_bytes(), "voorbehoud.yaml")
    served = load_served((example / "served.yaml").read_bytes(), "served.yaml")
    expected = yaml.safe_load((example / "expected.yaml").read_text(encoding="utf-8"))
    assert wish.site.endswith(".example")
    assert [m.origin for m in wish.media] == [m.origin for m in served.media]
    assert (example / "public" / "index.html").is_file()
    assert set(expected) == {"about", "before", "after"}
    assert set(expected["about"]) == {"nl", "en"}
    for moment in ("before", "after"):
        said = expected[moment]
        assert set(said) <= {"protected", "uses", "audience", "findings", "absent"}
        assert list(said["uses"]) == ["tdm", "train-ai", "ai-use", "search"]
        assert {*said["findings"], *said.get("absent", ())} <= CODES


@each
def test_nothing_is_reserved_before_publishing(example: Path) -> None:
    public = [
        path
        for path in FILES
        if path.is_relative_to(example / "public") or path.is_relative_to(example / "media")
    ]
    for path in public:
        assert not re.search(
            rb"tdm-?rep|tdm-reservation|content-usage|content-signal|noai|noimageai", path.read_bytes(), re.I
        ), path


# ---- pages -------------------------------------------------------------------------------------------------------------
class Links(html.parser.HTMLParser):
    """Collects what a page points at."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if (
                value
                and name in {"href", "src"}
                and dict(attrs).get("rel") not in {"https://api.w.org/", "preconnect", "dns-prefetch"}
            ):
                self.found.append(value)
            elif value and name == "srcset":
                self.found += [part.split()[0] for part in value.split(",")]


def links(example: Path) -> Iterator[tuple[Path, str]]:
    wish = load((example / "voorbehoud.yaml").read_bytes(), "voorbehoud.yaml")
    for path in sorted((example / "public").rglob("*.html")):
        text = path.read_bytes().decode("iso-8859-1" if example.name == "galerie" else "utf-8")
        reader = Links()
        reader.feed(text)
        base = f"{wish.site}/{path.relative_to(example / 'public').as_posix()}"
        yield from ((path, urljoin(base, link)) for link in reader.found)


@each
def test_every_link_leads_to_a_file(example: Path) -> None:
    wish = load((example / "voorbehoud.yaml").read_bytes(), "voorbehoud.yaml")
    folders = {wish.site: example / "public"} | {m.origin: example / str(m.folder) for m in wish.media}
    followed = 0
    for page, link in links(example):
        parts = urlsplit(link)
        if parts.scheme == "mailto":
            continue
        target = folders[f"{parts.scheme}://{parts.netloc}"] / unquote(parts.path).lstrip("/")
        target = target / "index.html" if target.is_dir() else target
        assert target.is_file(), f"{page} links to {link}"
        followed += 1
    assert followed > 5


def test_the_gallery_is_old_in_every_way() -> None:
    pages = list((site_examples() / "galerie" / "public").rglob("*.html"))
    assert pages
    for page in pages:
        body = page.read_bytes()
        assert body.count(b"\n") == body.count(b"\r\n") > 10
        assert b"charset=iso-8859-1" in body
        with pytest.raises(UnicodeDecodeError):
            body.decode("utf-8")
    assert b"\r\n" in (site_examples() / "galerie" / "public" / "robots.txt").read_bytes()


# ---- media: real ones --------------------------------------------------------------------------------------------------
IMAGES = [path for path in FILES if path.suffix in {".jpg", ".png", ".webp"}]


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_an_image_is_whole_and_names_its_maker(path: Path) -> None:
    with Image.open(path) as image:
        image.load()
        exif = image.getexif()
        assert image.format in {"JPEG", "PNG", "WEBP"}
        assert min(image.size) >= 300
        assert exif[ExifTags.Base.Artist]
        assert exif[ExifTags.Base.Artist] in exif[ExifTags.Base.Copyright]


def test_a_photograph_has_a_camera() -> None:
    with Image.open(site_examples() / "fotograaf/public/beeld/molen.jpg") as image:
        exif = image.getexif()
        assert exif[ExifTags.Base.Model] == "VO-1"
        assert exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] == "2023:10:21 18:31:10"


def test_the_booklet_comes_from_a_real_producer() -> None:
    (path,) = [path for path in FILES if path.suffix == ".pdf"]
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 3
        assert str(pdf.docinfo["/Producer"]).startswith("Skia/PDF")


def test_the_play_is_an_epub() -> None:
    (path,) = [path for path in FILES if path.suffix == ".epub"]
    with zipfile.ZipFile(path) as book:
        first = book.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert book.read("mimetype") == b"application/epub+zip"
        assert book.testzip() is None
        assert "META-INF/container.xml" in book.namelist()


def test_the_music_is_mp3() -> None:
    tunes = [path for path in FILES if path.suffix == ".mp3"]
    assert len(tunes) == 2
    for tune in tunes:
        body = tune.read_bytes()
        assert body.startswith(b"ID3")
        assert "Noor Lindhout".encode("utf-16-le") in body  # as LAME writes ID3v2.3
        assert b"LAME3" in body
        assert re.search(rb"\xff[\xfa\xfb]", body), "no MPEG audio frame"


# ---- judged as folders -------------------------------------------------------------------------------------------------
IN_A_FOLDER = ("fotograaf", "galerie", "muzikant", "theater")
"""Not the illustrator: the robots.txt of that host is the builder's own, and no folder of hers holds it."""


@pytest.mark.parametrize("name", IN_A_FOLDER)
def test_the_folder_says_the_same_as_the_served_site(name: str, tmp_path: Path) -> None:
    example = next(e for e in copy_examples(site_examples(), tmp_path) if e.name == name)
    assert list(example.expected["before"].differences(_judged(example))) == []
    apply(plan(example.wish, example.public, example.home / STATE), example.home / STATE)
    # The headers are the server's to send: what they add is not in the folder, and the files say enough without.
    expected = replace(example.expected["after"], findings=("EFF901",))
    assert list(expected.differences(_judged(example))) == []


def _judged(example: Example) -> SiteVerdict:
    captures = captures_of(example.public, example.wish.site, example.served, lambda: NOW)
    return judge(example.wish.site, captures, NOW)
