"""What we publish, judged by what we judge with: a declaration must come back as it went in, everywhere."""

from datetime import date
from pathlib import Path

import pytest

from voorbehoud.core.use import Use
from voorbehoud.declaration.model import Carrier, Declaration, Declarer, PathException
from voorbehoud.evaluate.verdict import Verdict
from voorbehoud.look import Target, look
from voorbehoud.publish import STATE, apply, plan

SITE = "https://atelier.example"
ALL = frozenset({Use.TDM, Use.TRAIN_AI, Use.AI_USE})
WHO = Declarer("Atelier Voorbeeld", "rechten@atelier.example")
PAGE = "<!doctype html>\n<html>\n<head>\n<meta charset=utf-8>\n<title>Werk</title>\n</head>\n<body></body>\n</html>\n"
WISHES = {
    "the default": Declaration(WHO, SITE, date(2026, 11, 1)),
    "with ai.txt": Declaration(WHO, SITE, date(2026, 11, 1), carriers=tuple(Carrier)),
    "mining only": Declaration(WHO, SITE, date(2026, 11, 1), reserve=frozenset({Use.TDM})),
    "everything, search too": Declaration(
        WHO, SITE, date(2026, 11, 1), reserve=frozenset(Use), allow=frozenset(), carriers=tuple(Carrier)
    ),
    "the press may": Declaration(
        WHO, SITE, date(2026, 11, 1), exceptions=(PathException("/press/", allow=frozenset({Use.TDM, Use.TRAIN_AI})),)
    ),
    "the press may do anything, but not with the sketches": Declaration(
        WHO,
        SITE,
        date(2026, 11, 1),
        exceptions=(
            PathException("/press/", allow=frozenset(Use)),
            PathException("/press/sketches/", reserve=ALL),
        ),
    ),
    "only the works are reserved": Declaration(
        WHO,
        SITE,
        date(2026, 11, 1),
        reserve=frozenset(),
        exceptions=(PathException("/werk/", reserve=ALL),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WISHES)
def test_what_is_published_is_judged_as_declared(name: str, tmp_path: Path) -> None:
    wish = WISHES[name]
    for folder in ("", "press", "press/sketches", "werk"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "index.html").write_text(PAGE)
        (tmp_path / folder / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    plans = plan(wish, tmp_path, tmp_path / STATE, headers_file=True)
    assert plans.conflicts == ()
    apply(plans, tmp_path / STATE)

    verdict = look([Target(SITE, folder=tmp_path)])[0]

    for resource in verdict.resources:
        path = resource.url.removeprefix(SITE)
        for use in Use:
            said = resource.use(use)
            assert not said.contradictory, (path, use, said)
            if wish.reserves(use, path):
                assert said.strict is Verdict.RESERVED, (path, use, said)
            else:
                assert said.strict is not Verdict.RESERVED, (path, use, said)
    nothing_excepted = all(wish.reserves(Use.TDM, path) for path in wish.paths())
    assert verdict.protected is nothing_excepted
