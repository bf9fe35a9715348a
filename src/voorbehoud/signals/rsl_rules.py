"""What can be found about RSL licences and the places that name them."""

from ..core.finding import Rule, Severity
from ..core.spec import RSL, RSL_MEDIA

_NAMING = RSL.section("4 Associating licences with content")
_FEEDS = RSL.section("4.7 RSS")
_FILES = RSL.section("4.8 Digital media files")
_DOCUMENT = RSL.section("3 The RSL document")
_SERVED = RSL.section("2.2 Media type and namespace")

RSL101 = Rule(
    code="RSL101",
    severity=Severity.ERROR,
    message="the licence {url} is named here, and there is no such document",
    why="A crawler finds no licence. That is worse than naming none: it looks like terms and holds nothing.",
    fix="Upload the licence at that address, or remove the line that names it.",
    spec=_NAMING,
)
RSL102 = Rule(
    code="RSL102",
    severity=Severity.WARNING,
    message="the licence is served as {media_type}",
    why="The specification asks for application/rsl+xml; a crawler may leave another type alone.",
    fix="Serve it with `Content-Type: application/rsl+xml`, where your host lets you.",
    spec=_SERVED,
)
RSL103 = Rule(
    code="RSL103",
    severity=Severity.ERROR,
    message="a web page is served where the licence should be",
    why="The host answers any unknown address with a page: there is no licence, whatever the status says.",
    fix="Upload the licence as a file of its own.",
    spec=_SERVED,
)
RSL104 = Rule(
    code="RSL104",
    severity=Severity.ERROR,
    message="the licence was not read: {reason}",
    why="A careful crawler stops there, so nothing in the document counts.",
    fix="Publish it without a document type declaration and below 1 MiB; this tool's own has about fifteen lines.",
    spec=_DOCUMENT,
)
RSL105 = Rule(
    code="RSL105",
    severity=Severity.WARNING,
    message="a licence is named as “{value}”, which is not a whole https address",
    why="The specification asks for a whole address; a crawler may look in the wrong place or not at all.",
    fix="Write the whole address, beginning with https://.",
    spec=_NAMING,
)
RSL106 = Rule(
    code="RSL106",
    severity=Severity.INFO,
    message="a licence is linked without the type of RSL: {value}",
    why="To a crawler this is a link for people; it neither reserves nor permits anything.",
    fix="Nothing to do. For an RSL licence add `type=\"application/rsl+xml\"` and the whole address.",
    spec=_NAMING,
)  # fmt: skip
RSL107 = Rule(
    code="RSL107",
    severity=Severity.WARNING,
    message="the feed has <{name}> outside its items",
    why="A licence in a feed is about one item; for the feed as a whole there is no such form, so readers pass over it.",
    fix="Put `<rsl:content>` into each item, or name a licence in robots.txt.",
    spec=_FEEDS,
)
RSL108 = Rule(
    code="RSL108",
    severity=Severity.WARNING,
    message="an item of the feed speaks about “{url}”, which is no address at {home}",
    why="A feed can only speak for its own origin; a reader passes over the rest.",
    fix="Give the licence the whole address of the item.",
    spec=_FEEDS,
)
RSL109 = Rule(
    code="RSL109",
    severity=Severity.WARNING,
    message="<{name}> of the feed belongs to RSL without a prefix",
    why="In a feed every element of RSL has the prefix; a simple reader looks for `rsl:content` and finds nothing.",
    fix="Write `xmlns:rsl=\"https://rslstandard.org/rsl\"` at the top and `<rsl:content>` in the item.",
    spec=_FEEDS,
)  # fmt: skip
RSL110 = Rule(
    code="RSL110",
    severity=Severity.INFO,
    message="this {kind} is only given to holders of a licence (status {status})",
    why="Without one nobody gets to see it, and neither did we: what travels with it stays unknown, so it does not count as reserved.",
    fix="Nothing to do; see to it that the licence itself can be read by everybody.",
    spec=RSL.section("4.10 and 6 Crawler Authorization Protocol"),
)
RSL111 = Rule(
    code="RSL111",
    severity=Severity.INFO,
    message="there is a declaration of RSL-MEDIA, a draft about works, persons and brands",
    why="Its makers say that it is not for use yet; no crawler is known to read it, and it does not count.",
    fix="Nothing to do; it does not take the place of a reservation.",
    spec=RSL_MEDIA.section("Discovery"),
)
RSL112 = Rule(
    code="RSL112",
    severity=Severity.WARNING,
    message="the licence inside this file speaks of {urls}; it should speak of exactly one whole address",
    why="A file is copied to other places. Only one whole address that stays the same tells of which work the licence speaks.",
    fix='Write exactly one `<rsl:content url="https://…">` with the lasting address of this work.',
    spec=_FILES,
)
RSL113 = Rule(
    code="RSL113",
    severity=Severity.WARNING,
    message="the licence inside this file speaks of {urls}, not of the address that it was fetched from",
    why="A reader that compares addresses finds no licence for this copy. What it refuses shows what you want; what it permits does not count.",
    fix="Serve the work at the address that its licence names, or write this address into it.",
    spec=_FILES,
)
RSL201 = Rule(
    code="RSL201",
    severity=Severity.ERROR,
    message="the licence is not well-formed XML",
    why="Nothing in it can be read.",
    fix="Open it in a browser: that shows the line of the mistake. Or publish it again with this tool.",
    spec=_DOCUMENT,
)
RSL202 = Rule(
    code="RSL202",
    severity=Severity.ERROR,
    message="the document is not RSL: its outermost element is {name}, of the namespace “{namespace}”",
    why="Crawlers know RSL by the name rsl and the namespace https://rslstandard.org/rsl, letter for letter.",
    fix="Begin with `<rsl xmlns=\"https://rslstandard.org/rsl\">`: no slash at the end, and https.",
    spec=_SERVED,
)  # fmt: skip
RSL203 = Rule(
    code="RSL203",
    severity=Severity.ERROR,
    message="the licence says nothing about “{url}”: there is no license element",
    why="The document is not valid. A strict reader drops it and then has no terms at all.",
    fix="Add a `<license>` that says what is permitted and prohibited.",
    spec=_DOCUMENT,
)
RSL204 = Rule(
    code="RSL204",
    severity=Severity.ERROR,
    message="the licence has {what}, which RSL does not know or allow there",
    why="The document is not valid, so a strict reader may drop all of it.",
    fix="Correct the spelling, or remove it.",
    spec=_DOCUMENT,
)
RSL205 = Rule(
    code="RSL205",
    severity=Severity.WARNING,
    message="“{token}” is no word for {scope} that RSL knows",
    why="A crawler passes over what it does not know: prohibited in that word is not prohibited.",
    fix="Use the words of RSL 1.0: all, ai-all, ai-train, ai-input, ai-index and search for usage.",
    spec=RSL.section("3.4.1 Vocabularies"),
)
RSL206 = Rule(
    code="RSL206",
    severity=Severity.ERROR,
    message="the licence is written in the draft form 0.9: {what}",
    why="Since 1.0 words are separated by spaces and some have changed. A reader of 1.0 takes this for one unknown word and prohibits nothing.",
    fix="Write `<prohibits type=\"usage\">ai-train ai-input</prohibits>`: spaces, and the words of 1.0.",
    spec=RSL.section("Version history"),
)  # fmt: skip
RSL207 = Rule(
    code="RSL207",
    severity=Severity.WARNING,
    message="the elements of the licence have a prefix ({prefix}:)",
    why="A document of its own has none; a simple reader may look for `<rsl>` and not find it.",
    fix="Write `<rsl xmlns=\"https://rslstandard.org/rsl\">` and leave the prefix out.",
    spec=_SERVED,
)  # fmt: skip
RSL208 = Rule(
    code="RSL208",
    severity=Severity.WARNING,
    message="the licence is about “{url}”, where a path is expected",
    why="In a document of its own the specification knows paths such as `/` or `/art/*`; a reader may match nothing.",
    fix="Write the path alone: `/` for everything.",
    spec=RSL.section("3.3 The content element"),
)
RSL209 = Rule(
    code="RSL209",
    severity=Severity.WARNING,
    message="max-age is “{value}”, which is not a number of days above 0",
    why="A crawler cannot tell how long it may go by its copy.",
    fix="Write a whole number, such as max-age=\"7\", or leave it out.",
    spec=_DOCUMENT,
)  # fmt: skip
RSL301 = Rule(
    code="RSL301",
    severity=Severity.ERROR,
    message="the licence gives {usages} for “{url}” to everybody, free of charge",
    why="What is permitted, or not prohibited, and has no payment is free: anybody may do it without asking.",
    fix="Add `<prohibits type=\"usage\">ai-all</prohibits>`, unless you mean to give this away.",
    spec=RSL.section("3.7 The payment element"),
)  # fmt: skip
RSL302 = Rule(
    code="RSL302",
    severity=Severity.WARNING,
    message="one licence both permits and prohibits {usages}",
    why="The prohibition wins, but whoever reads only half of it is told the opposite.",
    fix="Say it once.",
    spec=RSL.section("3.6 The prohibits element"),
)
RSL303 = Rule(
    code="RSL303",
    severity=Severity.WARNING,
    message="the licence asks crawlers to fetch a token from a licence server first",
    why="Crawlers that play by the rules stay away altogether, search engines too, unless that server answers.",
    fix="Leave `server` out, unless you run such a server.",
    spec=RSL.section("3.3 The content element"),
)
RSL304 = Rule(
    code="RSL304",
    severity=Severity.WARNING,
    message="whether {usages} is licensed for “{url}” depends on who asks, from where, or on a condition that costs nothing",
    why="It is not reserved against everybody, so it does not count as a reservation for a literal reader.",
    fix="Prohibit it in a licence without `user` and `geo`, if you mean everybody.",
    spec=RSL.section("3.5 The permits element"),
)
RSL401 = Rule(
    code="RSL401",
    severity=Severity.WARNING,
    message="{agents} has a License line of its own, so the ones for everybody are not read by it",
    why="A crawler takes the licences of its own group and ignores the others, also when its own leads nowhere.",
    fix="Repeat the general License line in that group, or remove the one that is there.",
    spec=RSL.section("4.4.2 Licences in robots.txt"),
)
RSL402 = Rule(
    code="RSL402",
    severity=Severity.WARNING,
    message="a License line stands between two User-agent lines",
    why="Some readers end the group there, and then the rules below do not hold for {agent}; the standard keeps them together.",
    fix="Move the License line below the Allow and Disallow lines of the group.",
    spec=RSL.section("4.4.2 Licences in robots.txt"),
)
RSL901 = Rule(
    code="RSL901",
    severity=Severity.GOOD,
    message="the licence does not license AI training with “{url}”",
    why="A crawler that reads RSL may not train on it without asking. RSL has no word for text and data mining as such, so this does not stand alone.",
    fix="Nothing to do.",
    spec=RSL.section("3.4.1 Vocabularies"),
)
RULES = (
    RSL101, RSL102, RSL103, RSL104, RSL105, RSL106, RSL107, RSL108, RSL109, RSL110, RSL111, RSL112, RSL113,
    RSL201, RSL202, RSL203, RSL204, RSL205, RSL206, RSL207, RSL208, RSL209,
    RSL301, RSL302, RSL303, RSL304, RSL401, RSL402, RSL901,
)  # fmt: skip
