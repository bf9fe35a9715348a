"""Our block beside the maker's own robots.txt: nobody whom we do not name is let in or kept out by it."""

from urllib.robotparser import RobotFileParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jwm.robotstxt.googlebot import RobotsMatcher
from protego import Protego

from voorbehoud.core.artifact import RobotsGroup, RobotsRecord
from voorbehoud.grammar.robots import RobotsTxt
from voorbehoud.publish.compose import Composition
from voorbehoud.publish.robots_merge import BEGIN, BOM, END, Merged, UnreadableError, cut, merge

NAMED = ("GPTBot", "CCBot", "Google-Extended")
RECORD = RobotsRecord("Content-Usage", "train-ai=n, ai-use=n, search=y")
EVERYBODY = RobotsGroup(("*",), (("Disallow", ""),))


def composition(*rules: tuple[str, str], records: tuple[RobotsRecord, ...] = (RECORD,)) -> Composition:
    named = RobotsGroup(NAMED, rules or (("Disallow", "/"),))
    return Composition("https://e.nl", (), "# Rechten voorbehouden", (named, EVERYBODY), records, ())


OURS = composition()
PRESS = composition(("Allow", "/press/"), ("Disallow", "/"))


def agreed(robots: bytes, agent: str, path: str) -> bool:
    """Give what our reader, Google's and Protego all say; fail where they differ."""
    answers = {
        "ours": RobotsTxt.parse(robots).access(agent, path).allowed,
        "google": RobotsMatcher().OneAgentAllowedByRobots(
            robots, agent.encode(), f"https://e.nl{path}".encode()
        ),
        "protego": Protego.parse(robots.decode("utf-8-sig", "replace")).can_fetch(
            f"https://e.nl{path}", agent
        ),
    }
    assert len(set(answers.values())) == 1, answers
    return bool(answers["ours"])


def test_a_new_file_says_it_to_every_reader() -> None:
    body = merge(None, OURS).body
    assert body.startswith(BEGIN.encode())
    assert body.endswith(END.encode() + b"\n")
    for agent in NAMED:
        assert not agreed(body, agent, "/werk.jpg")
    assert agreed(body, "Foo", "/werk.jpg")
    everyone = RobotsTxt.parse(body).everyone
    assert everyone is not None
    assert [record.value for record in everyone.records("content-usage")] == [RECORD.value]


@pytest.mark.parametrize(
    ("theirs", "path"),
    [
        (b"User-agent: *\nDisallow: /\n", "/"),
        (b"User-agent: *\nDisallow: /prive/", "/prive/a"),
        (b"User-agent: *\nDisallow: *\n", "/a"),
        (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /prive/\r\n", "/prive/a"),
        (b"User-agent: *\rDisallow: /prive/\r", "/prive/a"),
    ],
)
def test_what_is_hidden_stays_hidden(theirs: bytes, path: str) -> None:
    body = merge(theirs, OURS).body
    assert not agreed(body, "Foo", path)
    first_group_only = RobotFileParser()
    first_group_only.parse(body.decode("utf-8-sig").splitlines())
    assert first_group_only.can_fetch("Foo", path) is (b"*\n" in theirs and b"Disallow: *" in theirs)
    assert not agreed(body, "GPTBot", "/")


def test_an_open_group_at_the_end_does_not_swallow_our_agents() -> None:
    theirs = b"User-agent: *\nCrawl-delay: 10"
    body = merge(theirs, OURS).body
    assert body.index(b"GPTBot") < body.index(b"Crawl-delay")
    assert agreed(body, "Foo", "/")
    assert not agreed(body, "GPTBot", "/")


def test_rules_without_an_agent_do_not_become_rules_of_ours() -> None:
    theirs = b"Disallow: /prive/\n\nUser-agent: Foo\nDisallow: /foo/\n"
    body = merge(theirs, OURS).body
    assert body.startswith(theirs)
    assert agreed(body, "Bar", "/prive/a")


def test_where_no_place_is_harmless_nothing_is_written() -> None:
    with pytest.raises(UnreadableError, match="User-agent line"):
        merge(b"Disallow: /prive/\nUser-agent: Foo\nCrawl-delay: 3\n", OURS)


@pytest.mark.parametrize(
    "theirs", ["User-agent: *\n".encode("utf-16"), "User-agent: *\n".encode("utf-16-be")]
)
def test_a_file_that_nobody_can_read_is_left_alone(theirs: bytes) -> None:
    with pytest.raises(UnreadableError, match="UTF-8"):
        merge(theirs, OURS)


def test_a_folder_that_is_closed_to_all_is_not_opened_to_an_agent_that_we_name() -> None:
    theirs = b"User-agent: *\nDisallow: /press/geheim/\n"
    body = merge(theirs, PRESS).body
    assert agreed(body, "GPTBot", "/press/a")
    assert not agreed(body, "GPTBot", "/press/geheim/a")
    assert not agreed(body, "GPTBot", "/werk/a")
    hidden = merge(b"User-agent: *\nDisallow: /\n", PRESS)
    assert not agreed(hidden.body, "GPTBot", "/press/a")
    assert any("/press/" in str(remark.message) for remark in hidden.remarks)


def test_a_group_of_theirs_that_lets_an_agent_in_is_a_conflict_with_its_line() -> None:
    merged = merge(b"User-agent: GPTBot\nAllow: /\n", OURS)
    conflict = next(remark for remark in merged.remarks if remark.conflict)
    assert merged.body.split(b"\n")[conflict.line - 1] == b"Allow: /"
    assert "GPTBot" in str(conflict.message)
    assert not agreed(merged.body, "CCBot", "/")


def test_a_named_group_of_theirs_without_our_record_is_told_and_not_edited() -> None:
    theirs = b"User-agent: Googlebot\nDisallow: /foo/\n"
    merged = merge(theirs, OURS)
    remark = next(iter(merged.remarks))
    assert not remark.conflict
    assert "Googlebot" in str(remark.message)
    assert RECORD.value in str(remark.message)
    assert theirs in merged.body


def test_the_same_agents_refused_by_both_are_no_conflict() -> None:
    assert (
        merge(b"User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n", composition(records=())).remarks == ()
    )


def test_new_wishes_replace_our_block_and_nothing_else() -> None:
    theirs = b"# van mij\r\nUser-agent: *\r\nDisallow: /prive/"
    once = merge(theirs, OURS).body
    assert merge(once, PRESS).body == merge(theirs, PRESS).body
    assert b"\n" not in once.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "damaged", [b"# BEGIN voorbehoud\nUser-agent: *\n", b"# END voorbehoud\n", merge(None, OURS).body * 2]
)
def test_damaged_markers_are_not_guessed_at(damaged: bytes) -> None:
    with pytest.raises(UnreadableError, match="damaged"):
        merge(damaged, OURS)


def test_a_file_longer_than_readers_read_gets_our_block_where_it_is_read() -> None:
    body = merge(b"User-agent: *\nDisallow: /prive/\n" + b"# x\n" * 130_000, OURS).body
    assert body.index(b"GPTBot") < 2000


AGENTS = ("*", "Foo", "Googlebot", "gptbot", "Bar")
LINES = st.one_of(
    st.sampled_from(AGENTS).map(lambda agent: f"User-agent: {agent}"),
    st.tuples(
        st.sampled_from(["Allow", "Disallow", "disallow"]),
        st.sampled_from(["", "/", "/a", "/a/", "/a/b$", "/*.jpg", "*", "/press/", "/press/x", "a"]),
    ).map(": ".join),
    st.sampled_from(["", "# x", "Sitemap: https://e.nl/s.xml", "Crawl-delay: 3", "Content-Usage: train-ai=y", "Content-Signal: ai-train=yes", "x", "User-agent: Foo # x"]),
)  # fmt: skip
FILES = st.tuples(
    st.sampled_from(["", "\ufeff"]), st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\n", "\r"])
).map(lambda parts: (parts[0] + parts[2].join(parts[1]) + parts[3]).encode())  # fmt: skip
PATHS = ("/", "/a", "/a/", "/a/b", "/a/b/c", "/x.jpg", "/press/", "/press/x/y", "/other", "/robots.txt")


@given(FILES, st.sampled_from([OURS, PRESS]))
@example(b"User-agent: *\nDisallow: /\n", PRESS)
def test_nobody_whom_we_do_not_name_notices(theirs: bytes, ours: Composition) -> None:
    try:
        body = merge(theirs, ours).body
    except UnreadableError:
        return
    before, after = RobotsTxt.parse(theirs), RobotsTxt.parse(body)
    google = RobotsMatcher()
    for agent in ("Foo", "Bar", "Googlebot", "Unheard-of"):
        for path in PATHS:
            assert before.access(agent, path).allowed == after.access(agent, path).allowed
            url = f"https://e.nl{path}".encode()
            was = google.OneAgentAllowedByRobots(theirs, agent.encode(), url)
            assert google.OneAgentAllowedByRobots(body, agent.encode(), url) == was
    for agent in NAMED:  # nor is anything opened to those that we do name
        for path in PATHS:
            assert before.access(agent, path).allowed or not after.access(agent, path).allowed


@given(FILES)
def test_every_byte_of_theirs_stays(theirs: bytes) -> None:
    try:
        merged: Merged = merge(theirs, OURS)
    except UnreadableError:
        return
    assert cut(merged.body) == theirs
    assert merge(merged.body, OURS) == merged
    start = merged.body.index(BEGIN.encode())
    end = merged.body.index(END.encode()) + len(END)
    rest = (merged.body[:start] + merged.body[end:]).removeprefix(BOM)
    assert rest.split() == theirs.removeprefix(BOM).split()


@given(st.binary(max_size=300))
def test_any_bytes_are_merged_or_left_alone(theirs: bytes) -> None:
    try:
        assert cut(merge(theirs, OURS).body) == theirs
    except UnreadableError:
        return
