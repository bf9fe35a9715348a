"""robots.txt: bytes in, groups and answers out.  RFC 9309 is the law; where it is silent, Google's parser is followed.

`lines` cuts a file into records, `pattern` compares paths, `groups` says who may go where, `write` makes a file.
Google's leniency with misspelt fields and missing colons is not shared: such lines are told (`Record.meant`), not obeyed.
"""

from .groups import Access, CombinedGroup, Group, RobotsTxt, Rule, read
from .lines import LIMIT, Record, colonless, lines, records
from .pattern import encoded, head_of, match_length, normal, path_of
from .write import written

__all__ = [
    "LIMIT", "Access", "CombinedGroup", "Group", "Record", "RobotsTxt", "Rule",
    "colonless", "encoded", "head_of", "lines", "match_length", "normal", "path_of", "read", "records", "written",
]  # fmt: skip
