"""What can be found about TDM policies: the document that `tdm-policy` points at."""

from ..core.finding import Rule, Severity
from ..core.spec import DSM, TDMREP

_NAMING = TDMREP.section("Core properties", "sec-core-properties")
_POLICY = TDMREP.section("TDM policies", "sec-tdm-policies")

TDP101 = Rule(
    code="TDP101",
    severity=Severity.WARNING,
    message="the policy is served as {media_type}",
    why="text/html is a page for people, application/json or application/ld+json one for programs; of anything else a reader cannot tell.",
    fix="Serve it as `application/json`, or point `tdm-policy` at your page for people.",
    spec=_NAMING,
)
TDP102 = Rule(
    code="TDP102",
    severity=Severity.WARNING,
    message="the policy {url} is named, and nobody can read it ({reason})",
    why="The reservation stands: a reader who does not know the conditions has to ask. But there is nothing that says whom.",
    fix="Put the policy at that address, or let `tdm-policy` point at the page that has your contact address.",
    spec=_NAMING,
)
TDP103 = Rule(
    code="TDP103",
    severity=Severity.WARNING,
    message="the policy is named at {url}, without encryption",
    why="Anybody between the reader and your server can put other conditions in its place.",
    fix="Write the address with https://.",
    spec=_NAMING,
)
TDP104 = Rule(
    code="TDP104",
    severity=Severity.WARNING,
    message="the policy {url} was not read: {reason}",
    why="It may offer to everybody what you reserve. What nobody looked at is not vouched for.",
    fix="Let every address point at the same policy, a document of less than 256 KiB.",
    spec=_POLICY,
)
TDP201 = Rule(
    code="TDP201",
    severity=Severity.WARNING,
    message="the policy cannot be parsed: {problem}",
    why="The reservation stands: whoever cannot read the conditions does not know them. But nobody learns how to ask you.",
    fix="Correct the line; the examples of the specification have such mistakes too. Or publish the policy with this tool.",
    spec=_POLICY,
)
TDP202 = Rule(
    code="TDP202",
    severity=Severity.WARNING,
    message="there is no policy in the document: {problem}",
    why="The reservation stands, and nobody learns on which conditions you would agree.",
    fix="Begin with one object that has `@context`, `@type`, `profile`, `uid`, `assigner` and `permission`.",
    spec=_POLICY,
)
TDP203 = Rule(
    code="TDP203",
    severity=Severity.WARNING,
    message="`{field}` of the policy is {value}",
    why="A reader that checks policies expects something else there, and may drop this one.",
    fix="Write {wanted}.",
    spec=_POLICY,
)
TDP204 = Rule(
    code="TDP204",
    severity=Severity.INFO,
    message="the policy has the context of 2022, with a prefix of its own",
    why="Readers of today still understand it; the specification of 2024 asks for two addresses instead.",
    fix="Write `\"@context\": [\"http://www.w3.org/ns/odrl.jsonld\", \"http://www.w3.org/ns/tdmrep.jsonld\"]`.",
    spec=_POLICY,
)  # fmt: skip
TDP205 = Rule(
    code="TDP205",
    severity=Severity.WARNING,
    message="`{field}` stands beside the permissions of the policy",
    why="There it binds nobody: a duty or a condition belongs inside the permission, and what is not permitted needs no prohibition.",
    fix="Move `duty` and `constraint` into the permission, and leave `obligation` and `prohibition` out.",
    spec=_POLICY,
)
TDP206 = Rule(
    code="TDP206",
    severity=Severity.INFO,
    message="the policy tells {term} about its owner, a word that the profile does not list",
    why="Readers pass over it.",
    fix="Nothing to do. Name, e-mail address, telephone number, address and web page are listed.",
    spec=_POLICY,
)
TDP207 = Rule(
    code="TDP207",
    severity=Severity.WARNING,
    message="the policy has `{field}` more than once in one place",
    why="Some readers take the first, some the last: they read different conditions.",
    fix="Write it once; several permissions are one list.",
    spec=_POLICY,
)
TDP301 = Rule(
    code="TDP301",
    severity=Severity.BLOCKER,
    message="the policy offers mining to everybody, free and without asking",
    why="A permission without a duty is a gift. Beside `tdm-reservation: 1` an operator can point at it: you permitted it yourself.",
    fix="Add the duty `obtainConsent` to the permission, or let `tdm-policy` point at a page for people.",
    spec=_POLICY,
)
TDP302 = Rule(
    code="TDP302",
    severity=Severity.ERROR,
    message="the policy gives mining away without your consent or payment: {condition}",
    why="Whoever says that this applies need not ask you, and nobody checks it. So mining is not reserved for everyone.",
    fix="Add the duty `obtainConsent` to that permission, or take the permission out.",
    spec=_POLICY,
)
TDP303 = Rule(
    code="TDP303",
    severity=Severity.INFO,
    message="the policy asks consent or payment for mining that is done for research",
    why="Research organisations and museums, libraries and archives need neither: the law lets them mine for science, whatever a policy says.",
    fix="Nothing to do. It still binds everybody else who does research.",
    spec=DSM.section("Article 3"),
)
TDP304 = Rule(
    code="TDP304",
    severity=Severity.WARNING,
    message="the policy permits nothing that has to do with mining",
    why="It tells nobody on which conditions you would agree, so it adds nothing to the reservation.",
    fix="Name the action `tdm:mine` and the duty `obtainConsent`, or leave the policy out.",
    spec=_POLICY,
)
TDP901 = Rule(
    code="TDP901",
    severity=Severity.GOOD,
    message="the policy lets nobody mine without {duties}",
    why="A program that reads it learns whom to ask, and that nothing is permitted before.",
    fix="Nothing to do.",
    spec=_POLICY,
)
RULES = (
    TDP101, TDP102, TDP103, TDP104, TDP201, TDP202, TDP203, TDP204, TDP205, TDP206, TDP207,
    TDP301, TDP302, TDP303, TDP304, TDP901,
)  # fmt: skip
