"""Does with the installed package what makers do, and prints each template that nothing of it rendered.

test_install.py runs this with the Python of a clean environment: `render_every_template.py EMPTY_FOLDER`.
"""

import shutil
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from voorbehoud.cli import main
from voorbehoud.core.member import Member
from voorbehoud.declaration.model import Carrier
from voorbehoud.evaluate.observation import Observation
from voorbehoud.evaluate.site import judge
from voorbehoud.evidence.manifest import Manifest, Seen
from voorbehoud.history import open_store
from voorbehoud.look import Target, fetch
from voorbehoud.package_data import site_examples, templates
from voorbehoud.publish import SERVERS
from voorbehoud.survey.letters import trial
from voorbehoud.survey.proof_page import Timeline, page

DECLARATION = """\
declared-by: {{name: Mara Veldkamp, contact: mara@maraveldkamp.example}}
site: https://maraveldkamp.example
since: 2026-11-01
reserve: [tdm, train-ai, ai-use]
allow: [search]
exceptions: [{exceptions}]
licence: {{contact: mara@maraveldkamp.example, offer: https://maraveldkamp.example/licentie}}
terms: {{voice: never, likeness: ask, style: never}}
languages: [nl, en]
carriers: [{carriers}]
"""
rendered: set[Path] = set()
source_of = FileSystemLoader.get_source


def noted(loader: FileSystemLoader, environment: Environment, template: str) -> object:
    found = source_of(loader, environment, template)
    rendered.add(Path(str(found[1])).resolve())
    return found


def run(*arguments: str | Path) -> None:
    code = main.main([str(argument) for argument in arguments], standalone_mode=False)
    if code not in {None, 0}:
        sys.exit(f"voorbehoud {' '.join(map(str, arguments))} ended with {code}")


def everything(work: Path, exceptions: str) -> None:
    """Publish one example with every carrier in every language, in every way, and report on it."""
    site = work / "fotograaf"
    shutil.copytree(site_examples() / "fotograaf", site)
    text = DECLARATION.format(carriers=", ".join(Carrier), exceptions=exceptions)
    (site / "voorbehoud.yaml").write_text(text, encoding="utf-8")
    run("publish", site / "public", "--yes", "--headers-file")
    run("server", "wordpress", site / "public", "-o", site / "voorbehoud.zip")
    for name, server in SERVERS.items():
        run("server", name, site / "public")
        if server.blocks:
            run("server", name, site / "public", "--block")
    for lang in ("nl", "en"):
        out = ("--output", work / f"{lang}.html", "--fail-on", "never")
        run("check", site / "public", "--lang", lang, "--format", "html", *out)
    (captures,) = fetch([Target("https://maraveldkamp.example", folder=site / "public")])
    at, address = captures[0].at, "https://maraveldkamp.example"
    seen = Observation(address, captures, at, at, judge(address, captures, at), "0.1.0")
    proof(seen)
    reports(work / "members.db", seen)


def reports(store: Path, seen: Observation) -> None:
    """Make the report of an organisation, and the one that a member gets."""
    with open_store(str(store)) as history:
        round_ = history.begin([Member(seen.site, member="17")])
        history.claim(round_, 1)
        history.keep(round_, [seen])
    for lang in ("nl", "en"):
        for whose in ((), ("--member", "17")):
            out = ("--format", "html", "--lang", lang, "--output", store.with_suffix(f".{lang}.html"))
            run("report", "--store", store, *whose, *out)


def proof(observed: Observation) -> None:
    """Make the page of a bundle, and a letter; a bundle itself takes packages that are an extra."""
    at, site, verdict = observed.started, observed.site, observed.verdict
    timeline = Timeline(site)
    timeline.add(observed)
    seen = Seen(at, at, "0.1.0", verdict.rules, "archive/1", verdict.reachable, verdict.protected, ())
    for lang in ("nl", "en"):
        page(Manifest(site, at, at, at, "0.1.0", verdict.rules, (seen,), ()), timeline, lang)
        trial("mail/office", lang, at)


if __name__ == "__main__":
    FileSystemLoader.get_source = noted  # type: ignore[assignment, method-assign]
    everything(Path(sys.argv[1]) / "plain", "")
    everything(Path(sys.argv[1]) / "with exceptions", "{path: /werk/, allow: [tdm, train-ai]}")
    # A style sheet is placed in a page as it is; Jinja never sees it.
    wanted = {path.resolve() for path in templates().rglob("*") if path.is_file() and path.suffix != ".css"}
    for path in sorted(wanted - rendered):
        print(path.relative_to(templates().resolve()), file=sys.stderr)  # noqa: T201
    sys.exit(1 if wanted - rendered else 0)
