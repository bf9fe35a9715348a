"""What can be found between layers and on the way: transport (GET) and effect (EFF)."""

from ..core.finding import Rule, Severity
from ..core.spec import AIPREF_VOCAB, AMSTERDAM, DSM, HOUSE, RFC9110, RFC9309, TDMREP

_PRIORITY = TDMREP.section("Processing priority", "sec-processing-priority")
_WELL_KNOWN = TDMREP.section("TDM file on the origin server", "sec-tdm-file")
_STATUS = RFC9309.section("2.3.1 Access Results", "section-2.3.1")

GET101 = Rule(
    code="GET101",
    severity=Severity.ERROR,
    message="{what} could not be fetched: {reason}",
    why="What cannot be fetched proves nothing: neither that the work is reserved nor that it is not. Crawlers stop, or go on without it.",
    fix="Make {url} answer with status 200 (or 404 if it does not exist), then check again.",
    spec=_STATUS,
)
GET102 = Rule(
    code="GET102",
    severity=Severity.ERROR,
    message="{what} is refused to our crawler (status {status})",
    why="A crawler that is refused the file cannot read the reservation in it, and for robots.txt a refusal counts as “no restrictions”.",
    fix="Let everybody read {url}: exempt it from the firewall, the bot protection or the log-in.",
    spec=_STATUS,
)
GET103 = Rule(
    code="GET103",
    severity=Severity.ERROR,
    message="the {what} could not be fetched: {reason}",
    why="Without an answer nobody can say whether this address is reserved; it does not count as protected.",
    fix="Find out why {url} does not answer, then check again.",
    spec=RFC9110.section("15 Status Codes", "section-15"),
)
GET104 = Rule(
    code="GET104",
    severity=Severity.INFO,
    message="{what} is answered from another origin, {to}",
    why="The reservation stands or falls with that other place; whoever runs it can change or remove it.",
    fix="Serve {what} from the site itself.",
    spec=_WELL_KNOWN,
)
GET105 = Rule(
    code="GET105",
    severity=Severity.ERROR,
    message="the certificate of {host} is not trusted: {reason}",
    why="Most crawlers refuse such a site, so they never read the reservation on it.",
    fix="Renew or correct the certificate of {host}.",
    spec=RFC9110.section("4.3.4 https Certificate Verification", "section-4.3.4"),
)
GET106 = Rule(
    code="GET106",
    severity=Severity.ERROR,
    message="the header tdm-reservation: 1 is on the redirect, not on the answer it leads to",
    why="A header speaks for the answer that it came with. The page or file behind the redirect is not reserved by it.",
    fix="Send `tdm-reservation: 1` with {to} as well.",
    spec=TDMREP.section("TDM Header Field in HTTP Responses", "sec-tdm-header"),
)
GET107 = Rule(
    code="GET107",
    severity=Severity.INFO,
    message="not fetched, because robots.txt asks our crawler to stay away or could not be read",
    why="We obey robots.txt for pages and media, so headers and tags of this address stay unknown.",
    fix="To have it checked, allow the crawler `voorbehoud` in robots.txt.",
    spec=RFC9309.section("2.2.2 The Allow and Disallow Lines", "section-2.2.2"),
)
GET108 = Rule(
    code="GET108",
    severity=Severity.WARNING,
    message="this {kind} stands at {elsewhere}, outside the folder",
    why="Only files were read and nothing was fetched, so nobody can say whether this address is reserved; it does not count as protected.",
    fix="Check the site itself once it is online, or name the folder of that address under `media:` in the declaration.",
    spec=_WELL_KNOWN,
)
GET109 = Rule(
    code="GET109",
    severity=Severity.BLOCKER,
    message="another reader is not told what our crawler is told by this {what} ({how}; it called itself “{reader}”)",
    why="A reservation has to be there for everyone, also for readers that nobody has listed. A crawler that is refused the file can say that it saw none.",
    fix="Give every reader the same answer: look for a firewall, bot protection or cache that looks at the User-Agent.",
    spec=DSM.section("Article 4(3)"),
)
GET110 = Rule(
    code="GET110",
    severity=Severity.WARNING,
    message="this {kind} does not exist (status {status}), though a page names it",
    why="What is not there needs no reservation, so it counts for nothing; visitors meet a dead link or an empty frame.",
    fix="Correct the address in the page, or put the file back.",
    spec=RFC9110.section("15.5.5 404 Not Found", "section-15.5.5"),
)
GET111 = Rule(
    code="GET111",
    severity=Severity.ERROR,
    message="the home page leads to another site, {to}",
    why="A reservation holds where it is published. What stands there says nothing about this address, and the other way round.",
    fix="Check {to} itself; publish the reservation here too if works stand at this address.",
    spec=_WELL_KNOWN,
)
GET112 = Rule(
    code="GET112",
    severity=Severity.WARNING,
    message="not everything was looked at here: {reason}",
    why="What nobody looked at does not count as reserved, though it may well be.",
    fix="Check the address by itself: `voorbehoud check {url}`.",
    spec=HOUSE.section("0011 What a fetch proves"),
)
GET113 = Rule(
    code="GET113",
    severity=Severity.WARNING,
    message="it was not found out what another reader is told by this {what} ({how}; it called itself “{reader}”)",
    why="A reservation has to be there for everyone. Our crawler was answered and this reader was not, which may have to do with its name or with the moment.",
    fix="Check again later. If it stays like this, look for bot protection or a limit on requests that looks at the User-Agent.",
    spec=HOUSE.section("0093 Not known is not protected"),
)
EFF401 = Rule(
    code="EFF401",
    severity=Severity.BLOCKER,
    message="one place reserves {use} and another allows it ({yes}; {no})",
    why="An operator can point at the permission. A reservation that contradicts itself is hard to defend.",
    fix="Decide what you want and say the same in both places; `voorbehoud publish` writes them all from one declaration.",
    spec=AIPREF_VOCAB.section("5.1 Combining Preferences"),
)
EFF402 = Rule(
    code="EFF402",
    severity=Severity.BLOCKER,
    message="{stronger} says tdm-reservation 0 and overrules the 1 in {weaker}",
    why="In TDMRep the page and the metadata inside a work overrule the header, and the header overrules the file: here the reservation is lifted.",
    fix="Remove the 0 from {stronger}; themes, plug-ins and CDNs sometimes add it.",
    spec=_PRIORITY,
)
EFF403 = Rule(
    code="EFF403",
    severity=Severity.ERROR,
    message="this {kind} comes from {elsewhere}, where nothing reserves it",
    why="A reservation on your page does not cover files that come from another address. Whoever fetches only the file never sees it.",
    fix="Publish the reservation on {elsewhere} as well: robots.txt, /.well-known/tdmrep.json and headers. If that is not possible, serve the file from your own site.",
    spec=_WELL_KNOWN,
)
EFF404 = Rule(
    code="EFF404",
    severity=Severity.ERROR,
    message="this {kind} is not reserved against text and data mining",
    why="What is not reserved for everyone may be mined in the European Union. A tag in a page does not cover the images and files that it shows.",
    fix="Publish /.well-known/tdmrep.json with a rule for `/`, or send `tdm-reservation: 1` with every answer.",
    spec=TDMREP.section("Core properties", "sec-core-properties"),
)
EFF405 = Rule(
    code="EFF405",
    severity=Severity.BLOCKER,
    message="only named crawlers are asked to stay away ({agents}); nothing is reserved against everybody else",
    why="A court in Amsterdam (30 October 2024) did not accept a list of bots as a reservation against a company that was not on it.",
    fix="Add a reservation that names nobody: /.well-known/tdmrep.json with `tdm-reservation: 1`. Keep the list as an addition.",
    spec=AMSTERDAM.section("r.o. 4.33"),
)
EFF406 = Rule(
    code="EFF406",
    severity=Severity.BLOCKER,
    message="nothing on this site reserves text and data mining",
    why="Without a machine-readable reservation the law of the European Union lets anybody mine what is publicly accessible.",
    fix="Run `voorbehoud init` and `voorbehoud publish`, or follow the advice for your platform.",
    spec=DSM.section("Article 4(3)"),
)
EFF407 = Rule(
    code="EFF407",
    severity=Severity.WARNING,
    message="AI training is reserved, text and data mining as a whole is not",
    why="The right in the law is against all mining. A signal about generative AI alone leaves other mining open.",
    fix="Add /.well-known/tdmrep.json with `tdm-reservation: 1` for `/`.",
    spec=DSM.section("Article 4(3)"),
)
EFF408 = Rule(
    code="EFF408",
    severity=Severity.WARNING,
    message="robots.txt asks crawlers not to fetch /.well-known/tdmrep.json",
    why="A crawler that obeys cannot read the reservation, and may later say that it saw none.",
    fix="Add `Allow: /.well-known/` to that group of robots.txt.",
    spec=RFC9309.section("2.2.2 The Allow and Disallow Lines", "section-2.2.2"),
)
EFF409 = Rule(
    code="EFF409",
    severity=Severity.WARNING,
    message="the signals name different policies: {policies}",
    why="A reader cannot tell which conditions hold.",
    fix="Let every signal point at the same policy.",
    spec=_PRIORITY,
)
EFF410 = Rule(
    code="EFF410",
    severity=Severity.WARNING,
    message="the header {name} differs between HEAD and GET",
    why="Some readers only ask for the headers, with HEAD, and then read something else than what holds.",
    fix="Let the server send `{name}` with both; caches and applications sometimes answer HEAD themselves.",
    spec=TDMREP.section("TDM Header Field in HTTP Responses", "sec-tdm-header"),
)
EFF901 = Rule(
    code="EFF901",
    severity=Severity.GOOD,
    message="text and data mining is reserved, for everyone, on all {count} sampled pages and files",
    why="A reader who takes the specifications literally must conclude that the works are reserved.",
    fix="Nothing to do. Check again after each change of the site.",
    spec=DSM.section("Article 4(3)"),
)
RULES = (
    GET101, GET102, GET103, GET104, GET105, GET106, GET107, GET108, GET109, GET110, GET111, GET112, GET113,
    EFF401, EFF402, EFF403, EFF404, EFF405, EFF406, EFF407, EFF408, EFF409, EFF410, EFF901,
)  # fmt: skip
