"""Every rule there is, by code: for `explain`, the docs and the house tests."""

from ..core.finding import Rule
from ..signals import SIGNALS
from . import asides, expect_rules, prose, rules

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in sorted(
        (
            *(r for s in SIGNALS for r in s.rules),
            *rules.RULES,
            *prose.RULES,
            *asides.RULES,
            *expect_rules.RULES,
        ),
        key=lambda rule: rule.code,
    )
}
