"""`voorbehoud demo --union`: three weeks of a union, with all its members' sites on loopback, in two minutes.

The commands that it goes through are those of a union: crawl, alerts, report, evidence.  Weeks pass by a clock that is given to
them, so nothing waits.
"""

import csv
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from ..alerts.settings import MOST_ENTRIES, read_settings
from ..alerts.settings import Settings as AlertSettings
from ..core.errors import UserError
from ..evaluate.drift import State
from ..evidence.extra import needed
from ..fetch.settings import Settings
from ..history import Run, Store, open_store
from ..i18n import count, name, say
from ..report.wire import printable
from ..survey.addresses import Addressee, read_addresses
from ..survey.sites import read_sites
from .post_box import PostBox, open_post_box
from .union_server import open_union
from .union_sites import WEEKS, Site, kinds, union

if TYPE_CHECKING:
    from ..evidence.verify import Verification
    from ..report.overview import Overview

WEEK = timedelta(days=7)
OFFICE = "kantoor@bond.example"
TOLD_TO_MEMBERS = frozenset({State.LOST, State.CHANGED, State.PRESENT})
"""What a member hears of.  What was missed once may be a deploy that went wrong, and no answer is no loss."""

MOST_TOLD = 20
"""Differences that are printed."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Week:
    """What came out of one week.  `turns`: how many changes to which state; `letters`: to whom."""

    number: int
    run: Run
    protected: int
    unreachable: int
    turns: Counter[State]
    letters: Counter[str]


def show_union(sites: int, to: Path, lang: str) -> bool:
    """Go through three weeks with that many sites, keep what comes out in the folder `to`, and tell it.

    Give whether everything is what the example promises.  Raises UserError where `to` cannot be made or something is missing.
    """
    if sites < len(kinds()):
        raise UserError(f"--sites {sites}: the example needs {len(kinds())} at least, one of each kind.")
    _make(to)
    with needed("evidence"):
        from ..evidence import signing  # noqa: F401  better told now than after two minutes
    began = monotonic()
    members = union(sites)
    with open_union(sites) as server, open_post_box() as box:
        _write_lists(to, members, server.origins)
        settings = _alert_settings(to, box.port)
        _progress(count("union.serving", sites, lang))
        addressees, weeks, wrong = read_addresses(to / "addresses.csv"), list[Week](), list[str]()
        for number in range(1, WEEKS + 1):
            server.week(number)
            clock = _clock(WEEK * (number - WEEKS))
            _progress(say("union.week", lang, number=number))
            with open_store(str(to / "members.db"), now=clock) as store:
                week = _week(store, number, to, settings, addressees, box, clock, lang)
                wrong += _differences(store, week, members, server.origins)
            weeks.append(week)
            _progress(_told(week, lang))
        changed = next(i for i, site in enumerate(members) if site.kind.told[-1] is State.LOST)
        proven = server.origins[changed][0]
    with open_store(str(to / "members.db"), create=False) as store:
        wrong += _wrong_in_report(_report(store, to / "report.html", lang), members)
        wrong += _wrong_in_feed(to / "changes.atom", members)
        wrong += _proof(store, proven, to / "bundle", lang)
    _print(to, members, weeks, proven, lang)
    for line in islice(wrong, MOST_TOLD):
        click.echo(printable(line, 500), err=True)
    click.echo(
        count("demo.different", len(wrong), lang) if wrong else say("demo.as-expected", lang), err=bool(wrong)
    )
    _progress(say("union.seconds", lang, seconds=round(monotonic() - began)))
    return not wrong


# ---- before ----------------------------------------------------------------------------------------------------------
def _make(to: Path) -> None:
    try:
        to.mkdir(parents=True, exist_ok=True)
        taken = any(to.iterdir())
    except OSError as error:
        raise UserError(f"{to}: cannot be made ({error.strerror}). Give another folder with --to.") from error
    if taken:
        raise UserError(f"{to}: is not empty. Remove it, or give another folder with --to.")


def _write_lists(to: Path, members: Sequence[Site], origins: Sequence[Sequence[str]]) -> None:
    """Write the lists that a union keeps: of sites, and of addresses to write to."""
    with (to / "members.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(("site", "member", "media", "group"))
        for site, (own, *media) in zip(members, origins, strict=True):
            known = media if site.kind.begins_with_media else ()
            rows.writerow((own, site.number, " ".join(known), site.kind.group))
    with (to / "addresses.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("member", "email", "lang"))
        for site in members:
            rows.writerow((site.number, _mailbox(site), "nl" if site.number % 2 else "en"))


def _mailbox(site: Site) -> str:
    return f"lid{site.number}@leden.example"


def _alert_settings(to: Path, port: int) -> AlertSettings:
    file = to / "alerts.toml"
    file.write_text(
        f"""\
[smtp]
server = "127.0.0.1"
port = {port}
security = "none"
from = "De bond <{OFFICE}>"

[mail.office]
to = ["{OFFICE}"]

[members]

[feed.changes]
file = "changes.atom"
address = "https://bond.example/changes.atom"
entries = {MOST_ENTRIES}
""",
        encoding="utf-8",
    )
    return read_settings(file, {})


def _clock(ahead: timedelta) -> Clock:
    return lambda: datetime.now(UTC) + ahead


# ---- a week ----------------------------------------------------------------------------------------------------------
def _week(
    store: Store,
    number: int,
    to: Path,
    settings: AlertSettings,
    addressees: Mapping[str, Addressee],
    box: PostBox,
    clock: Clock,
    lang: str,
) -> Week:
    from ..survey.alerts import tell
    from ..survey.crawl import crawl
    from ..survey.observe import observe

    gently = Settings(allow_private=True, concurrency=64, per_address=100, delay=0.0)
    listed = read_sites(to / "members.csv").members
    summary = crawl(store, listed, gently, fresh=True, observe=partial(observe, now=clock))
    before = len(box.letters)
    for told in tell(store, settings, lang, addressees, now=clock):
        if told.failed:
            raise RuntimeError(f"{told.channel}: {told.words}")  # our own post box
    changes = Counter(change.drift.state for change in store.changes(since=summary.run.started))
    letters = Counter(str(letter["To"]) for letter in box.letters[before:])
    return Week(number, summary.run, summary.protected, summary.unreachable, changes, letters)


def _differences(
    store: Store, week: Week, members: Sequence[Site], origins: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Yield each thing of a week that is not as the example promises: verdicts, changes, letters."""
    at = {own: site for site, (own, *_) in zip(members, origins, strict=True)}
    seen = set[str]()
    for standing, verdict in store.verdicts(week.run):
        site = at[standing.member.site]
        seen.add(standing.member.site)
        for words in site.kind.weeks[week.number - 1].expected.differences(verdict):
            yield f"{site.kind.name} ({site.number}), week {week.number}: {words}"
    for own in at.keys() - seen:
        yield f"{at[own].kind.name} ({at[own].number}), week {week.number}: was not visited"
    found = {change.member.site: change.drift.state for change in store.changes(since=week.run.started)}
    for own, site in at.items():
        wanted = site.kind.told[week.number - 1]
        if found.get(own) is not wanted:
            yield f"{site.kind.name} ({site.number}), week {week.number}: {found.get(own)}, expected {wanted}"
    wanted_letters = Counter(_mailbox(site) for site in members if _is_written_to(site, week.number))
    if any(site.kind.told[week.number - 1] for site in members):
        wanted_letters[OFFICE] += 1
    for address in week.letters.keys() | wanted_letters.keys():
        if week.letters[address] != wanted_letters[address]:
            yield f"week {week.number}: {week.letters[address]} letters to {address}, expected {wanted_letters[address]}"


def _is_written_to(site: Site, week: int) -> bool:
    return site.kind.told[week - 1] in TOLD_TO_MEMBERS


# ---- after -----------------------------------------------------------------------------------------------------------
def _report(store: Store, file: Path, lang: str) -> "Overview":
    from ..report import charts, overview_page
    from ..survey.overview import survey

    overview = survey(store).told(public=False)
    file.write_text(overview_page.page(overview, lang, drawn=charts.available()), encoding="utf-8")
    return overview


def _wrong_in_report(overview: "Overview", members: Sequence[Site]) -> Iterator[str]:
    """Yield each figure that is not what follows from the kinds of sites."""
    for number, point in enumerate(overview.course):
        expected = [site.kind.weeks[number].expected for site in members]
        wanted = (sum(each.protected for each in expected), sum(each.reachable for each in expected))
        if (told := (point.reserved.part, point.reserved.whole)) != wanted:
            yield f"report, week {number + 1}: {told} reserved of those that answered, expected {wanted}"
    turns = Counter(state for site in members if (state := site.kind.told[-1]) is not None)
    if dict(overview.turns) != turns:
        yield f"report: changes {dict(overview.turns)}, expected {dict(turns)}"


def _wrong_in_feed(file: Path, members: Sequence[Site]) -> Iterator[str]:
    wanted = sum(state is not None for site in members for state in site.kind.told)
    found = file.read_bytes().count(b"<entry>")
    if found != min(wanted, MOST_ENTRIES):
        yield f"feed: {found} entries, expected {wanted}"


def _proof(store: Store, site: str, bundle: Path, lang: str) -> Iterator[str]:
    """Make a bundle, check it, and check a copy with one byte changed; yield what is not as promised."""
    from ..evidence import signing
    from ..evidence.verify import Trust
    from ..survey import proof

    with tempfile.TemporaryDirectory(prefix="voorbehoud-union-") as folder:
        public = signing.make_key(Path(folder) / "key", None)
        signer = signing.open_key(Path(folder) / "key", lambda: "")
        made = proof.export(
            store.observations(site),
            bundle,
            site=site,
            since=None,
            until=None,
            seal=proof.Seal(signer=signer),
            now=lambda: datetime.now(UTC),
        )
        sound = proof.check(bundle, Trust(key=public))
        spoiled = Path(folder) / "bundle"
        shutil.copytree(bundle, spoiled)
        largest = max((path for path in spoiled.rglob("*.gz")), key=lambda path: path.stat().st_size)
        content = bytearray(largest.read_bytes())
        content[len(content) // 2] ^= 1
        largest.write_bytes(content)
        found = proof.check(spoiled, Trust(key=public))
    _progress(count("union.bundle", len(made.seen), lang, site=site))
    _verdict_on("union.verified", sound, lang)
    _verdict_on("union.spoiled", found, lang)
    if not sound.sound or not sound.signature_trusted:
        yield f"bundle: {[problem.key for problem in sound.problems]}"
    if found.sound:
        yield "bundle: a byte was changed, and nobody saw it"


def _verdict_on(key: str, outcome: "Verification", lang: str) -> None:
    from ..evidence import told

    _progress(say(key, lang))
    lines = [line for line in told.text(outcome, lang) if line and not line.startswith("·")]
    for line in lines[1:4]:  # the first says what it is about
        _progress(f"    {printable(line, 200)}")


def _print(to: Path, members: Sequence[Site], weeks: Sequence[Week], proven: str, lang: str) -> None:
    numbers = Counter(site.kind.name for site in members)
    for kind in kinds():
        words = [_word(week.expected.protected, week.expected.reachable, lang) for week in kind.weeks]
        answers = words[0] if len(set(words)) == 1 else " → ".join(words)
        click.echo(f"{numbers[kind.name]:5}  {kind.about[lang]}: {answers}")
    click.echo("")
    for week in weeks:
        click.echo(_told(week, lang))
    click.echo("")
    for key, file in (
        ("union.report", "report.html"),
        ("union.feed", "changes.atom"),
        ("union.proof", "bundle"),
        ("union.store", "members.db"),
    ):
        click.echo(say(key, lang, file=(to / file).resolve()))
    click.echo(say("union.try", lang, store=to / "members.db", site=proven))


def _word(protected: bool, reachable: bool, lang: str) -> str:
    return say("union.reserved" if protected else "union.open" if reachable else "union.silent", lang)


def _told(week: Week, lang: str) -> str:
    turns = ", ".join(f"{name(state, lang)} {number}" for state, number in sorted(week.turns.items()))
    return say(
        "union.told",
        lang,
        number=week.number,
        reserved=week.protected,
        silent=week.unreachable,
        letters=week.letters.total(),
        turns=turns or say("union.no-turns", lang),
    )


def _progress(text: str) -> None:
    click.echo(text, err=True)
