"""What can be found about `/.well-known/tdmrep.json`."""

from ..core.finding import Rule, Severity
from ..core.spec import HOUSE, TDMREP

SPEC = TDMREP.section("TDM File on the Origin Server", "sec-tdm-file")
MATCHING = TDMREP.section("Path matching of the TDM File", "sec-tdm-file")
LIMITS = HOUSE.section("limits on what is read")

TDF101 = Rule(
    code="TDF101",
    severity=Severity.ERROR,
    message="a web page ({media_type}) is served where tdmrep.json should be",
    why="The host answers any unknown address with a page, so crawlers find no rules here: nothing is reserved by this file.",
    fix="Upload tdmrep.json into the folder `.well-known`, and let the host answer 404 where there is no file.",
    spec=SPEC,
)
TDF102 = Rule(
    code="TDF102",
    severity=Severity.WARNING,
    message="tdmrep.json is served as {media_type}",
    why="A careful crawler may refuse a file that does not say that it is JSON.",
    fix="Serve it with `Content-Type: application/json`.",
    spec=SPEC,
)
TDF103 = Rule(
    code="TDF103",
    severity=Severity.WARNING,
    message="tdmrep.json begins with a byte order mark",
    why="Many JSON readers stop at it and take the file for broken.",
    fix="Save the file as UTF-8 without byte order mark.",
    spec=SPEC,
)
TDF104 = Rule(
    code="TDF104",
    severity=Severity.ERROR,
    message="tdmrep.json is larger than 500 KiB",
    why="Readers stop somewhere, and what they have by then is not valid JSON: no rule may count.",
    fix="Write fewer rules: one for `/` covers everything.",
    spec=LIMITS,
)
TDF201 = Rule(
    code="TDF201",
    severity=Severity.ERROR,
    message="tdmrep.json is not valid JSON: {problem}",
    why="A crawler that cannot read the file must act as if there were none: nothing is reserved by it.",
    fix="Mend the file at this line, or publish it again with this tool.",
    spec=SPEC,
)
TDF202 = Rule(
    code="TDF202",
    severity=Severity.ERROR,
    message="tdmrep.json does not hold a list of rules",
    why="The specification asks for a list in [ ], also for a single rule; a crawler finds no rule in anything else.",
    fix='Write `[{{"location": "/", "tdm-reservation": 1}}]`.',
    spec=SPEC,
)
TDF203 = Rule(
    code="TDF203",
    severity=Severity.ERROR,
    message="a rule in tdmrep.json has no usable location",
    why="Without the text `location` the rule belongs to no address and reserves nothing.",
    fix='Write `"location": "/"` for everything, or the path that you mean.',
    spec=SPEC,
)
TDF204 = Rule(
    code="TDF204",
    severity=Severity.ERROR,
    message="the rule for “{location}” says tdm-reservation {value}; only the numbers 0 and 1 have a meaning",
    why="A literal reader takes every address that this rule matches first for one about which nothing is said.",
    fix='Write `"tdm-reservation": 1`: a number, without quotation marks.',
    spec=SPEC,
)
TDF205 = Rule(
    code="TDF205",
    severity=Severity.ERROR,
    message="the location “{location}” does not begin with /",
    why="A location is compared with the path of an address, which always begins with /: this rule matches nothing.",
    fix="Begin the location with /; `/` alone stands for everything.",
    spec=MATCHING,
)
TDF206 = Rule(
    code="TDF206",
    severity=Severity.ERROR,
    message="a rule says “{key}” more than once",
    why="Which one counts differs from reader to reader.",
    fix="Keep one of them.",
    spec=SPEC,
)
TDF207 = Rule(
    code="TDF207",
    severity=Severity.INFO,
    message="a rule holds “{key}”, which the specification does not know",
    why="Crawlers pass over it.",
    fix="Remove it, or correct it if you meant location, tdm-reservation or tdm-policy.",
    spec=SPEC,
)
TDF208 = Rule(
    code="TDF208",
    severity=Severity.WARNING,
    message="tdmrep.json holds more than 1,000 rules",
    why="We read the first 1,000, and other readers may stop earlier.",
    fix="Write fewer rules: one for `/` covers everything.",
    spec=LIMITS,
)
TDF209 = Rule(
    code="TDF209",
    severity=Severity.ERROR,
    message="the location “{location}” looks like a regular expression",
    why="Only `*` and a final `$` are special; `.*` matches a dot and whatever follows, so hardly any address. Some WordPress plug-ins write this.",
    fix="Write the beginning of the path, such as `/images/`, or `/` for everything.",
    spec=MATCHING,
)
TDF210 = Rule(
    code="TDF210",
    severity=Severity.ERROR,
    message="the rule for “{location}” has no tdm-reservation",
    why="Every address that this rule matches first counts as one about which nothing is said.",
    fix='Add `"tdm-reservation": 1`.',
    spec=SPEC,
)
TDF301 = Rule(
    code="TDF301",
    severity=Severity.WARNING,
    message="the location “{location}” ends in $ after a file extension",
    why="The same file asked for with a question mark behind it, as image resizers do, is not matched.",
    fix="Leave out the $, or reserve the folder instead.",
    spec=MATCHING,
)
TDF302 = Rule(
    code="TDF302",
    severity=Severity.WARNING,
    message="the rule for “{location}” never counts, because “{winner}” comes before it",
    why="In this file the first rule that matches counts; readers that know robots.txt expect the longest one, so readers will disagree.",
    fix="Put the longer location first.",
    spec=MATCHING,
)
TDF303 = Rule(
    code="TDF303",
    severity=Severity.BLOCKER,
    message="tdmrep.json says 0 for “{location}”: the whole site",
    why="It says to everybody that these works may be mined without asking.",
    fix='Write `"tdm-reservation": 1`, unless you mean to give the whole site away.',
    spec=SPEC,
)
TDF304 = Rule(
    code="TDF304",
    severity=Severity.WARNING,
    message="tdmrep.json says 0 for “{location}”",
    why="What stands there may be mined without asking.",
    fix="Nothing to do if you mean that; else write 1 or remove the rule.",
    spec=SPEC,
)
TDF305 = Rule(
    code="TDF305",
    severity=Severity.WARNING,
    message="no rule in tdmrep.json covers the whole site",
    why="About addresses that no rule matches nothing is said, which reserves nothing.",
    fix='Add `{{"location": "/", "tdm-reservation": 1}}` as the last rule.',
    spec=SPEC,
)
TDF306 = Rule(
    code="TDF306",
    severity=Severity.ERROR,
    message="the list in tdmrep.json is empty",
    why="A file without rules says nothing and reserves nothing.",
    fix='Write `[{{"location": "/", "tdm-reservation": 1}}]`.',
    spec=SPEC,
)
TDF307 = Rule(
    code="TDF307",
    severity=Severity.WARNING,
    message="a rule has the tdm-policy {value}, which is not a whole address",
    why="The specification does not say what a relative address belongs to; a crawler may look in the wrong place or not at all.",
    fix="Write the whole address, beginning with https://.",
    spec=SPEC,
)
TDF308 = Rule(
    code="TDF308",
    severity=Severity.WARNING,
    message="a rule has the tdm-policy {value}, which holds no terms for mining",
    why="Whoever follows the address to ask for permission finds nothing there.",
    fix="Point to the page with your reservation and your contact address, or leave tdm-policy out.",
    spec=SPEC,
)
TDF309 = Rule(
    code="TDF309",
    severity=Severity.INFO,
    message="the location “{location}” writes its accents as separate characters",
    why="An address with the usual single characters looks the same and is not matched.",
    fix="Type the location again, or copy it from the address bar.",
    spec=MATCHING,
)
TDF901 = Rule(
    code="TDF901",
    severity=Severity.GOOD,
    message="tdmrep.json reserves everything on this origin",
    why="It holds for everyone, for every page and file of this address, also for those that will be added.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (
    TDF101, TDF102, TDF103, TDF104, TDF201, TDF202, TDF203, TDF204, TDF205, TDF206, TDF207, TDF208, TDF209, TDF210,
    TDF301, TDF302, TDF303, TDF304, TDF305, TDF306, TDF307, TDF308, TDF309, TDF901,
)  # fmt: skip
