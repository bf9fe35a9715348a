"""What can be found about the crawl rules of a robots.txt."""

from ..core.finding import Rule, Severity
from ..core.spec import CONTENT_SIGNALS, GOOGLE_ROBOTS, HOUSE, POLICY_TOKENS, RFC9309

ACCESS = RFC9309.section("Access Method, section 2.3", "section-2.3")
LIMITS = RFC9309.section("Limits, section 2.5", "section-2.5")
SYNTAX = RFC9309.section("Formal Syntax, section 2.2", "section-2.2")
GROUPS = RFC9309.section("The User-Agent Line, section 2.2.1", "section-2.2.1")
MATCHING = RFC9309.section("The Allow and Disallow Lines, section 2.2.2", "section-2.2.2")
OTHERS = RFC9309.section("Other Records, section 2.2.4", "section-2.2.4")
MANAGED = CONTENT_SIGNALS.section("Managed robots.txt")

RBT101 = Rule(
    code="RBT101",
    severity=Severity.ERROR,
    message="a web page is served where robots.txt should be",
    why="The host answers any unknown address with a page, so crawlers find no rules here.",
    fix="Upload robots.txt into the top folder of the site, and let the host answer 404 where there is no file.",
    spec=ACCESS,
)
RBT102 = Rule(
    code="RBT102",
    severity=Severity.WARNING,
    message="robots.txt is served as {media_type}",
    why="A careful crawler may not read a file that does not say that it is plain text.",
    fix="Serve it with `Content-Type: text/plain; charset=utf-8`.",
    spec=ACCESS,
)
RBT103 = Rule(
    code="RBT103",
    severity=Severity.ERROR,
    message="robots.txt is longer than 500 KiB",
    why="Crawlers need not read further: whatever stands behind that is lost, a rule that keeps them out as well.",
    fix="Put the groups that matter first, and use shorter paths or `*` in place of long lists.",
    spec=LIMITS,
)
RBT104 = Rule(
    code="RBT104",
    severity=Severity.WARNING,
    message="robots.txt begins with a byte order mark",
    why="Some parsers take it for a part of the first line and miss that line.",
    fix="Save the file as UTF-8 without byte order mark.",
    spec=GOOGLE_ROBOTS.section("File format"),
)
RBT105 = Rule(
    code="RBT105",
    severity=Severity.WARNING,
    message="a line of robots.txt is longer than 16 KiB",
    why="Google cuts such a line, and others may drop it.",
    fix="Write shorter lines: one record each.",
    spec=GOOGLE_ROBOTS.section("File format"),
)
RBT106 = Rule(
    code="RBT106",
    severity=Severity.ERROR,
    message="robots.txt is not UTF-8 text",
    why="Parsers look for UTF-8; what they cannot read says nothing, and a path that is misread protects something else.",
    fix="Save the file as UTF-8, and write other letters in paths as %XX.",
    spec=ACCESS,
)
RBT107 = Rule(
    code="RBT107",
    severity=Severity.INFO,
    message="robots.txt may be kept for {hours} hours (Cache-Control: max-age)",
    why="A crawler should not go by a copy that is older than a day; one that does as the header says notices a change of yours only after that time.",
    fix="Send `Cache-Control: max-age=3600` with robots.txt.",
    spec=RFC9309.section("Caching, section 2.4", "section-2.4"),
)
RBT201 = Rule(
    code="RBT201",
    severity=Severity.WARNING,
    message="robots.txt says “{name}”, which seems to mean {meant}",
    why="Google and a few others forgive some misspellings; a crawler that follows the standard ignores the line.",
    fix="Write `{meant}: {value}`.",
    spec=SYNTAX,
)
RBT202 = Rule(
    code="RBT202",
    severity=Severity.INFO,
    message="robots.txt has a line “{name}”, a name that is not known here",
    why="Crawlers ignore names that they do not know.",
    fix="Nothing to do, if you know who reads it.",
    spec=OTHERS,
)
RBT203 = Rule(
    code="RBT203",
    severity=Severity.ERROR,
    message="“{rule}” stands before the first User-agent line",
    why="A rule outside a group speaks to nobody.",
    fix="Put `User-agent: *` in the line above it.",
    spec=SYNTAX,
)
RBT204 = Rule(
    code="RBT204",
    severity=Severity.ERROR,
    message="one User-agent line names several agents (“{value}”)",
    why="A parser reads the first name at most: the rules of this group do not hold for the others.",
    fix="Give each agent a User-agent line of its own, one below the other.",
    spec=GROUPS,
)
RBT205 = Rule(
    code="RBT205",
    severity=Severity.WARNING,
    message="“User-agent: {value}” is not a product token",
    why="The standard knows letters, - and _ only.  Parsers cut the name at the first other character ({kept}) or compare all of it.",
    fix="Write the token as its operator gives it; add a line `User-agent:` with the shorter form where that can mean nobody else.",
    spec=GROUPS,
)
RBT206 = Rule(
    code="RBT206",
    severity=Severity.WARNING,
    message="“{rule}” has a path that starts with neither / nor *",
    why="It matches no address, so the rule does nothing.",
    fix="Write `{verb}: /{path}`.",
    spec=MATCHING,
)
RBT207 = Rule(
    code="RBT207",
    severity=Severity.WARNING,
    message="a line “{name} {value}” has no colon",
    why="Google forgives that; a crawler that follows the standard ignores the line.",
    fix="Write `{name}: {value}`.",
    spec=SYNTAX,
)
RBT208 = Rule(
    code="RBT208",
    severity=Severity.INFO,
    message="robots.txt names {value}, as the operators call their agents themselves, though the standard does not allow such names",
    why="Readers that cut a name at the first character that is not a letter, - or _ do not find these agents.",
    fix="Nothing to do: the operators compare the whole name.",
    spec=GROUPS,
)
RBT301 = Rule(
    code="RBT301",
    severity=Severity.ERROR,
    message="the group of {first} has no Allow or Disallow before “User-agent: {second}”, so both are one group",
    why="Only Allow and Disallow end a group: what is meant for {second} also holds for {first}.  Some parsers see two groups, so readers differ.",
    fix="Put `Disallow:` or `Allow: /` in the group of {first}, right below its User-agent line.",
    spec=OTHERS,
)
RBT302 = Rule(
    code="RBT302",
    severity=Severity.ERROR,
    message="“{allow}” in line {allow_line} cancels “{disallow}” in line {disallow_line} for {agents}",
    why="Groups for the same agent are read as one, and Allow wins against a Disallow of the same length.",
    fix="Remove the line that you do not mean.",
    spec=MATCHING,
)
RBT303 = Rule(
    code="RBT303",
    severity=Severity.WARNING,
    message="{agent} has more than one group, and they differ (lines {lines})",
    why="They are read as one group; some parsers only read the first.",
    fix="Bring the rules for {agent} together in one group.",
    spec=GROUPS,
)
RBT304 = Rule(
    code="RBT304",
    severity=Severity.WARNING,
    message="robots.txt keeps everyone out, but lets in {agents}",
    why="An agent with a group of its own does not read the rules for `*`, and that group lets it in.",
    fix="Remove the group, or write `Disallow: /` in it.",
    spec=GROUPS,
)
RBT305 = Rule(
    code="RBT305",
    severity=Severity.INFO,
    message="{agent} was last known to be in use on {day}",
    why="The line does no harm, but it keeps nobody out today.",
    fix="Look up which name the operator uses now: {source}.",
    spec=HOUSE.section("agents that are named"),
)
RBT306 = Rule(
    code="RBT306",
    severity=Severity.INFO,
    message="robots.txt has a group for {token}, said to be a policy token of a proposal of October 2026",
    why="Such a name is meant for everybody who trains AI. We could not confirm its spelling, so the group does not count yet.",
    fix="Keep it if you like; it does not take the place of a reservation.",
    spec=POLICY_TOKENS.section("policy tokens"),
)
RBT307 = Rule(
    code="RBT307",
    severity=Severity.INFO,
    message="robots.txt has a group for {token}, a policy token",
    why="The name is meant for everybody who trains AI, not for one crawler. It counts like Google-Extended: a list of names is no reservation.",
    fix="Keep it, beside a reservation that names nobody.",
    spec=POLICY_TOKENS.section("policy tokens"),
)
RBT310 = Rule(
    code="RBT310",
    severity=Severity.INFO,
    message="Cloudflare has put a block of its own into robots.txt (lines {first} to {last})",
    why="What is served differs from the file on your server, and rules of both are read as one.",
    fix="Nothing to do if you switched it on; else see “AI Crawl Control” at Cloudflare.",
    spec=MANAGED,
)
RBT311 = Rule(
    code="RBT311",
    severity=Severity.ERROR,
    message="“{allow}” in Cloudflare's block cancels “{disallow}” of the site itself (line {disallow_line}) for {agents}",
    why="Groups for the same agent are read as one, and Allow wins against a Disallow of the same length: the site is open.",
    fix="Switch off the managed robots.txt at Cloudflare, or name the agents that you want to keep out in groups of their own.",
    spec=MANAGED,
)
RBT312 = Rule(
    code="RBT312",
    severity=Severity.WARNING,
    message="“{allow}” of the site itself (line {allow_line}) cancels “{disallow}” in Cloudflare's block for {agents}",
    why="Groups for the same agent are read as one, and Allow wins against a Disallow of the same length.",
    fix="Remove that line from the site's own robots.txt if Cloudflare's rule is what you want.",
    spec=MANAGED,
)
RBT313 = Rule(
    code="RBT313",
    severity=Severity.INFO,
    message="Cloudflare's block keeps out {agent} altogether; the site itself only asked for less ({own})",
    why="Groups for the same agent are read as one: the wider Disallow holds.",
    fix="Nothing to do if that is what you want; else add an Allow line for what stays open.",
    spec=MANAGED,
)
RBT314 = Rule(
    code="RBT314",
    severity=Severity.INFO,
    message="Cloudflare's block keeps out {agents}; without it the site's own file lets them in",
    why="This part of what robots.txt says stands at Cloudflare. It goes when somebody changes the setting there, or when you move away.",
    fix="If you count on it, write the same into the robots.txt of the site itself.",
    spec=MANAGED,
)
RBT315 = Rule(
    code="RBT315",
    severity=Severity.ERROR,
    message="Cloudflare's block lets in {agents}; without it the site's own file keeps them out",
    why="An agent that has a group in the block no longer reads what the site says to everybody.",
    fix="Name these agents in groups of their own with `Disallow: /`, or switch off the managed robots.txt at Cloudflare.",
    spec=MANAGED,
)
RBT316 = Rule(
    code="RBT316",
    severity=Severity.WARNING,
    message="robots.txt holds nothing but Cloudflare's explanation of content signals",
    why="The text says that restrictions which are expressed are reservations of rights, and then no line expresses any: nothing is reserved.",
    fix="Upload a robots.txt of your own, or switch on the managed robots.txt at Cloudflare; add /.well-known/tdmrep.json.",
    spec=MANAGED,
)
RBT901 = Rule(
    code="RBT901",
    severity=Severity.GOOD,
    message="robots.txt asks AI crawlers to stay away: {agents}",
    why="Crawlers that respect robots.txt stop fetching.  It is a list of names, so it says nothing to a crawler that is not on it.",
    fix="Nothing to do.",
    spec=GROUPS,
)
RULES = (
    RBT101, RBT102, RBT103, RBT104, RBT105, RBT106, RBT107,
    RBT201, RBT202, RBT203, RBT204, RBT205, RBT206, RBT207, RBT208,
    RBT301, RBT302, RBT303, RBT304, RBT305, RBT306, RBT307,
    RBT310, RBT311, RBT312, RBT313, RBT314, RBT315, RBT316,
    RBT901,
)  # fmt: skip
