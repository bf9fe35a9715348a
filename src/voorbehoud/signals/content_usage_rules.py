"""What can be found about the `Content-Usage` lines of a robots.txt."""

from ..core.finding import Rule, Severity
from ..core.spec import AIPREF_ATTACH, AIPREF_VOCAB, RFC9309

SPEC = AIPREF_ATTACH.section("Content-Usage Rule in robots.txt, section 3")
SYNTAX = AIPREF_VOCAB.section("Format for Expressing Preferences, section 6")
GROUPS = RFC9309.section("The User-Agent Line, section 2.2.1", "section-2.2.1")

CUR201 = Rule(
    code="CUR201",
    severity=Severity.ERROR,
    message="this Content-Usage line of robots.txt cannot be read: {reason}",
    why="One mistake makes the whole line void: a crawler that follows the draft finds no preference in it.",
    fix="Write `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUR202 = Rule(
    code="CUR202",
    severity=Severity.ERROR,
    message="Content-Usage in robots.txt says “{member}”; only y and n have a meaning",
    why="A crawler must take that preference for unknown, so it holds nobody back.",
    fix="Write `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUR203 = Rule(
    code="CUR203",
    severity=Severity.WARNING,
    message="Content-Usage in robots.txt uses “{label}”, a label of an earlier draft",
    why="The present draft knows train-ai, ai-use and search; any other label is ignored.",
    fix="Write `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUR204 = Rule(
    code="CUR204",
    severity=Severity.WARNING,
    message="a Content-Usage line gives the same label twice (“{value}”)",
    why="The last one counts, also when it is the more permissive one.",
    fix="Give each label once: `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUR205 = Rule(
    code="CUR205",
    severity=Severity.WARNING,
    message="a Content-Usage line has a semicolon where a comma belongs (“{value}”)",
    why="What follows a semicolon is a remark on the preference before it, so that part is not heard.",
    fix="Write `Content-Usage: {corrected}`.",
    spec=SYNTAX,
)
CUR206 = Rule(
    code="CUR206",
    severity=Severity.ERROR,
    message="the path in “Content-Usage: {value}” does not start with /",
    why="Only a value that starts with / has a path; this one cannot be read at all, so it says nothing.",
    fix="Write `Content-Usage: {corrected}`.",
    spec=SPEC,
)
CUR207 = Rule(
    code="CUR207",
    severity=Severity.ERROR,
    message="“Content-Usage: {value}” stands before the first User-agent line",
    why="A line outside a group speaks to nobody.",
    fix="Move it into the group `User-agent: *`, after the Allow or Disallow lines.",
    spec=SPEC,
)
CUR208 = Rule(
    code="CUR208",
    severity=Severity.INFO,
    message="Content-Usage in robots.txt uses the label “{label}”, which no draft defines",
    why="Crawlers ignore it.",
    fix="Leave it out, unless you know who reads it.",
    spec=SYNTAX,
)
CUR301 = Rule(
    code="CUR301",
    severity=Severity.WARNING,
    message="the groups of these agents have no Content-Usage line: {agents}",
    why="An agent with a group of its own hears nothing of what stands under `User-agent: *`: to it no preference is told.",
    fix="Repeat the Content-Usage lines in each of these groups, after the Allow or Disallow lines.",
    spec=GROUPS,
)
CUR302 = Rule(
    code="CUR302",
    severity=Severity.WARNING,
    message="the Content-Usage line for {path} leaves out {labels}",
    why="The line with the longest path replaces the general one, so nothing is said about that use below {path} (our reading: the draft is silent).",
    fix="Repeat every label in the line for {path}.",
    spec=SPEC,
)
CUR303 = Rule(
    code="CUR303",
    severity=Severity.INFO,
    message="a Content-Usage line speaks of {path}, which the same group does not allow to be fetched",
    why="What may not be fetched has no preference: this line changes nothing.",
    fix="Nothing to do; or leave the line out.",
    spec=SPEC,
)
CUR304 = Rule(
    code="CUR304",
    severity=Severity.WARNING,
    message="“Content-Usage: {root}” differs from “Content-Usage: {general}”",
    why="The line with the path / is the longer match and replaces the other one everywhere (our reading: the draft is silent).",
    fix="Keep one of the two.",
    spec=SPEC,
)
CUR305 = Rule(
    code="CUR305",
    severity=Severity.INFO,
    message="two Content-Usage lines for {path} differ (the other one is line {other})",
    why="They are combined, and for each use the more restrictive one counts.",
    fix="Keep the one that you mean.",
    spec=SPEC,
)
CUR901 = Rule(
    code="CUR901",
    severity=Severity.GOOD,
    message="Content-Usage in robots.txt refuses {uses} for everyone",
    why="It is not tied to names of agents, so it also holds for those that nobody knows yet.",
    fix="Nothing to do.",
    spec=SPEC,
)
RULES = (
    CUR201, CUR202, CUR203, CUR204, CUR205, CUR206, CUR207, CUR208,
    CUR301, CUR302, CUR303, CUR304, CUR305, CUR901,
)  # fmt: skip
