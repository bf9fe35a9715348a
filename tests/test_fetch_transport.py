"""One request at a time, to servers that do it wrong, on real sockets."""

import asyncio
import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awkward_servers import FIFTEEN, NEAR, OPT_OUT, Farm, Reply, answer, ask, certificate
from voorbehoud.core.evidence import Failure
from voorbehoud.fetch.otherwise import HEAD
from voorbehoud.fetch.settings import Settings
from voorbehoud.fetch.transport import CONNECTIONS, Answer, Transport, fields_of

pytest_plugins = ["awkward_servers"]

UNREADABLE = {"no-colon", "nul"}  # libcurl gives up on these two: an answer, but GARBLED


def values(found: Answer, name: str) -> list[str]:
    return [value for key, value in found.headers if key.strip().lower() == name]


# ---- the fifteen -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def awkward(farm: Farm) -> str:
    return farm.site({f"/{name}": reply for name, reply in FIFTEEN.items()})


@pytest.mark.parametrize("name", sorted(FIFTEEN.keys() - UNREADABLE))
def test_an_awkward_server_is_heard(awkward: str, name: str) -> None:
    (found,) = ask(f"{awkward}/{name}")
    assert found.status == 200
    assert set(values(found, OPT_OUT)) == {"1"}


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_what_libcurl_cannot_read_is_a_failure_and_not_an_absence(awkward: str, name: str) -> None:
    (found,) = ask(f"{awkward}/{name}")
    assert found.failure is Failure.GARBLED
    assert found.detail


def test_repeats_are_kept_in_order(awkward: str) -> None:
    twice, usage = ask(f"{awkward}/duplicate", f"{awkward}/two-content-usage")
    assert values(twice, OPT_OUT) == ["1", "1"]
    assert usage.headers[:3] == (
        ("Content-Usage", "train-ai=n"),
        ("tdm-reservation", "1"),
        ("Content-Usage", "search=y"),
    )


def test_headers_come_as_they_were_sent(awkward: str) -> None:
    folded, latin, space = ask(*(f"{awkward}/{name}" for name in ("folded", "latin-1", "space-before-colon")))
    assert values(folded, "x-long") == ["one two"]
    assert values(latin, "x-maker") == ["Renée"]
    assert space.headers[0] == ("tdm-reservation ", "1")


def test_early_hints_are_not_the_answer(awkward: str) -> None:
    (found,) = ask(f"{awkward}/103-first")
    assert (found.status, values(found, OPT_OUT), found.body) == (200, ["1"], b"hello")


def test_a_short_body_and_a_false_gzip_are_heard_but_not_whole(awkward: str) -> None:
    short, false = ask(f"{awkward}/short-body", f"{awkward}/false-gzip")
    assert (short.failure, short.body) == (Failure.RESET, b"hello")
    assert false.failure is Failure.GARBLED


@given(st.lists(st.binary()))
def test_any_header_lines_can_be_taken_apart(lines: list[bytes]) -> None:
    fields, odd = fields_of(lines)
    assert len(fields) + odd <= len(lines)


def test_lines_without_a_colon_are_counted() -> None:
    assert fields_of([b" first", b"no colon", b"A: 1", b"\t2", b"A:3 "]) == ((("A", "1 2"), ("A", "3")), 2)


# ---- too slow, too much, cut off ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"", "stall"),
        Reply(b"HTTP/1.1 200 OK\r\nX", "drip"),
        Reply(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "drip"),
    ],
    ids=["silence", "slow headers", "slow body"],
)
def test_who_is_too_slow_is_left(farm: Farm, reply: Reply) -> None:
    site = farm.site({"/": reply})
    (found,) = ask(f"{site}/", seconds=0.4)
    assert found.failure is Failure.TIMEOUT  # the server never ends by itself


def test_who_hangs_up_is_a_reset(farm: Farm) -> None:
    site = farm.site({"/": Reply(b"", "reset"), "/half": Reply(b"HTTP/1.1 200 OK\r\nContent-Le", "reset")})
    at_once, half = ask(f"{site}/", f"{site}/half")
    assert (at_once.status, at_once.failure) == (None, Failure.RESET)
    assert half.failure is Failure.RESET


def test_an_endless_file_is_cut_at_the_cap(farm: Farm) -> None:
    site = farm.site({"/robots.txt": Reply(b"HTTP/1.1 200 OK\r\n\r\n", "endless")})
    (found,) = ask(f"{site}/robots.txt", cap=512_000)
    assert (len(found.body), found.truncated, found.failure) == (512_000, True, None)


def test_a_body_of_exactly_the_cap_is_whole(farm: Farm) -> None:
    site = farm.site({"/": answer(b"x" * 1000)})
    whole, cut = *ask(f"{site}/", cap=1000), *ask(f"{site}/", cap=999)
    assert (len(whole.body), whole.truncated) == (1000, False)
    assert (len(cut.body), cut.truncated) == (999, True)


def test_a_gzip_bomb_goes_no_further_than_the_cap(farm: Farm) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    site = farm.site(
        {
            "/": answer(bomb, "Content-Encoding: gzip"),
            "/small": answer(gzip.compress(b"hi"), "Content-Encoding: gzip"),
        }
    )
    found, small = ask(f"{site}/", f"{site}/small", cap=10_000)
    assert (len(found.body), found.truncated, found.failure) == (10_000, True, None)
    assert small.body == b"hi"


def test_padding_that_decodes_to_nothing_is_cut_too(farm: Farm) -> None:
    empty_blocks = (
        b"\x00\x00\x00\xff\xff" * 1_000_000
    )  # RFC 1951, section 3.2.4: stored, of length 0, not the last
    site = farm.site({"/": answer(gzip.compress(b"")[:10] + empty_blocks, "Content-Encoding: gzip")})
    (found,) = ask(f"{site}/", cap=10_000)
    assert (found.body, found.truncated, found.failure) == (b"", True, None)


@pytest.mark.parametrize("line", [b"X: y\r\n", b"X" * 1000 + b": y\r\n"])
def test_headers_that_do_not_end_are_garbled(farm: Farm, line: bytes) -> None:
    site = farm.site({"/": Reply(b"HTTP/1.1 200 OK\r\n" + line * (400_000 // len(line)), "close")})
    (found,) = ask(f"{site}/")
    assert found.failure is Failure.GARBLED


@pytest.mark.parametrize("number", [2_000, 10_000])
def test_very_many_headers_are_an_answer_or_a_failure_never_an_absence(farm: Farm, number: int) -> None:
    lines = b"".join(b"X-%d: x\r\n" % count for count in range(number))
    raw = b"HTTP/1.1 200 OK\r\n" + lines + b"tdm-reservation: 1\r\nContent-Length: 2\r\n\r\nhi"
    (found,) = ask(f"{farm.site({'/': Reply(raw)})}/")
    if found.failure is None:
        assert values(found, OPT_OUT) == ["1"]
        assert len(found.headers) == number + 2
    else:
        assert found.failure is Failure.GARBLED
        assert "header" in found.detail.lower()


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\xff\xfe\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"<html>hello</html>",
        b"HTTP/9.9 abc\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_what_is_not_http_is_garbled(farm: Farm, raw: bytes) -> None:
    site = farm.site({"/": Reply(raw, "close")})
    (found,) = ask(f"{site}/")
    assert found.failure in {Failure.GARBLED, Failure.RESET}
    assert found.body == b""


def test_a_body_without_a_length_ends_with_the_connection(farm: Farm) -> None:
    site = farm.site({"/": Reply(b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\nto the end", "close")})
    (found,) = ask(f"{site}/")
    assert (found.body, found.failure) == (b"to the end", None)


def test_trailers_are_not_headers(farm: Farm) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\ntdm-reservation: 1\r\n\r\n"
    (found,) = ask(f"{farm.site({'/': Reply(raw)})}/")
    assert (found.body, values(found, OPT_OUT)) == (b"hi", [])


# ---- connections -------------------------------------------------------------------------------------------------------
def test_one_connection_serves_a_site(farm: Farm) -> None:
    site = farm.site({"/": answer(b"hi")})
    assert [found.body for found in ask(*[f"{site}/"] * 5)] == [b"hi"] * 5
    assert farm.connections[site] == 1


def test_many_visits_that_want_the_same_from_one_server_take_turns(farm: Farm) -> None:
    site = farm.site({"/": answer(b"hi")})

    async def run() -> list[Answer]:
        transport = Transport(replace(NEAR, per_address=3))
        try:
            many = [transport.ask(f"{site}/", cap=9, seconds=9) for _ in range(40)]
            return await asyncio.gather(*many)
        finally:
            transport.close()

    assert [found.body for found in asyncio.run(run())] == [b"hi"] * 40
    assert farm.connections[site] == 3


def test_who_gets_no_turn_gives_up(farm: Farm) -> None:
    site = farm.site({"/": answer(b"hi"), "/never": Reply(b"", "stall")})

    async def run() -> tuple[Answer, Answer, Answer]:
        transport = Transport(replace(NEAR, per_address=1))
        try:
            holding = asyncio.create_task(transport.ask(f"{site}/never", cap=9, seconds=0.5))
            await asyncio.sleep(0)
            gave_up = await transport.ask(f"{site}/", cap=9, seconds=0.1)
            return gave_up, await holding, await transport.ask(f"{site}/", cap=9, seconds=9)
        finally:
            transport.close()

    gave_up, held, after = asyncio.run(run())
    assert (gave_up.failure, held.failure, after.body) == (Failure.GAVE_UP, Failure.TIMEOUT, b"hi")


def test_what_one_question_met_is_not_told_of_the_next(farm: Farm, awkward: str) -> None:
    """One handle asks them all; each answer is the one that a transport of its own gets."""
    ending = Reply(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 70_000, "close")
    hints = Reply(b"HTTP/1.1 103 Early Hints\r\ntdm-reservation: 0\r\n\r\n", "close")
    site = farm.site(
        {"/": answer(b"hi", "A: 1"), "/long": answer(b"x" * 200), "/headers": ending, "/hints": hints}
    )
    urls = [f"{site}/long", "http://127.0.0.1:1/", f"{site}/headers", f"{awkward}/short-body", f"{site}/hints", f"{awkward}/false-gzip"]  # fmt: skip
    mixed = [url for bad in urls for url in (bad, f"{site}/")]
    alone = {url: replace(ask(url, cap=100)[0], seconds=0.0) for url in set(mixed)}
    assert [replace(found, seconds=0.0) for found in ask(*mixed, cap=100)] == [alone[url] for url in mixed]
    assert alone[f"{site}/"].headers == (("A", "1"), ("Content-Length", "2"))
    assert alone[f"{site}/hints"].status is None


def test_a_question_that_takes_long_holds_up_no_other(farm: Farm) -> None:
    site = farm.site({"/": answer(b"hi"), "/never": Reply(b"", "stall")})

    async def run() -> tuple[Answer, list[Answer]]:
        transport = Transport(NEAR)
        try:
            first = await transport.ask(f"{site}/", cap=9, seconds=50)
            never = asyncio.create_task(transport.ask(f"{site}/never", cap=9, seconds=0.5))
            others = [await transport.ask(f"{site}/", cap=9, seconds=50) for _ in range(2)]
            assert not never.done()
            async with asyncio.timeout(8):  # of its own half second, not of the fifty of the others
                return await never, [first, *others]
        finally:
            transport.close()

    never, others = asyncio.run(run())
    assert (never.failure, never.body) == (Failure.TIMEOUT, b"")
    assert [found.body for found in others] == [b"hi"] * 3


def test_a_connection_that_the_server_closed_is_opened_again(farm: Farm) -> None:
    closing = Reply(answer(b"hi").raw, "close")
    site = farm.site({"/": closing})
    assert [found.failure for found in ask(f"{site}/", f"{site}/", f"{site}/")] == [None] * 3
    assert farm.connections[site] == 3


def test_connections_of_visits_that_are_over_are_closed(farm: Farm) -> None:
    """Thousands of sites are visited by one process, and each TLS connection takes a tenth of a megabyte."""
    sites = [farm.site({"/": answer(b"hi")}) for _ in range(2 * CONNECTIONS + 2)]

    async def run() -> None:
        transport = Transport(NEAR)
        try:
            with transport.visiting():
                for site in sites:
                    with transport.visiting():
                        for url in (sites[0], site):
                            # libcurl tells who was idle longest by the millisecond
                            await asyncio.sleep(0.002)
                            await transport.ask(f"{url}/", cap=9, seconds=5)
            with transport.visiting():
                for url in (*sites[:2], sites[0]):
                    await transport.ask(f"{url}/", cap=9, seconds=5)
        finally:
            transport.close()

    asyncio.run(run())
    assert [farm.connections[site] for site in sites] == [1, 2] + [1] * 2 * CONNECTIONS


def test_nobody_there() -> None:
    refused, unknown = ask("http://127.0.0.1:1/", "http://no-such-host.invalid/")
    assert (refused.failure, refused.status) == (Failure.CONNECT, None)
    assert "connect" in refused.detail
    assert " ms" not in refused.detail  # it would be another failure each time
    assert (unknown.failure, unknown.status) == (Failure.DNS, None)


def test_ipv6(farm: Farm) -> None:
    try:
        site = farm.site({"/": answer(b"hi")}, address="::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    (found,) = ask(f"{site}/")
    assert (found.body, found.address) == (b"hi", "::1")


def test_other_methods_and_who_we_are(farm: Farm) -> None:
    site = farm.site({"/": Reply(answer(b"hi").raw, "close")})
    settings = Settings(allow_private=True, contact="ict@bond.example")
    (found,) = ask(f"{site}/", manner=HEAD, settings=settings)
    assert (found.status, found.body, found.failure) == (200, b"", None)
    _, method, _, request = farm.asked[-1]
    assert method == "HEAD"
    assert "User-Agent: voorbehoud/" in request
    assert "ict@bond.example" in request


def test_a_proxy_of_the_environment_is_not_used(farm: Farm, monkeypatch: pytest.MonkeyPatch) -> None:
    site = farm.site({"/": answer(b"straight")})
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    (found,) = ask(f"{site}/")
    assert found.body == b"straight"


# ---- certificates ------------------------------------------------------------------------------------------------------
def test_a_certificate_that_nobody_trusts_is_told_and_the_answer_taken(farm: Farm, tmp_path: Path) -> None:
    tls, file = certificate(tmp_path)
    site = farm.site({"/": answer(b"hi", "tdm-reservation: 1")}, tls=tls)
    first, second = ask(f"{site}/", f"{site}/")
    assert first.tls == second.tls
    assert first.tls not in {None, "ok"}
    assert (first.body, first.failure) == (b"hi", None)
    (trusted,) = ask(f"{site}/", settings=Settings(allow_private=True, ca_file=str(file)))
    assert (trusted.tls, trusted.body) == ("ok", b"hi")


def test_a_certificate_for_another_host_is_told(farm: Farm, tmp_path: Path) -> None:
    tls, file = certificate(tmp_path, "elsewhere.example")
    site = farm.site({"/": answer(b"hi")}, tls=tls)
    (found,) = ask(f"{site}/", settings=Settings(allow_private=True, ca_file=str(file)))
    assert found.tls not in {None, "ok"}
    assert found.body == b"hi"


def test_a_certificate_that_has_run_out_is_told(farm: Farm, tmp_path: Path) -> None:
    tls, file = certificate(tmp_path, days=(-9, -1))
    site = farm.site({"/": answer(b"hi", "tdm-reservation: 1")}, tls=tls)
    (found,) = ask(f"{site}/", settings=Settings(allow_private=True, ca_file=str(file)))
    assert "expired" in (found.tls or "")
    assert values(found, OPT_OUT) == ["1"]


def test_plain_http_where_tls_was_expected(farm: Farm) -> None:
    site = farm.site({"/": answer(b"hi")})
    (found,) = ask(f"{site}/".replace("http:", "https:"))
    assert (found.failure, found.status) == (Failure.TLS, None)
