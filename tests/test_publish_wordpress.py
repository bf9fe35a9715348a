"""The plug-in in a real WordPress: asked from outside, changed through its own form, and gone without a trace."""

import html
import json
import re
import subprocess
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from jwm.robotstxt.googlebot import RobotsMatcher

import programs
import wordpress
from servers import ask
from voorbehoud.cli import main
from voorbehoud.declaration.load import load
from voorbehoud.grammar.robots import RobotsTxt
from voorbehoud.publish.server import wordpress_plugin
from wordpress import PNG, WordPress

DECLARATION = """\
declared-by: {name: "Sanne <b>'\\"$", contact: sanne@atelier.example}
site: https://atelier.example
since: 2026-11-01
exceptions:
  - {path: /pers/, allow: [tdm, train-ai]}
  - {path: /pers/archief/, reserve: [tdm, train-ai]}
"""
PATHS = [
    "/",
    "/werk/",
    "/hello-world/",
    "/feed/",
    "/weg/",
    "/robots.txt",
    "/wp-json/wp/v2/posts",
    "/.well-known/security.txt",
]
OURS = {"tdm-reservation", "tdm-policy", "content-usage", "x-robots-tag"}
pytestmark = [pytest.mark.needs("php", "mariadb", "wordpress"), pytest.mark.xdist_group("wordpress")]


def get(site: WordPress, path: str, **more: Any) -> requests.Response:
    return requests.request(
        more.pop("method", "GET"), site.origin + path, timeout=30, allow_redirects=False, **more
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wp")
    (folder / "public").mkdir()
    (folder / "voorbehoud.yaml").write_text(DECLARATION)
    words = ["server", "wordpress", str(folder / "public"), "-o", str(folder / "voorbehoud.zip")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def before() -> dict[str, tuple[int, str]]:
    """What each address answered before the plug-in was there."""
    return {}


@pytest.fixture(scope="module")
def site(home: Path, before: dict[str, tuple[int, str]]) -> Iterator[WordPress]:
    with wordpress.running() as running:
        running.permalinks("/%postname%/")
        for path in PATHS:
            answer = get(running, path)
            before[path] = answer.status_code, answer.text
        running.install(home / "voorbehoud.zip")
        yield running


# ---- what readers get ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_of_wordpress_says_it_once_and_is_else_as_before(
    site: WordPress, before: dict[str, tuple[int, str]], path: str
) -> None:
    answer = get(site, path)
    assert answer.headers["tdm-reservation"] == "1"
    assert answer.headers["tdm-policy"] == "https://atelier.example/ai-voorbehoud/"
    assert "noai, noimageai" in answer.headers["X-Robots-Tag"]
    tags = re.compile(
        r'<meta name="(?:tdm-reservation|tdm-policy|robots)" content="(?:[01]|https://atelier[^"]*|noai, noimageai)" />\n'
    )
    without = re.sub(
        r"\n+# BEGIN voorbehoud\n.*# END voorbehoud\n", "\n", tags.sub("", answer.text), flags=re.DOTALL
    )
    assert (answer.status_code, moved(without)) == (before[path][0], moved(before[path][1]))
    assert answer.text.count('name="tdm-reservation"') == ("<html" in answer.text)


def moved(text: str) -> str:
    """WordPress numbers some elements anew with each request."""
    return re.sub(r"\d+", "0", text).strip()


@pytest.mark.parametrize(
    ("path", "reservation"),
    [("/pers/stuk/", "0"), ("/%70ers/", "1"), ("/pers/archief/", "1"), ("/persoonlijk/", "1"), ("/?x=/pers/", "1"), ("/pers//archief/", "1")],
)  # fmt: skip
def test_each_path_has_its_own_value(site: WordPress, path: str, reservation: str) -> None:
    answer = ask(int(site.origin.rpartition(":")[2]), path)  # requests would spell it in its own way
    assert answer.all("tdm-reservation") == [reservation]


def test_a_feed_that_did_not_change_says_it_too(site: WordPress) -> None:
    first = get(site, "/feed/")
    known = {"If-None-Match": first.headers["ETag"], "If-Modified-Since": first.headers["Last-Modified"]}
    again = get(site, "/feed/", headers=known)
    assert (again.status_code, again.headers["tdm-reservation"]) == (304, "1")


@pytest.mark.parametrize("structure", ["/%postname%/", ""])
def test_the_files_are_there_whatever_the_permalinks(site: WordPress, structure: str) -> None:
    site.permalinks(structure)
    try:
        answer = get(site, "/.well-known/tdmrep.json")
        assert answer.headers["Content-Type"] == "application/json"
        assert [rule["tdm-reservation"] for rule in answer.json()] == [1, 0, 1]
        head = get(site, "/.well-known/tdmrep.json", method="HEAD")
        assert (head.status_code, head.text) == (200, "")
        assert "<html" in get(site, "/ai-voorbehoud/").text
        neighbour = get(site, "/.well-known/acme-challenge/token")
        assert (neighbour.status_code, "tdm-reservation" in neighbour.text) in {(404, True), (301, False)}
        assert get(site, "/").headers["tdm-reservation"] == "1"
    finally:
        site.permalinks("/%postname%/")


def test_an_outsider_finds_what_is_declared(site: WordPress, home: Path) -> None:
    words = [
        "check",
        site.origin,
        "--allow-private",
        "--expect",
        str(home / "voorbehoud.yaml"),
        "--format",
        "json",
    ]
    done = CliRunner().invoke(main, words)
    (told,) = json.loads(done.stdout)["sites"]
    amiss = {
        (f["code"], f["origin"]["url"].removeprefix(site.origin))
        for f in told["findings"]
        if f["code"].startswith("EXP")
    }
    # What PHP does not send lacks headers; nothing else does.
    assert {it for it in amiss if it[0] != "EXP901"} <= {
        (code, "/wp-content/uploads/werk.png") for code in ("EXP102", "EXP301")
    }
    assert get(site, "/wp-content/uploads/werk.png").content == PNG


# ---- robots.txt ------------------------------------------------------------------------------------------------------
def test_robots_txt_keeps_every_line_and_gets_ours(
    site: WordPress, before: dict[str, tuple[int, str]]
) -> None:
    text = get(site, "/robots.txt").text
    assert text.startswith(before["/robots.txt"][1].rstrip())
    assert text.count("# BEGIN voorbehoud") == 1
    assert "User-agent: GPTBot" in text


def test_what_is_closed_to_everybody_is_opened_to_nobody(site: WordPress) -> None:
    code = 'echo voorbehoud_robots_txt("User-agent: *\\nDisallow: /\\n");'
    assert "\nAllow:" not in site.run(code)
    assert "\nAllow: /pers/" in site.run(
        'echo voorbehoud_robots_txt("User-agent: *\\nDisallow: /wp-admin/\\n");'
    )
    intern = site.run(
        'echo voorbehoud_robots_txt("User-agent: *\\nDisallow: /pers/intern/ # nee\\nDisallow: /*.zip$\\n");'
    )
    opened = RobotsTxt.parse(intern.encode())
    assert [
        opened.access("GPTBot", f"/pers/{name}").allowed
        for name in ("", "stuk/", "intern/x", "lange/naam.zip")
    ] == [True, True, False, False]
    assert "Allow: /pers/" not in site.run(
        'echo voorbehoud_robots_txt("User-agent: *\\nDisallow: /pers\\n");'
    )
    assert site.run('echo voorbehoud_robots_txt("User-agent: a\\nDisallow: /b\\n");').startswith(
        "# BEGIN voorbehoud"
    )
    assert site.run('echo voorbehoud_robots_txt(voorbehoud_robots_txt(""));').count("# BEGIN") == 1


def test_no_line_of_others_becomes_part_of_a_group_of_ours(site: WordPress) -> None:
    files = [
        "User-agent: *\nSitemap: https://atelier.example/s.xml\n",  # as makers type it: a group without rules
        "User-agent: *\nDisallow: /beheer/\n\nUser-Agent : Foo",
        "Disallow: /a/\n",  # rules without a group
        "Allow: /a/\nUser-agent: Foo\n",
        "User-agent: Foo\nDisallow: /b/\n",
        "# nothing\n",
    ]
    code = "foreach (json_decode($argv[1]) as $i => $text) echo json_encode(voorbehoud_robots_txt($text)), PHP_EOL;"
    told = site.run(
        "$argv[1] = base64_decode('" + b64encode(json.dumps(files).encode()).decode() + "'); " + code
    )
    for theirs, ours in zip(files, map(json.loads, told.splitlines()), strict=True):
        before, after = RobotsTxt.parse(theirs.encode()), RobotsTxt.parse(ours.encode())
        for agent in ("Googlebot", "Foo"):
            for path in ("/", "/a/x", "/b/x", "/beheer/x"):
                wanted = before.access(agent, path).allowed
                url = f"https://atelier.example{path}".encode()
                google = RobotsMatcher().OneAgentAllowedByRobots(ours.encode(), agent.encode(), url)
                assert (after.access(agent, path).allowed, google) == (wanted, wanted), (agent, path, ours)
        assert not after.access("GPTBot", "/werk/").allowed


def test_a_physical_robots_txt_is_left_alone_and_told(site: WordPress) -> None:
    file = site.folder / "robots.txt"
    file.write_text("User-agent: *\nDisallow: /beheer/\n")
    try:
        assert get(site, "/robots.txt").text == "User-agent: *\nDisallow: /beheer/\n"
        assert "There is a file robots.txt in the root" in settings(site.admin(), site)
        assert file.read_text() == "User-agent: *\nDisallow: /beheer/\n"
    finally:
        file.unlink()
    assert "There is a file robots.txt" not in settings(site.admin(), site)


SEO = """<?php // As plug-ins for search engines do: robots.txt anew from the lines that they know, and a word for one robot.
add_filter( 'robots_txt', function ( $text ) { return preg_replace( '/^(?!user-agent|disallow|allow|sitemap).*\\R?/mi', '', $text ); }, 100000 );
add_filter( 'wp_headers', function ( $headers ) { $headers['X-Robots-Tag'] = 'googlebot: noai, noimageai'; return $headers; }, 1000 );
add_action( 'send_headers', function () { header( 'X-Robots-Tag: googlebot: noai, noimageai' ); }, 1000 );
"""


def test_beside_a_plug_in_for_search_engines_all_of_it_is_said(site: WordPress) -> None:
    other = site.folder / "wp-content" / "mu-plugins" / "seo.php"
    other.parent.mkdir()
    other.write_text(SEO)
    try:
        assert "\nContent-Usage: " in get(site, "/robots.txt").text
        assert get(site, "/").headers["X-Robots-Tag"].startswith("noai, noimageai")
    finally:
        other.unlink()
        other.parent.rmdir()


def test_what_the_page_shows_for_nginx_leaves_tdmrep_json_to_wordpress(home: Path) -> None:
    with zipfile.ZipFile(home / "voorbehoud.zip") as archive:
        shown = json.loads(archive.read("voorbehoud/reservation.json"))["servers"]
    assert "add_header tdm-reservation" in shown["nginx"]
    assert "location" not in re.sub("#.*", "", shown["nginx"])
    assert "Header always" in shown["Apache (.htaccess)"]


# ---- the settings page -----------------------------------------------------------------------------------------------
PAGE = "/wp-admin/options-general.php?page=voorbehoud"


def settings(session: requests.Session, site: WordPress) -> str:
    answer = session.get(site.origin + PAGE, timeout=30)
    assert answer.status_code == 200
    return answer.text


def fields(page: str) -> dict[str, str]:
    """The form as a browser would send it."""
    form = re.search(r'<form method="post" action="options.php">.*?</form>', page, re.DOTALL)
    assert form is not None
    hidden = {
        attribute(tag, "name"): attribute(tag, "value")
        for tag in re.findall(r"<input type=.hidden.[^>]*>", form[0])
    }
    areas = re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL)
    return hidden | {name: html.unescape(text) for name, text in areas}


def attribute(tag: str, name: str) -> str:
    found = re.search(rf"{name}=[\"']([^\"']*)", tag)
    return html.unescape(found[1]) if found else ""


def save(session: requests.Session, site: WordPress, form: dict[str, str]) -> str:
    answer = session.post(f"{site.origin}/wp-admin/options.php", data=form, timeout=30)
    return answer.text


def test_what_is_saved_is_what_readers_get_and_can_be_taken_back(site: WordPress) -> None:
    session = site.admin()
    form = fields(settings(session, site))
    assert form["voorbehoud[robots]"].strip().startswith("# Made by voorbehoud")
    changed = form | {
        "voorbehoud[headers]": "/ tdm-reservation: 1\n/winkel/\n",
        "voorbehoud[tags]": '/ tdm-policy: https://e.nl/"><script>\n',
    }
    save(session, site, changed)
    assert "tdm-policy" not in get(site, "/werk/").headers
    assert "tdm-reservation" not in get(site, "/winkel/").headers
    assert '<meta name="tdm-policy" content="https://e.nl/&quot;&gt;&lt;script&gt;" />' in get(site, "/").text
    assert "<script>" not in settings(session, site).partition("<form method")[2].partition("</form>")[0]
    save(session, site, fields(settings(session, site)) | {"voorbehoud[reset]": "1"})
    assert get(site, "/werk/").headers["tdm-policy"] == "https://atelier.example/ai-voorbehoud/"
    assert fields(settings(session, site))["voorbehoud[headers]"] == form["voorbehoud[headers]"]


UNUSABLE = [
    ("tdmrep", '{"tdm-reservation": 1}'), ("tdmrep", "[]"), ("tdmrep", '[{"location": "/", "tdm-reservation": "1"}]'),
    ("tdmrep", '[{"location": "/*", "tdm-reservation": true}]'), ("headers", "/ tdm-reservation: yes"),
    ("headers", "/ X: a\u202eb"), ("headers", "tdm-reservation: 1"), ("tags", "/ tdm-reservation 1"),
    ("robots", "# BEGIN voorbehoud\nUser-agent: *"), ("robots", "User-agent: a\x01"),
]  # fmt: skip
USABLE = [
    ("tdmrep", '[{"location": "/", "tdm-reservation": 0}]'),
    ("headers", "/a X: b"),
    ("robots", "User-agent: a\nDisallow: /"),
]


def test_what_cannot_be_read_is_not_kept(site: WordPress) -> None:
    given = b64encode(json.dumps(UNUSABLE + USABLE).encode()).decode()
    kept = site.run(
        "require_once ABSPATH . 'wp-admin/includes/template.php'; require_once WP_PLUGIN_DIR . '/voorbehoud/settings.php'; $all = array(); "
        f"foreach (json_decode(base64_decode('{given}')) as list($name, $text)) "
        "$all[] = voorbehoud_sanitize(array($name => $text)); echo json_encode($all);"
    )
    assert json.loads(kept) == [[]] * len(UNUSABLE) + [{name: text + "\n"} for name, text in USABLE]


def test_only_who_may_manage_can_save_and_only_with_the_form(site: WordPress) -> None:
    session = site.admin()
    form = fields(settings(session, site)) | {"voorbehoud[headers]": "/ tdm-reservation: 0"}
    stranger = requests.post(
        f"{site.origin}/wp-admin/options.php", data=form, timeout=30, allow_redirects=False
    )
    assert stranger.status_code in {302, 403}
    forged = session.post(
        f"{site.origin}/wp-admin/options.php", data=form | {"_wpnonce": "0" * 10}, timeout=30
    )
    assert forged.status_code == 403
    assert get(site, "/").headers["tdm-reservation"] == "1"
    site.run(
        "wp_insert_user(array('user_login' => 'gast', 'user_pass' => 'gast', 'user_email' => 'g@e.nl', 'role' => 'editor'));"
    )
    guest = requests.Session()
    guest.get(f"{site.origin}/wp-login.php", timeout=30)
    guest.post(
        f"{site.origin}/wp-login.php", data={"log": "gast", "pwd": "gast", "testcookie": "1"}, timeout=30
    )
    assert guest.get(site.origin + PAGE, timeout=30).status_code == 403


def test_the_page_speaks_dutch_and_says_what_php_does_not_reach(site: WordPress) -> None:
    locale = "$u = get_user_by('login', 'maker'); update_user_meta($u->ID, 'locale', '{}');"
    site.run(locale.format("nl_NL"))  # Debian brings no language files: ours are not among them
    try:
        page = settings(site.admin(), site)
    finally:
        site.run(locale.format(""))
    assert "<h1>AI-voorbehoud</h1>" in page
    assert "Bestanden in wp-content/uploads stuurt de webserver zelf" in page
    assert "De verklaring is voor een ander adres dan deze site" in page
    assert "add_header" in page
    assert "AI reservation" in settings(site.admin(), site)


def test_nothing_of_ours_made_php_complain(site: WordPress) -> None:
    assert site.complaints() == []


def test_removing_it_takes_its_one_option_along_and_nothing_else(site: WordPress, home: Path) -> None:
    names = "global $wpdb; echo json_encode($wpdb->get_col(\"SELECT option_name FROM $wpdb->options WHERE option_name NOT LIKE '%transient%' ORDER BY 1\"));"
    site.run("update_option('voorbehoud', array('tags' => ''));")
    there = json.loads(site.run(names))
    try:
        site.remove()
        assert set(there) - set(json.loads(site.run(names))) == {"voorbehoud"}
        assert "tdm-reservation" not in get(site, "/").headers
    finally:
        site.install(home / "voorbehoud.zip")


# ---- the zip ---------------------------------------------------------------------------------------------------------
def test_each_file_is_php_that_can_be_read(home: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(home / "voorbehoud.zip") as archive:
        archive.extractall(tmp_path)
    files = sorted(tmp_path.rglob("*.php"))
    assert len(files) == 4
    php = programs.find("php")
    assert php is not None
    for file in files:
        assert subprocess.run([php, "-l", file], capture_output=True, check=False).returncode == 0
        newer = re.compile(
            r"\bmatch\s*\(|\?->|\bstr_(?:starts|ends)_with\(|\bstr_contains\(|\benum \w|\breadonly (?:class|public|private|protected)\b|^\s*#\[",
            re.MULTILINE,
        )
        assert not newer.search(file.read_text()), "PHP 7.4 does not know this"


def test_equal_declarations_make_equal_zips() -> None:
    wish = load(DECLARATION, "voorbehoud.yaml")
    assert wordpress_plugin(wish) == wordpress_plugin(wish)


def test_a_screen_gets_no_zip_and_a_plug_in_refuses_nobody(home: Path) -> None:
    done = CliRunner().invoke(main, ["server", "wordpress", str(home / "public"), "--block"])
    assert done.exit_code == 2
    assert "leave out --block" in done.stderr
    printed = CliRunner().invoke(main, ["server", "wordpress", str(home / "public")])
    assert printed.stdout_bytes.startswith(b"PK")
