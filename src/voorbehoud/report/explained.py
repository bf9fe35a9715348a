"""The texts of `explain`: one rule, or one answer with the deciding line of every signal."""

from .. import i18n
from ..core.evidence import Origin
from ..core.finding import Rule
from ..evaluate.explain import Answer, Voice
from ..evaluate.verdict import SignalState, Verdict
from .wire import printable


def rule_text(rule: Rule, lang: str) -> str:
    """Give what a finding means, for people; `{blanks}` stay open, for there is no site to fill them."""
    text = i18n.rule_text(rule, lang)
    message, why, fix = (
        words.replace("{{", "{").replace("}}", "}") for words in (text.message, text.why, text.fix)
    )
    lines = (
        f"{rule.code}  {i18n.name(rule.severity, lang)}",
        f"  {message}",
        f"  {i18n.say('report.why', lang)}: {why}",
        f"  {i18n.say('report.fix', lang)}: {fix}",
        f"  {i18n.say('report.spec', lang)}: {rule.spec}",
        f"  {rule.spec.url}",
    )
    return "\n".join(lines) + "\n"


def answer_text(answer: Answer, lang: str) -> str:
    """Give the answer for people: one sentence, then what each signal says to that agent about that use."""
    strict, protective = answer.verdict.strict, answer.verdict.protective
    favourable = strict is Verdict.UNSET and protective is Verdict.RESERVED
    verdict = i18n.say(
        "explain.favourable" if favourable else f"explain.{strict}",
        lang,
        agent=printable(answer.agent),
        use=i18n.name(answer.use, lang),
        url=printable(answer.url),
    )
    return "\n".join([verdict, "", *(_voice(voice, answer, lang) for voice in answer.voices)]) + "\n"


def _voice(voice: Voice, answer: Answer, lang: str) -> str:
    name = i18n.signal_name(voice.signal, lang)
    if not voice.said:
        silence = "nothing" if voice.state is SignalState.PRESENT else str(voice.state)
        return f"  · {name}: {i18n.say(f'explain.silent.{silence}', lang)}"
    deciding = {statement.origin for statement in answer.verdict.because}
    told = (
        f"{i18n.name(s.preference, lang)} ({_place(s.origin, lang)}, {i18n.name(s.reading, lang)})"
        for s in voice.said
    )
    said = "; ".join(dict.fromkeys(told))
    mark = "▸" if any(s.origin in deciding for s in voice.said) else "·"
    return f"  {mark} {name}: {said}"


def _place(origin: Origin, lang: str) -> str:
    where = i18n.where(origin.where, lang)
    return printable(f"{origin.url}, {where}" if where else origin.url)
