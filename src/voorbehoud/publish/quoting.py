"""One way of quoting for each syntax of others, so that no value can leave its place.

Each takes a value as it is to be sent, or a path, and raises PublishError for what its syntax cannot say.  Values are header
values: printable ASCII.  All are filters of the templates (`frame.py`); tests/test_publish_quoting.py asks the servers.
"""

import json
import re
import textwrap
from xml.sax.saxutils import quoteattr

from ..core.errors import PublishError
from ..grammar.robots import encoded

_CHARACTER = re.compile("%[0-9A-F]{2}|[^A-Za-z0-9/_~-]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]+")

ODD = (
    r"^[^?]*(?:[^\x01-\x7f]|//|/[.][.]?(?:[/?]|$)|"
    r"%(?:2[dDeEfF]|3[0-9]|4[1-9a-fA-F]|5[0-9aAcCfF]|6[1-9a-fA-F]|7[0-9aAeE]))"
)
"""Requests whose path is spelt in a way that servers undo before they look for the file: `/a/../b`, `/%61`, `//a`, raw bytes."""


# ---- comments ------------------------------------------------------------------------------------------------------------
def comment(text: str, width: int = 100) -> str:
    """Give `text` as lines that begin with `# `, whatever line ends or control characters it holds."""
    return _remark(text, "#", width)


def slashes(text: str) -> str:
    """Give `text` as lines that begin with `// `."""
    return _remark(text, "//", 100)


def xml_comment(text: str) -> str:
    """Give `text` as one comment of XML, in which no `--` may stand."""
    return f"<!-- {re.sub('-(?=-)|-$', '- ', _BLANKS.sub(' ', text).strip())} -->"


def _remark(text: str, mark: str, width: int) -> str:
    words = _BLANKS.sub(" ", text).strip()
    lines = textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False)
    # A backslash at the end of a comment would make the next line part of it (Apache).
    return "\n".join(f"{mark} {line}".rstrip("\\ ") for line in lines) or mark


# ---- paths ---------------------------------------------------------------------------------------------------------------
def prefix(path: str) -> str:
    """Give the regular expression for requests below `path`, as the client sent them, whatever `path` holds.

    `"` may come as it is or as `%22`, and hexadecimal digits in either case.  PCRE, RE2 and JavaScript read it alike.
    """
    return "^" + _CHARACTER.sub(_either_way, encoded(path))


def decoded_prefix(path: str) -> str:
    """Give the regular expression (PCRE, bytes) for paths below `path` that a server has decoded already."""
    return "^" + re.sub(
        rb"[^A-Za-z0-9/_~-]", lambda found: b"\\x%02x" % found[0][0], path.encode("utf-8", "surrogatepass")
    ).decode("ascii")


def _either_way(found: re.Match[str]) -> str:
    code = int(found[0][1:], 16) if len(found[0]) == 3 else ord(found[0])
    escape = "%" + "".join(f"[{d.lower()}{d}]" if d.isalpha() else d for d in f"{code:02X}")
    return rf"(?:\x{code:02x}|{escape})" if 0x20 < code < 0x7F else escape


_REQUEST_LINE = r"^\S+ (?:[A-Za-z]+://[^/ ]*)?"
"""What stands before the path in a request line; a client of a proxy gives the whole address."""


# ---- servers -------------------------------------------------------------------------------------------------------------
def nginx(text: str) -> str:
    """Give `text` as one parameter of nginx, which has no way to quote `$` in a value."""
    return _escaped(_sendable(text, "nginx", "$"))


def nginx_pattern(pattern: str) -> str:
    """Give a regular expression as the first parameter in a map: there `$` stands for itself."""
    return _escaped(f"~{pattern}")


def apache(text: str) -> str:
    """Give `text` as a value of Apache's `Header`; `${` would be a variable of the configuration.

    mod_headers reads formats (`%%`) and escapes (`\\n` is a line end) in what the configuration has read already.
    """
    return _escaped(_sendable(text, "Apache", "${").replace("\\", "\\\\").replace("%", "%%"))


def apache_pattern(pattern: str) -> str:
    """Give an expression that is true where the path of the request as it came matches, whatever it is rewritten to."""
    return _escaped(f"%{{THE_REQUEST}} =~ m#{_REQUEST_LINE}{_inner(pattern, ' ')}#")


def apache_refused(agents: str, open_: str) -> str:
    """Give an expression that is true for a User-Agent that `agents` matches, unless the request matches `open_`."""
    exempt = rf"%{{THE_REQUEST}} =~ m#{_REQUEST_LINE}{_inner(open_, ' ')}#"
    return _escaped(f"%{{HTTP_USER_AGENT}} =~ m#{agents}# && !({exempt})")


def rewrite_word(text: str) -> str:
    """Give a pattern as one word of mod_rewrite, which takes backslashes as they are; our patterns hold no `"`."""
    return f'"{text}"'


def rewrite_unless(pattern: str) -> str:
    """Give a pattern of RewriteCond for `%{THE_REQUEST}` that holds where the path as it came does not match."""
    return f'"!{_REQUEST_LINE}{_inner(pattern, " ")}"'


def caddy(text: str) -> str:
    """Give `text` between backticks, where Caddy undoes nothing; `{` would begin a placeholder."""
    return f"`{_sendable(text, 'Caddy', '`{}')}`"


def haproxy(text: str) -> str:
    """Give `text` as a log-format string of HAProxy, in double quotes."""
    return haproxy_word(_sendable(text, "HAProxy").replace("%", "%%"))


def haproxy_word(text: str) -> str:
    """Give any text as one word of HAProxy, in double quotes."""
    return '"' + re.sub(r'[\\"$]', r"\\\g<0>", text) + '"'


def lighttpd(text: str) -> str:
    """Give `text` as a string of lighttpd, where a backslash stands for itself unless a quote follows."""
    if text.endswith("\\"):
        raise PublishError(f"lighttpd cannot send {text!r}: it would end on a backslash")
    return lighttpd_word(_sendable(text, "lighttpd"))


def lighttpd_word(text: str) -> str:
    """Give a pattern as a string of lighttpd; ours never end on a backslash."""
    return '"' + text.replace('"', '\\"') + '"'


def vcl(text: str) -> str:
    """Give `text` as a string of Varnish, which has no escapes: a `"` takes the long form, which ends at `"}`."""
    _sendable(text, "Varnish")
    if '"' not in text:
        return f'"{text}"'
    return '{"' + text.replace('"}', '""} + {"}') + '"}'


def openlitespeed(text: str) -> str:
    """Give `text` as it stands in `extraHeaders`: to the end of the line, without quotes."""
    return _sendable(text, "OpenLiteSpeed", "$`")


def openlitespeed_path(path: str) -> str:
    """Give `path` as the name of a context, which ends at a blank or a brace."""
    if not re.fullmatch(r"[A-Za-z0-9/_.~-]+", path):
        raise PublishError(
            f"OpenLiteSpeed cannot name the exception {path!r}: only letters, digits and `/_.~-` can stand there"
        )
    return path


# ---- formats -------------------------------------------------------------------------------------------------------------
def headers_file(text: str) -> str:
    """Give `text` as it stands in `_headers`: to the end of the line."""
    return _sendable(text, "_headers")


def traefik(text: str) -> str:
    """Give `text` as a double-quoted scalar of YAML; `{{` would be a template to Traefik."""
    if "{{" in text:
        raise PublishError(f"Traefik cannot send {text!r}: leave out `{{{{`")
    return json.dumps(_sendable(text, "Traefik"))


def xml(text: str) -> str:
    """Give `text` as a quoted attribute of XML."""
    return quoteattr(_sendable(text, "IIS"))


def xml_text(text: str) -> str:
    """Give any text as a quoted attribute of XML; what XML has no characters for is refused."""
    if any(ord(character) < 0x20 for character in text):
        raise PublishError(f"IIS cannot name {text!r}: leave out line ends and control characters")
    return quoteattr(text)


def js(text: str) -> str:
    """Give a pattern or a name as a string of JavaScript, in ASCII."""
    return json.dumps(text)


def js_value(text: str) -> str:
    """Give `text` as a string of JavaScript that is sent as a header."""
    return json.dumps(header(text))


def header(text: str) -> str:
    """Give `text` itself; a host whose syntax can hold anything still cannot send anything."""
    return _sendable(text, "the host")


def _sendable(text: str, server: str, forbidden: str = "") -> str:
    if not text.isascii() or not text.isprintable() or any(mark in text for mark in _marks(forbidden)):
        named = f"{', '.join(f'`{mark}`' for mark in _marks(forbidden))}, " if forbidden else ""
        raise PublishError(
            f"{server} cannot send {text!r}: leave out {named}line ends and letters outside ASCII"
        )
    return text


def _marks(forbidden: str) -> tuple[str, ...]:
    return (forbidden,) if forbidden == "${" else tuple(forbidden)


def _escaped(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _inner(pattern: str, end: str) -> str:
    """Give `pattern` without its anchor, where the text that it is matched with goes on after `end`."""
    return (
        pattern.removeprefix("^")
        .replace("[^?]", f"[^?{end}]")
        .replace("[?]|$", f"[?{end}]|$")
        .replace("[/?]|$", f"[/?{end}]|$")
    )
