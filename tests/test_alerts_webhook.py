"""Letters to a program, against a real server; and never to where the settings did not say."""

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from alert_servers import Hooks, hook_server, status
from awkward_servers import certificate
from voorbehoud.alerts import webhook
from voorbehoud.alerts.letter import Letter, Outcome
from voorbehoud.alerts.settings import ALL, Form, Webhook
from voorbehoud.alerts.webhook import payload, send
from voorbehoud.fetch.guard import refusal

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
KEY = bytes(range(32))
LETTER = Letter(
    "vb-1", "onderwerp", "tekst", "<p>", '{"schema": "voorbehoud.alerts/1", "é": 1}', "kort", "nl"
)


def hook(url: str, **given: Any) -> Webhook:
    options: dict[str, Any] = {"secret": KEY, "form": Form.JSON, "tell": frozenset(ALL), "private": True}
    return Webhook("webhook/x", url, **(options | given))


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as running:
        yield running


# ---- what is posted --------------------------------------------------------------------------------------------------
def test_a_post_carries_the_data_and_a_signature_over_all_of_it(hooks: Hooks) -> None:
    assert send(hook(hooks.url), LETTER, AT, refusal) == Outcome(True)
    (got,) = hooks.posted
    assert got.path == "/hook?token=geheim"
    assert got.body == LETTER.data.encode()
    assert got.headers["content-type"].startswith("application/json")
    assert (got.headers["webhook-id"], got.headers["webhook-timestamp"]) == ("vb-1", "1795694400")
    signed = b"vb-1.1795694400." + got.body
    expected = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    assert got.headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """Worked out by hand with openssl, as the specification says: HMAC-SHA256 over `id.timestamp.body`, in base64."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    letter = Letter("msg_p5jXN8AQM9LWM0D4loKWxJek", "", "", "", "", "", "en")
    at = datetime.fromtimestamp(1614265330, UTC)
    said = webhook.headers(hook("https://a.example", secret=key), letter, b'{"test": 2432232314}', at)
    assert said["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_without_a_secret_nothing_is_signed(hooks: Hooks) -> None:
    assert send(hook(hooks.url, secret=None), LETTER, AT, refusal).sent
    assert "webhook-signature" not in hooks.posted[0].headers


def test_over_tls_only_to_who_proves_to_be_it(tmp_path: Path) -> None:
    context, trust = certificate(tmp_path)
    with hook_server(context) as hooks:
        url = f"https://127.0.0.1:{hooks.port}/"
        assert send(hook(url, authorities=trust), LETTER, AT, refusal) == Outcome(True)
        distrusted = send(hook(url), LETTER, AT, refusal)
        assert (distrusted.sent, distrusted.unreached) == (False, True)
        assert "SSL" in distrusted.words
    assert len(hooks.posted) == 1


def test_a_name_from_the_wire_calls_nobody_in_a_chat() -> None:
    letter = Letter("vb-1", "", "", "", "", "<!channel> & @everyone <https://evil.example|klik>", "nl")
    slack = json.loads(payload(Form.SLACK, letter))
    assert slack["text"] == "&lt;!channel&gt; &amp; @everyone &lt;https://evil.example|klik&gt;"
    discord = json.loads(payload(Form.DISCORD, letter))
    assert discord["allowed_mentions"] == {"parse": []}
    long = Letter("vb-1", "", "", "", "", "x" * 5_000, "nl")
    assert len(json.loads(payload(Form.DISCORD, long))["content"]) <= 2_000


# ---- answers ---------------------------------------------------------------------------------------------------------
def test_a_fault_of_the_server_passes(hooks: Hooks) -> None:
    hooks.acts = [status(500, b"kapot\r\n  vandaag \x1b[31m")]
    assert send(hook(hooks.url), LETTER, AT, refusal) == Outcome(False, "500 kapot vandaag \x1b[31m")
    assert send(hook(hooks.url), LETTER, AT, refusal).sent
    assert hooks.posted[0].body == hooks.posted[1].body


@pytest.mark.parametrize(
    ("code", "refused"), [(404, True), (401, True), (429, False), (408, False), (503, False)]
)
def test_a_mistake_in_the_settings_is_told_from_a_bad_moment(hooks: Hooks, code: int, refused: bool) -> None:
    hooks.acts = [status(code)]
    assert send(hook(hooks.url), LETTER, AT, refusal) == Outcome(False, str(code), refused=refused)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(hooks: Hooks, code: int) -> None:
    with hook_server() as elsewhere:
        hooks.acts = [status(code, Location=elsewhere.url)]
        outcome = send(hook(hooks.url), LETTER, AT, refusal)
    assert (outcome.sent, outcome.refused) == (False, True)
    assert "is redirected" in outcome.words
    assert elsewhere.posted == []


def test_a_huge_answer_is_not_read(hooks: Hooks) -> None:
    sent = 0

    def endless(handler: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(500)
        handler.end_headers()
        while sent < 500_000_000:
            sent += handler.wfile.write(b"x" * 65_536)

    hooks.acts = [endless]
    outcome = send(hook(hooks.url), LETTER, AT, refusal)
    assert outcome.words.startswith("500 xxx")
    assert len(outcome.words) <= 200
    assert sent < 50_000_000, "the buffers of two sockets, and no more"


def test_a_server_that_drips_is_left_in_time(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.3)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(200):
            handler.wfile.write(b"x")
            time.sleep(0.05)

    hooks.acts = [drip]
    began = time.monotonic()
    outcome = send(hook(hooks.url), LETTER, AT, refusal)
    assert (outcome.sent, outcome.unreached) == (False, True)
    assert "no whole answer within" in outcome.words
    assert time.monotonic() - began < 5


def test_a_server_that_is_not_there_is_told_without_its_address() -> None:
    with hook_server() as hooks:
        pass
    outcome = send(hook(hooks.url), LETTER, AT, refusal)
    assert (outcome.sent, outcome.refused, outcome.unreached) == (False, False, True)
    assert outcome.words == "could not be connected to"


# ---- where it goes ---------------------------------------------------------------------------------------------------
def test_a_private_address_is_not_connected_to(hooks: Hooks) -> None:
    outcome = send(hook(hooks.url, private=False), LETTER, AT, refusal)
    assert outcome == Outcome(False, "127.0.0.1 is not a global address", refused=True, unreached=True)
    assert hooks.posted == []


def test_a_name_that_leads_to_a_private_address_is_refused_too(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inside(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        assert host == "hooks.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr("voorbehoud.alerts.webhook.socket.getaddrinfo", inside)
    url = f"http://hooks.example:{hooks.port}/"
    assert "not a global address" in send(hook(url, private=False), LETTER, AT, refusal).words
    assert hooks.posted == []


def test_the_proxy_of_the_environment_does_not_get_it(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        assert send(hook(hooks.url), LETTER, AT, refusal).sent
    assert (len(hooks.posted), proxy.posted) == (1, [])
