"""Agents refused on real servers: the named ones in any case, nobody else, and never the files that tell them why."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import servers
from servers import ask_on, connection
from test_publish_servers_real import NAMES, PLAIN, SPELT
from voorbehoud.agents.catalogue import chosen
from voorbehoud.core.errors import PublishError
from voorbehoud.core.purpose import Purpose
from voorbehoud.declaration.model import AgentProfile
from voorbehoud.publish import SERVERS, compose, server_config, server_parts
from voorbehoud.publish.compose import robots_text

VECTORS = Path(__file__).parent / "vectors" / "agents"
PROFILE = AgentProfile((Purpose.TRAINING, Purpose.DATASET, Purpose.CONTROL, Purpose.USER_FETCH))
BLOCKING = replace(SPELT, agents=PROFILE)
REFUSED = {agent.token for agent in chosen(PROFILE) if agent.purpose is not Purpose.CONTROL}
CASES = [
    case
    for name in ("claimed.yaml", "others.yaml")
    for case in yaml.safe_load((VECTORS / name).read_text(encoding="utf-8"))
    if case["user_agent"].isascii() and case["user_agent"].isprintable()
]
NAMED = [case["user_agent"] for case in CASES if REFUSED & set(case["agents"])]
BENIGN = [case["user_agent"] for case in CASES if not REFUSED & set(case["agents"])]
BENIGN += ["Test Spider", "Test Spider/1.0", "git/2.43.0 (VS Code 1.93; Code)", "NotGPTBotChecker/1.0",
           "Mozilla/5.0 (compatible; checker; +https://example.com/gptbot)", "like GPTBot", "GPTBotany/2"]  # fmt: skip


@pytest.fixture(
    scope="module", params=[name for name in NAMES if SERVERS[servers.KINDS[str(name.id)].target].blocks]
)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server that refuses the agents of the profile."""
    kind = servers.KINDS[request.param]
    ours = compose(BLOCKING)
    files = {file.path: file.body for file in ours.files} | {"robots.txt": robots_text(ours).encode()}
    with ExitStack() as held:
        app, site = held.enter_context(servers.application()), held.enter_context(servers.site_of(files))
        if kind.behind:
            app = held.enter_context(servers.running(servers.KINDS["nginx"], site, app)).port
        parts = server_parts(kind.target, BLOCKING, blocking=True)
        yield held.enter_context(servers.running(kind, site, app, parts)).port


def test_the_matrix_is_as_large_as_it_says() -> None:
    tokens = {token for case in CASES for token in case["agents"]} & REFUSED
    assert len(tokens) >= 40, "agents"
    assert len(set(BENIGN)) >= 100, "others"


def test_named_agents_are_refused_in_any_case_and_told_why(port: int) -> None:
    with connection(port) as held:
        let_in = [
            spelt
            for agent in NAMED
            for spelt in (agent, agent.lower(), agent.upper())
            if ask_on(held, "/werk/foto.jpg", "HEAD", User_Agent=spelt).status != 403
        ]
        refusal = ask_on(held, "/", User_Agent="GPTBot/1.2")
    assert let_in == []
    # lighttpd refuses before mod_setenv has its turn, where mod_access is loaded first, as Debian has it.
    assert refusal.all("tdm-reservation") == ([] if "lighttpd" in "".join(refusal.all("server")) else ["1"])


def test_nobody_else_is_refused(port: int) -> None:
    with connection(port) as held:
        refused = [
            agent
            for agent in BENIGN
            if ask_on(held, "/werk/foto.jpg", "HEAD", User_Agent=agent).status != 200
        ]
        assert ask_on(held, "/werk/foto.jpg", "HEAD").status == 200, "who gives no name"
    assert refused == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/robots.txt", 200), ("/robots.txt?a", 200), ("/pers/foto.jpg", 200), ("/ai-voorbehoud/", 200),
        ("/caf%C3%A9%20(oud)/weg.html", 404),
    ],
)  # fmt: skip
def test_what_is_there_to_be_read_stays_readable(port: int, path: str, status: int) -> None:
    with connection(port) as held:
        assert ask_on(held, path, User_Agent="GPTBot/1.2").status == status
        assert ask_on(held, "/.well-known/tdmrep.json", User_Agent="GPTBot/1.2").status == (
            ask_on(held, "/.well-known/tdmrep.json").status
        )
        for beside in ("/robots.txt.bak", "/ai-voorbehoud/x", "/persoonlijk", "/werk/robots.txt"):
            assert ask_on(held, beside, User_Agent="GPTBot/1.2").status == 403


@pytest.mark.parametrize("name", sorted(name for name, server in SERVERS.items() if not server.blocks))
def test_a_host_that_cannot_refuse_by_whole_names_says_so(name: str) -> None:
    with pytest.raises(PublishError, match="leave out --block"):
        server_config(name, PLAIN, blocking=True)


@pytest.mark.parametrize("name", sorted(name for name, server in SERVERS.items() if server.blocks))
def test_blocking_is_off_and_told_apart_from_the_reservation(name: str) -> None:
    assert "gptbot" not in server_config(name, PLAIN).lower()
    text = server_config(name, PLAIN, blocking=True)
    assert "gptbot" in text
    assert "not a reservation" in " ".join(text.replace("\n#", "").split())
