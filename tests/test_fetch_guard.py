"""No address that is not global is connected to, whatever it is written as."""

import pytest

from awkward_servers import Farm, answer, ask
from voorbehoud.core.evidence import Failure
from voorbehoud.fetch.guard import refusal
from voorbehoud.fetch.settings import Settings

pytest_plugins = ["awkward_servers"]

SPELLINGS = (
    "127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "0.0.0.0", "127.0.0.1.",  # noqa: S104 (asked, not bound to)
)  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_loopback_is_not_asked_however_it_is_spelt(farm: Farm, host: str) -> None:
    site = farm.site({"/": answer(b"secret")})
    (found,) = ask(f"http://{host}:{site.rpartition(':')[2]}/", settings=Settings())
    assert found.failure in {Failure.FORBIDDEN_ADDRESS, Failure.DNS}
    assert (found.status, found.body) == (None, b"")
    assert farm.connections[site] == 0


def test_the_same_port_answers_when_loopback_is_switched_on(farm: Farm) -> None:
    site = farm.site({"/": answer(b"hi")})
    (found,) = ask(f"http://127.1:{site.rpartition(':')[2]}/")
    assert found.body == b"hi"


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "127.8.8.8",
        "::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "2002:a00:1::",
        "64:ff9b::a00:1",
    ],
)
def test_private_addresses_need_permission(address: str) -> None:
    assert refusal(address, allow_private=False)
    assert refusal(address, allow_private=True) is None


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "0.0.0.0", "::", "224.0.0.1", "ff02::1",  # noqa: S104
        "240.0.0.1", "255.255.255.255", "100.64.0.1", "fec0::1", "64:ff9b:1::1", "2001::1", "not an address", "",
    ],
)  # fmt: skip
def test_addresses_that_are_never_a_site(address: str) -> None:
    assert refusal(address, allow_private=False)
    assert refusal(address, allow_private=True)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "2002:808:808::", "64:ff9b::808:808"]
)
def test_global_addresses_are_open(address: str) -> None:
    assert refusal(address, allow_private=False) is None
