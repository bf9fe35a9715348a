"""What can be at odds between a declaration and what is served (EXP): effects are errors, layers are warnings.

A layer that is lost while another still says the same costs the maker little; a use that is not reserved costs all.
"""

from ..core.finding import Rule, Severity
from ..core.spec import HOUSE

_SPEC = HOUSE.section("0020 What is declared is what is served")
_LAYER = HOUSE.section("0077 Which layer did it")

EXP101 = Rule(
    code="EXP101",
    severity=Severity.WARNING,
    message="the declaration publishes {signal}, but {url} holds nothing of it",
    why="A reader who looks only there finds no reservation.",
    fix="Run `voorbehoud publish` and upload all files again, hidden folders such as .well-known included; look for a CDN or plug-in that serves a file of its own.",
    spec=_SPEC,
)
EXP102 = Rule(
    code="EXP102",
    severity=Severity.WARNING,
    message="the declaration publishes {signal}, but this answer comes without that header",
    why="A server, CDN or application on the way drops it, or was never told to send it.",
    fix="Put the output of `voorbehoud server` into the configuration. If your host sends no headers, it stays like this: files and tags have to say it there.",
    spec=_SPEC,
)
EXP103 = Rule(
    code="EXP103",
    severity=Severity.WARNING,
    message="the declaration publishes {signal}, but this page comes without that tag",
    why="The page was made or uploaded after publishing, or something on the way writes it anew.",
    fix="Run `voorbehoud publish` after each build and upload the pages again, or put the tag into the theme.",
    spec=_SPEC,
)
EXP301 = Rule(
    code="EXP301",
    severity=Severity.ERROR,
    message="declared as reserved, but not reserved here for everyone: {uses}",
    why="What counts is what readers get, not what the declaration says; to them this address is open.",
    fix="Mend the other points about this address and the policy files, publish, upload and check again.",
    spec=_SPEC,
)
EXP302 = Rule(
    code="EXP302",
    severity=Severity.ERROR,
    message="declared as allowed, but reserved here: {uses}",
    why="Somebody who reads this stays away although you let them in, and the two sayings can be held against each other.",
    fix="Change the declaration if the reservation is right; else remove what states it.",
    spec=_SPEC,
)
EXP303 = Rule(
    code="EXP303",
    severity=Severity.ERROR,
    message="declared as reserved, but whether it is so here cannot be told: {uses}",
    why="Something that can decide it could not be fetched; that proves neither yes nor no.",
    fix="Make the address and the policy files answer, then check again.",
    spec=_SPEC,
)
EXP401 = Rule(
    code="EXP401",
    severity=Severity.WARNING,
    message="{signal} does not reserve {uses} below {path}, as the declaration does",
    why="What is served differs from what was published: an old upload, a CDN that rewrites the file, or a change by hand.",
    fix="Run `voorbehoud publish`, upload again, and look for what changes it on the way.",
    spec=_SPEC,
)
EXP402 = Rule(
    code="EXP402",
    severity=Severity.WARNING,
    message="{signal} does not say that {uses} is allowed below {path}, as the declaration does",
    why="What is served differs from what was published; readers you want, such as search engines, may stay away.",
    fix="Run `voorbehoud publish`, upload again, and look for what changes it on the way.",
    spec=_SPEC,
)
EXP403 = Rule(
    code="EXP403",
    severity=Severity.WARNING,
    message="robots.txt does not ask these robots to stay away, as the declaration does: {agents}",
    why="They obey what is served: an old upload, a CDN that puts rules of its own in front, or a change by hand lets them in.",
    fix="Run `voorbehoud publish`, upload robots.txt again, and look for what changes it on the way.",
    spec=_SPEC,
)
EXP404 = Rule(
    code="EXP404",
    severity=Severity.WARNING,
    message="{url} is not the policy that the declaration asks for",
    why="Programs read other conditions there than yours, or none: an old upload, a file of somebody else, or a change by hand.",
    fix="Run `voorbehoud publish`, and upload /tdm-policy.json again.",
    spec=_SPEC,
)
EXP405 = Rule(
    code="EXP405",
    severity=Severity.WARNING,
    message="changed on the way: the server itself, {behind}, serves {what} as declared, and readers get something else. Passed on by: {layers}",
    why="Your server does what you asked; a CDN, cache or proxy in front of it drops or replaces it, or still serves an old copy.",
    fix="Purge the cache of that layer and check again. Where it stays, look in its settings for a managed robots.txt and for rules about response headers. A question mark means that no layer gives its name.",
    spec=_LAYER,
)
EXP406 = Rule(
    code="EXP406",
    severity=Severity.INFO,
    message="no layer on the way did this: the server itself, {behind}, does not serve {what} as declared either",
    why="A purge or a setting of the CDN mends nothing while the server behind it says the same.",
    fix="Publish, upload, and mend the configuration of the server first; then check both again.",
    spec=_LAYER,
)
EXP407 = Rule(
    code="EXP407",
    severity=Severity.INFO,
    message="this answer, in which {what} is not as declared, was passed on. By what it says itself: {layers}",
    why="A layer on the way may have changed it, or the server behind; from here the two cannot be told apart.",
    fix="Check with `--origin ADDRESS`, the address at which your own server answers without that layer.",
    spec=_LAYER,
)
EXP408 = Rule(
    code="EXP408",
    severity=Severity.INFO,
    message="who changed {what} cannot be told: {behind} gave no answer about this address",
    why="Only two answers about the same address can be compared.",
    fix="Give `--origin` an address at which your own server answers for this site, and `--allow-private` where it is not public.",
    spec=_LAYER,
)
EXP901 = Rule(
    code="EXP901",
    severity=Severity.GOOD,
    message="what is served says what the declaration says, on all {count} sampled pages and files",
    why="Every use is reserved or allowed as declared, and every carrier that was looked for is there.",
    fix="Nothing to do. Check again after each change of the site.",
    spec=_SPEC,
)
RULES = (
    EXP101,
    EXP102,
    EXP103,
    EXP301,
    EXP302,
    EXP303,
    EXP401,
    EXP402,
    EXP403,
    EXP404,
    EXP405,
    EXP406,
    EXP407,
    EXP408,
    EXP901,
)
