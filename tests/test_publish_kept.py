"""What a maker writes stays a maker's: inside our marks, in the way of our folders, under another owner."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from voorbehoud.cli import main
from voorbehoud.publish import manifest

YES = ["--yes", "--name", "N. Maker", "--email", "n@n.example", "--site", "https://n.example"]
PAGE = "<!doctype html>\n<html>\n<head>\n<meta charset=utf-8>\n<title>Werk</title>\n</head>\n<body></body>\n</html>\n"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, words), "--lang", "en"])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /admin\n")
    assert run("init", tmp_path, *YES).exit_code == 0
    return tmp_path


@pytest.fixture
def published(site: Path) -> Path:
    assert run("publish", site, "--yes").exit_code == 0
    return site


@pytest.mark.parametrize(
    ("name", "mark", "mine"),
    [
        ("index.html", "<!-- voorbehoud: end -->", '<meta name="author" content="N">\n'),
        ("robots.txt", "# END voorbehoud", "User-agent: MyBot\nDisallow: /private\n"),
    ],
)
def test_lines_between_our_marks_are_told_and_never_deleted(
    published: Path, name: str, mark: str, mine: str
) -> None:
    file = published / name
    file.write_text(file.read_text().replace(mark, mine + mark))
    edited = file.read_bytes()

    again = run("publish", published, "--yes")
    assert (again.exit_code, file.read_bytes()) == (1, edited)
    assert name in again.stderr

    undone = run("publish", published, "--undo", "--yes")
    assert file.read_bytes() == edited
    assert name in undone.stderr

    file.write_text(edited.decode().replace(mine, ""))  # the way out that the note names
    run("publish", published, "--undo", "--yes")
    assert "voorbehoud" not in file.read_text()
    assert not (published / ".voorbehoud").exists()


def test_a_page_that_shows_our_marks_is_left_alone(site: Path) -> None:
    page = site / "doc.html"
    page.write_text(
        PAGE.replace("<body>", "<body><!-- voorbehoud: begin -->precious<!-- voorbehoud: end -->")
    )
    before = page.read_bytes()
    assert run("publish", site, "--yes").exit_code == 1
    assert page.read_bytes() == before


@pytest.mark.parametrize("name", ["ai-voorbehoud", ".well-known"])
def test_a_file_in_place_of_our_folder_is_a_conflict(site: Path, name: str) -> None:
    (site / name).write_text("mine")
    result = run("publish", site, "--yes")
    assert result.exit_code == 1
    assert name in result.stderr
    assert run("publish", site, "--undo", "--yes").exit_code == 0
    assert (site / name).read_text() == "mine"
    assert (site / "index.html").read_text() == PAGE


def test_what_stood_at_our_address_comes_back_however_often_we_wrote(site: Path) -> None:
    run("publish", site, "--yes")
    ours = site / "ai-voorbehoud" / "index.html"
    for file in sorted((site / ".voorbehoud").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    ours.write_text(ours.read_text().replace("</main>", "<p>mine</p></main>"))
    edited = ours.read_bytes()
    run("publish", site, "--yes")
    declaration = site / "voorbehoud.yaml"
    declaration.write_text(declaration.read_text().replace("N. Maker", "Another Name"))
    run("publish", site, "--yes")
    assert ours.read_bytes() != edited
    run("publish", site, "--undo", "--yes")
    assert ours.read_bytes() == edited


def test_a_page_of_the_makers_at_our_address_stays_theirs_however_often_we_write(site: Path) -> None:
    page = site / "ai-voorbehoud" / "index.html"
    page.parent.mkdir()
    page.write_text(PAGE)
    for _ in range(2):
        result = run("publish", site, "--yes")
        assert (result.exit_code, "<title>Werk</title>" in page.read_text()) == (1, True)
    assert "tdm-reservation" in page.read_text(), "it gets its tags, as any page does"
    run("publish", site, "--undo", "--yes")
    assert page.read_text() == PAGE


def test_a_broken_file_of_the_makers_that_names_our_page_is_a_conflict(site: Path) -> None:
    file = site / ".well-known" / "tdmrep.json"
    file.parent.mkdir()
    file.write_text('[{"tdm-policy": "https://n.example/ai-voorbehoud/"}]')
    before = file.read_text()
    result = run("publish", site, "--yes")
    assert (result.exit_code, "not ours and says something else" in result.stderr) == (1, True)
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("server", "name"),
    [("htaccess", ".htaccess"), ("haproxy", "haproxy.cfg"), ("iis", "web.config"), ("netlify", "_headers"),
     ("vercel", "vercel.json"), ("openlitespeed", "vhconf.conf"), ("varnish", "voorbehoud.vcl")],
)  # fmt: skip
def test_a_configuration_is_never_written_over_lines_of_somebody_else(
    site: Path, server: str, name: str
) -> None:
    file = site / name
    file.write_text("mine\n")
    for output in (site, file):
        told = run("server", server, site, "-o", output)
        assert (told.exit_code, file.read_text()) == (2, "mine\n")
        assert "Nothing was written to it" in told.stderr
    if server == "htaccess":  # ours above, as the page for Apache says, and theirs below
        file.write_text(run("server", server, site).stdout + "\nRewriteEngine On\n")
        assert run("server", server, site, "-o", site).exit_code == 2
        assert "RewriteEngine" in file.read_text()


@pytest.mark.parametrize(
    ("server", "lang"), [("nginx", "en"), ("varnish", "nl"), ("traefik", "nl"), ("wordpress", "en")]
)
def test_what_only_we_made_is_made_anew(site: Path, server: str, lang: str) -> None:
    output = site / "made"
    assert run("server", server, site, "-o", output, "--lang", lang).exit_code == 0
    before = output.read_bytes()
    declaration = site / "voorbehoud.yaml"
    declaration.write_text(declaration.read_text().replace("https://n.example", "https://m.example"))
    assert run("server", server, site, "-o", output).exit_code == 0
    assert output.read_bytes() != before


def test_undo_needs_no_declaration(published: Path) -> None:
    (published / "voorbehoud.yaml").write_text("declared-by: [\n")
    assert run("publish", published, "--undo", "--yes").exit_code == 0
    assert (published / "index.html").read_text() == PAGE


@pytest.mark.parametrize("path", ["../victim.txt", "a/../../victim.txt"])
def test_a_manifest_never_leads_out_of_the_site(published: Path, path: str) -> None:
    victim = published.parent / "victim.txt"
    victim.write_text("keep me")
    manifest = published / ".voorbehoud" / "manifest.json"
    data = json.loads(manifest.read_text())
    digest = hashlib.sha256(b"keep me").hexdigest()
    data["files"].append({"path": path, "role": "whole", "original": None, "ours": [digest], "made": []})
    manifest.write_text(json.dumps(data))
    assert run("publish", published, "--undo", "--yes").exit_code == 2
    assert victim.read_text() == "keep me"
    victim.unlink()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file to somebody else"
)
def test_the_owner_of_a_page_stays_its_owner(site: Path) -> None:
    page = site / "index.html"
    os.chown(page, 65534, 65534)
    page.chmod(0o600)
    run("publish", site, "--yes")
    owner = page.stat()
    assert (owner.st_uid, owner.st_gid, owner.st_mode & 0o777) == (65534, 65534, 0o600)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_the_originals_are_for_nobody_else(published: Path) -> None:
    """The declaration may stand in the root of a server: the source of a PHP page is not to be had there."""
    assert (published / ".voorbehoud" / "originals").stat().st_mode & 0o077 == 0


def test_a_new_page_in_php_is_php_before_it_takes_its_place_and_no_page_if_it_never_does(site: Path) -> None:
    left = manifest.temporary(site / "oud.php")  # by a run that was killed
    left.write_text(PAGE)
    assert left.suffix == ".php"
    assert manifest.temporary(site / ("a" * 250 + ".php")).suffix == ".php"
    assert run("publish", site, "--yes").exit_code == 0
    assert left.read_text() == PAGE


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="Python knows extended attributes on Linux alone")
def test_what_is_noted_of_a_page_stays_noted(site: Path) -> None:
    page = site / "index.html"
    os.setxattr(page, "user.mime_type", b"text/html")  # an ACL is kept in one, too
    run("publish", site, "--yes")
    assert "voorbehoud" in page.read_text()
    assert os.getxattr(page, "user.mime_type") == b"text/html"


@pytest.mark.parametrize("name", [b"caf\xe9.html", b"a" * 250 + b".html", b"a\nb\x1b.html"])
def test_a_page_may_have_any_name(site: Path, name: bytes) -> None:
    page = site / os.fsdecode(name)
    page.write_text(PAGE)
    result = run("publish", site, "--yes")
    assert result.exit_code == 0, result.output
    assert "tdm-reservation" in page.read_text()
    assert not any("\x1b" in line or line.startswith("b\\x1b") for line in result.stdout.split("\n"))
    assert run("publish", site, "--undo", "--yes").exit_code == 0
    assert page.read_text() == PAGE


@pytest.mark.parametrize("name", ["robots.txt", ".well-known", "werk.html"])
def test_a_link_in_a_circle_is_told_and_left(site: Path, name: str) -> None:
    (site / name).unlink(missing_ok=True)
    (site / name).symlink_to(name)
    result = run("publish", site, "--yes")
    assert result.exit_code == (0 if name == "werk.html" else 1)
    assert name in result.stderr
    assert (site / name).is_symlink()
    assert "tdm-reservation" in (site / "index.html").read_text()


def test_what_stands_in_the_way_of_one_file_leaves_all_as_they_were(site: Path) -> None:
    (site / ".robots.txt.voorbehoud-new").mkdir()
    before = (site / "index.html").read_text()
    result = run("publish", site, "--yes")
    assert (result.exit_code, "put back as it was" in result.stderr) == (2, True)
    assert (site / "index.html").read_text() == before
    assert not (site / ".voorbehoud").exists()


@pytest.mark.parametrize("victim", ["index.html", "robots.txt"])
def test_what_a_maker_saves_while_we_write_is_not_lost(
    site: Path, monkeypatch: pytest.MonkeyPatch, victim: str
) -> None:
    """Pages come after robots.txt: over the one we wrote already, the other we were still to write."""
    really, mine = manifest.replace_file, b"mine, saved just now\n"

    def save(path: Path, body: bytes) -> None:
        really(path, body)
        if path.name == "robots.txt":
            (site / victim).write_bytes(mine)
            (site / "werk.html").write_text(PAGE + "<!-- changed too -->")

    (site / "werk.html").write_text(PAGE)
    monkeypatch.setattr(manifest, "replace_file", save)
    result = run("publish", site, "--yes")
    assert (result.exit_code, "changed since the plan was made" in result.stderr) == (2, True)
    assert (site / victim).read_bytes() == mine
    assert (site / "werk.html").read_text() == PAGE + "<!-- changed too -->"


@pytest.mark.timeout(20)
def test_a_pipe_named_like_a_page_is_passed_over(site: Path) -> None:
    os.mkfifo(site / "p.html")
    assert run("publish", site, "--yes").exit_code == 0


def test_an_error_never_steers_the_terminal() -> None:
    result = CliRunner().invoke(main, ["check", "-"], input="./\033]0;owned\007x\n")
    assert result.exit_code == 2
    assert "\033" not in result.stderr
    assert "no such folder" in result.stderr


@pytest.mark.parametrize("name", ["tdm-reservation", "X-Robots-Tag"])
def test_a_header_that_the_maker_takes_away_again_is_a_conflict(site: Path, name: str) -> None:
    (site / "_headers").write_text(f"/img/*\n  ! {name}\n")
    result = run("publish", site, "--yes")
    assert result.exit_code == 1
    assert f"{name} " in result.stderr
    assert f"  {name}:" not in (site / "_headers").read_text()
