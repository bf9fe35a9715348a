"""Tell each channel what it was not told yet: claim in the store, send, note how it went.

Whoever is killed between sending and noting has told something that the store does not know of: after fifteen minutes the same
letter goes out once more, with the same id.  Nothing is ever noted before it was sent, so nothing is lost.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..alerts import feed, webhook
from ..alerts.letter import Letter, Outcome, next_attempt
from ..alerts.mail import Post
from ..alerts.settings import Feed, Kind, Mail, Settings, Webhook
from ..fetch.guard import refusal
from ..history import Change, Store, Stuck
from ..history.store import utc_now
from ..i18n import say
from .addresses import Addressee
from .letters import entry, letter, trial
from .news import kind_of, news

AT_ONCE = 1_000
"""Changes that one letter tells at most."""

MEMBERS = "members"
NO_ADDRESS = "no address in the file"

Send = Callable[[Letter], Outcome]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Told:
    """How one step on a channel went.

    `sent`: letters that went out; `changes`: what they told.  `words`: what there is to say, from the wire: escape before showing.
    `again`: when it is tried again; None where `failed`: never.  `unaddressed`: members that have no address.
    """

    channel: str
    sent: int = 0
    changes: int = 0
    failed: bool = False
    words: str = ""
    again: datetime | None = None
    unaddressed: int = 0


def tell(
    store: Store,
    settings: Settings,
    lang: str,
    members: Mapping[str, Addressee] | None = None,
    *,
    now: Clock = utc_now,
    at_once: bool = False,
) -> Iterator[Told]:
    """Yield what became of each letter.  `members`: whom to write to of them; None: to nobody.

    `lang`: of those letters for which nothing else is said.  `at_once`: what failed is not waited for.
    """
    lang = settings.lang or lang
    with ExitStack() as open_lines:
        for name, kinds, send in _channels(settings, open_lines, now):
            if at_once:
                store.hurry(name)
            yield from _tell_one(store, settings, name, kinds, send, lang, now)
        if members is not None and settings.smtp is not None:
            if at_once:
                store.hurry(MEMBERS)
            post = open_lines.enter_context(Post(settings.smtp))
            yield from _tell_members(store, settings, members, post, lang, now)
    for each in settings.feeds:
        yield _write_feed(store, each, lang, now())


def _channels(
    settings: Settings, open_lines: ExitStack, now: Clock
) -> Iterator[tuple[str, frozenset[Kind], Send]]:
    """Yield the channels that are told one letter after another, and how each is sent."""
    if settings.smtp is not None:
        post = open_lines.enter_context(Post(settings.smtp))
        for mail in settings.mails:
            yield mail.name, mail.tell, partial(_by_mail, post, mail, now)
    for hook in settings.webhooks:
        yield hook.name, hook.tell, partial(_by_hook, hook, now)


def _by_mail(post: Post, mail: Mail, now: Clock, made: Letter) -> Outcome:
    return post.send(made, mail.to, now())


def _by_hook(hook: Webhook, now: Clock, made: Letter) -> Outcome:
    return webhook.send(hook, made, now(), refusal)


def _tell_one(
    store: Store,
    settings: Settings,
    name: str,
    kinds: frozenset[Kind],
    send: Send,
    lang: str,
    now: Clock,
) -> Iterator[Told]:
    while changes := store.pending(name, AT_ONCE, settings.since):
        told = news(changes, store.verdict, kinds)
        if not told:
            store.delivered(name, changes)
            continue
        outcome = send(letter(name, told, changes, lang))
        yield _noted(store, name, changes, outcome, now())
        if not outcome.sent:
            return  # what follows can wait with it


def _noted(store: Store, name: str, changes: Sequence[Change], outcome: Outcome, now: datetime) -> Told:
    if outcome.sent:
        store.delivered(name, changes)
        return Told(name, 1, len(changes), words=outcome.words)
    attempts = max(store.attempts(name, changes).values())
    again = next_attempt(outcome, attempts, now)
    store.failed(name, changes, outcome.words, again)
    return Told(name, 0, len(changes), failed=True, words=outcome.words, again=again)


def _tell_members(
    store: Store,
    settings: Settings,
    members: Mapping[str, Addressee],
    post: Post,
    lang: str,
    now: Clock,
) -> Iterator[Told]:
    unaddressed = 0
    store.revive(MEMBERS, members.keys(), NO_ADDRESS)
    for member in store.members_to_tell(MEMBERS, settings.since):
        while changes := store.pending(MEMBERS, AT_ONCE, settings.since, member):
            told, addressee = news(changes, store.verdict, settings.members), members.get(member)
            if not told:
                store.delivered(MEMBERS, changes)
            elif addressee is None:
                store.failed(MEMBERS, changes, NO_ADDRESS, None)
                unaddressed += 1
            else:
                made = letter(MEMBERS, told, changes, addressee.lang or lang, whose=member)
                outcome = post.send(made, (addressee.mail,), now())
                if outcome.unknown:
                    store.failed(MEMBERS, changes, outcome.words, None)
                    yield Told(MEMBERS, 0, len(changes), failed=True, words=f"{member}: {outcome.words}")
                    continue
                yield _noted(store, MEMBERS, changes, outcome, now())
                if outcome.unreached:
                    return  # not one knock at a closed door for each member
    if unaddressed:
        yield Told(MEMBERS, unaddressed=unaddressed)


def _write_feed(store: Store, each: Feed, lang: str, now: datetime) -> Told:
    # Of the newest changes some are not of the kinds that the feed tells.
    newest = [change for change in store.newest_changes(4 * each.entries) if kind_of(change) in each.tell]
    entries = [entry(change, lang) for change in newest[: each.entries]]
    written = feed.write(
        each.file, feed.document(each, each.title or say("alerts.feed-title", lang), entries, lang, now)
    )
    return Told(each.name, sent=int(written), changes=len(entries) if written else 0)


# ---- without sending, and without news -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Waiting:
    """What a channel would be told now, letter by letter, and what it could not be told so far."""

    channel: str
    letters: tuple[Letter, ...]
    stuck: tuple[Stuck, ...]


def waiting(
    store: Store, settings: Settings, lang: str, members: Mapping[str, Addressee] | None = None
) -> Iterator[Waiting]:
    """Yield what `tell` would do on each channel, and change nothing."""
    lang = settings.lang or lang
    channels = [(each.name, each.tell) for each in settings.mails]
    channels += [(each.name, each.tell) for each in settings.webhooks]
    for name, kinds in channels:
        found = ((c, news(c, store.verdict, kinds)) for c in store.due(name, AT_ONCE, settings.since))
        would = tuple(letter(name, told, changes, lang) for changes, told in found if told)
        yield Waiting(name, would, store.stuck(name))
    if members is not None:
        letters = []
        for member in store.members_to_tell(MEMBERS, settings.since):
            for changes in store.due(MEMBERS, AT_ONCE, settings.since, member):
                told = news(changes, store.verdict, settings.members)
                if told and (addressee := members.get(member)):
                    letters.append(letter(MEMBERS, told, changes, addressee.lang or lang, whose=member))
        yield Waiting(MEMBERS, tuple(letters), store.stuck(MEMBERS))


def trials(settings: Settings, lang: str, now: datetime) -> Iterator[Told]:
    """Yield how a letter without news fared on each channel; of a feed nothing is tried, for it is only a file."""
    with ExitStack() as open_lines:
        for name, _, send in _channels(settings, open_lines, lambda: now):
            outcome = send(trial(name, settings.lang or lang, now))
            yield Told(name, int(outcome.sent), failed=not outcome.sent, words=outcome.words)
