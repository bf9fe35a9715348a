"""Which sites travel together: never two workers at one domain or address."""

import time
from collections import Counter
from collections.abc import Collection, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voorbehoud.cluster.places import Guide, Placed, addresses, domain_of, places_of
from voorbehoud.cluster.shards import MOST_AT_ONE_PLACE, PIECES, Pool, Shard
from voorbehoud.core.member import Member

NAMES = {
    "a.example.nl": ["192.0.2.1", "192.0.2.2"],
    "b.example.nl": ["192.0.2.3"],
    "img.cdn.net": ["192.0.2.9", "2001:db8::9"],
}


def find(host: str) -> Collection[str]:
    return NAMES.get(host, ())


def placed(number: int, *places: str) -> Placed:
    return Placed(Member(f"https://s{number}.example"), frozenset(places))


def pool_of(sites: Iterable[Placed]) -> Pool:
    pool = Pool()
    for site in sites:
        pool.add(site)
    return pool


def names(shard: Shard | None) -> list[str]:
    assert shard is not None
    return [site.member.site for site in shard.sites]


# ---- where a site stands -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.atelier.example.co.uk", "example.co.uk"),
        ("anna.wixsite.com", "wixsite.com"),  # a builder's customers are one domain: the builder's
        ("anna.github.io", "github.io"),
        ("xn--caf-dma.nl", "xn--caf-dma.nl"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_the_domain_that_is_registered(host: str, domain: str) -> None:
    assert domain_of(host) == domain


def test_a_member_touches_the_domains_and_addresses_of_its_site_and_its_media() -> None:
    member = Member("https://a.example.nl", media=("https://img.cdn.net:8443",))
    expected = {"example.nl", "192.0.2.1", "192.0.2.2", "cdn.net", "192.0.2.9", "2001:db8::9"}
    assert places_of(member, find) == expected


def test_an_address_is_a_place_and_a_name_without_one_has_its_domain() -> None:
    assert places_of(Member("http://[2001:DB8:0::9]:80"), find) == {"2001:db8::9"}
    assert places_of(Member("https://weg.example"), find) == {"weg.example"}
    assert addresses("127.0.0.7") == {"127.0.0.7"}
    assert addresses("a..b") == addresses("niets.invalid") == frozenset()


def test_a_name_is_looked_up_once() -> None:
    asked: list[str] = []

    def note(host: str) -> Collection[str]:
        asked.append(host)
        return find(host)

    members = [
        Member("https://a.example.nl"),
        Member("https://a.example.nl:444"),
        Member("https://b.example.nl"),
    ]
    with Guide(note) as guide:
        guide.ask(members[:1])
        found: list[Placed] = []
        give_up = time.monotonic() + 10
        while guide.open and time.monotonic() < give_up:
            found += guide.found()
        guide.ask(members[1:])
        while guide.open and time.monotonic() < give_up:
            found += guide.found()
    assert Counter(asked) == {"a.example.nl": 1, "b.example.nl": 1}
    assert {site.member for site in found} == set(members)


def test_a_mistake_of_ours_in_a_look_up_is_not_waited_for() -> None:
    def mistaken(host: str) -> Collection[str]:
        raise LookupError(host)

    def wait(guide: Guide) -> None:
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            list(guide.found())

    with Guide(mistaken) as guide:
        guide.ask([Member("https://a.example.nl")])
        with pytest.raises(LookupError, match=r"a\.example\.nl"):
            wait(guide)


# ---- who travels with whom ---------------------------------------------------------------------------------------------
@given(
    st.lists(st.frozensets(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=60),
    st.data(),
)
def test_no_two_open_shards_touch_one_place_and_every_site_has_its_turn(
    wanted: list[frozenset[str]], data: st.DataObject
) -> None:
    sites = [placed(number, *places) for number, places in enumerate(wanted)]
    pool, out, seen = pool_of(sites), list[Shard](), Counter[str]()
    for _ in range(1_000):
        shard = pool.cut(data.draw(st.integers(1, 7)))
        if shard is not None:
            assert all(not shard.places & other.places for other in out)
            out.append(shard)
        elif not out:
            break
        if shard is None or data.draw(st.booleans()):
            landed = out.pop(data.draw(st.integers(0, len(out) - 1)))
            fate = data.draw(st.sampled_from(["whole", "half", "died"]))
            if fate == "died" and len(landed.sites) > 1:
                pool.split(landed)
                continue
            left = names(landed)[::2][1:] if fate == "half" else []
            pool.land(landed, left)
            seen.update(site for site in names(landed) if site not in left)
    assert seen == {site.member.site: 1 for site in sites}
    assert len(pool) == 0


def test_one_place_does_not_fill_a_shard() -> None:
    builder = [placed(number, "wixsite.com", f"d{number}") for number in range(100)]
    pool = pool_of([*builder, *(placed(100 + number, f"own{number}") for number in range(50))])
    first = pool.cut(60)
    assert first is not None
    assert sum("wixsite.com" in site.places for site in first.sites) == MOST_AT_ONE_PLACE
    assert len(first.sites) == 60
    assert names(pool.cut(60)) == [f"https://s{number}.example" for number in range(128, 150)]
    assert pool.cut(60) is None
    pool.land(first)
    assert len(names(pool.cut(60))) == MOST_AT_ONE_PLACE


def test_a_shard_that_died_travels_in_pieces_down_to_one_site() -> None:
    pool = pool_of(placed(number, f"p{number}") for number in range(300))
    died = []
    while (shard := pool.cut(300)) is not None:
        if "https://s217.example" in names(shard):
            died.append(len(shard.sites))
            if len(shard.sites) > 1:
                pool.split(shard)
                continue
        pool.land(shard)
    assert died == [300, 38, 5, 1]
    assert PIECES**3 >= 300
