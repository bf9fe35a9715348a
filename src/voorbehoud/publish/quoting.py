"""One way of quoting for each syntax of others, so that no value can leave its place.

Each takes a value as it is to be sent, or a path, and raises PublishError for what its syntax cannot say.  Values are header
values: printable ASCII.  All are filters of the templates (`frame.py`); tests/test_publish_quoting.py asks the servers.
"""

import json
import re
import textwrap
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import quoteattr

from ..core.errors import PublishError
from ..grammar.robots import encoded

_CHARACTER = re.compile("%[0-9A-F]{2}|[^A-Za-z0-9/_~-]")
_PLAIN = re.compile("[^A-Za-z0-9/_~-]")
_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]+")

ODD = (
    r"^[^?]*(?:[^\x01-\x7f]|//|/[.][.]?(?:[/?]|$)|"
    r"%(?:2[dDeEfF]|3[0-9]|4[1-9a-fA-F]|5[0-9aAcCfF]|6[1-9a-fA-F]|7[0-9aAeE]))"
)
"""Requests whose path is spelt in a way that servers undo before they look for the file: `/a/../b`, `/%61`, `//a`, raw bytes."""
_TRAEFIK_ODD = r"//|/[.][.]?(?:/|$)|%2[fF]|%5[cC]|\x5c"
"""What of that is still to be seen after Traefik has decoded the path."""


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


def traefik_rule(path: str) -> str:
    """Give the matcher of Traefik for requests below `path`; for an empty one, of those that are spelt oddly.

    Traefik decodes a path before it compares it, in newer versions all but the reserved characters of RFC 3986, and in those it
    also takes out `..` and `//` (seen with 3.0 and 3.7).
    """
    pattern = (
        "^" + _PLAIN.sub(_kept_or_not, decoded(path).decode("utf-8", "replace")) if path else _TRAEFIK_ODD
    )
    return f"PathRegexp({json.dumps(pattern)})"


def decoded(path: str) -> bytes:
    """Give `path`, as a declaration has it, without escapes: what a server looks for on disk."""
    return unquote_to_bytes(path.encode("utf-8", "surrogatepass"))


def _kept_or_not(found: re.Match[str]) -> str:
    code = ord(found[0])
    return rf"(?:\x{{{code:x}}}|{_escape(code)})" if code < 0x7F else rf"\x{{{code:x}}}"


def _either_way(found: re.Match[str]) -> str:
    code = int(found[0][1:], 16) if len(found[0]) == 3 else ord(found[0])
    return rf"(?:\x{code:02x}|{_escape(code)})" if 0x20 < code < 0x7F else _escape(code)


def _escape(code: int) -> str:
    return "%" + "".join(f"[{d.lower()}{d}]" if d.isalpha() else d for d in f"{code:02X}")


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


def lighttpd_prefix(path: str) -> str:
    """Give the regular expression for paths below `path`, which lighttpd has decoded before it looks.

    Newer versions read it as UTF-8, older ones as bytes: a letter outside ASCII as it is means the same to both.
    """
    plain = decoded(path).decode("utf-8", "replace")
    if not plain.isprintable() or "\ufffd" in plain:
        raise PublishError(
            f"lighttpd cannot name the exception {path!r}: it holds invisible characters, or is not UTF-8"
        )
    return "^" + _PLAIN.sub(
        lambda found: found[0] if ord(found[0]) > 0x7F else f"\\x{ord(found[0]):02x}", plain
    )


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
    """Give `text` as it stands in `extraHeaders`: to the end of the line, without quotes, where a condition could stand too."""
    if re.search(r"(?:^| )(?:early|env=\S*)$", text):
        raise PublishError(f"OpenLiteSpeed cannot send {text!r}: it would take the end for a condition")
    return _sendable(text, "OpenLiteSpeed", "$`")


def openlitespeed_path(path: str) -> str:
    """Give `path` as the name of a context, which ends at a blank or a brace and holds for a folder."""
    if not re.fullmatch(r"[A-Za-z0-9/_.~-]*/", path):
        raise PublishError(
            f"OpenLiteSpeed cannot name the exception {path!r}: only letters, digits and `/_.~-` can stand there, and a slash at the end"
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


def iis_location(path: str) -> str:
    """Give the quoted `path` of a `<location>`: a folder below the site as it is called on disk.

    Raises PublishError for what is no such name to IIS and .NET: a beginning of a name, `\\?:*"<>|`, a full stop at an end.
    """
    if not path.endswith("/"):
        raise PublishError(
            f"IIS knows folders, not beginnings of names: let the exception {path!r} end with a slash"
        )
    folder = decoded(path).decode("utf-8", "replace").strip("/")
    if not folder or not folder.isprintable() or re.search(r'[\\?:*"<>|\ufffd]|^[. ]|[. ]$', folder):
        raise PublishError(f"IIS cannot name the folder {folder!r} of the exception {path!r}")
    return quoteattr(folder)


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
