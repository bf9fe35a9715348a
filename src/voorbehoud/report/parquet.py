"""Rows as a Parquet file, written by DuckDB (extra `analytics`) in flat memory."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from ..core.errors import UserError
from .data import instant
from .overview_data import Cells
from .wire import storable


def write(file: Path, columns: Mapping[str, str], rows: Iterable[Cells]) -> None:
    """Write rows to `file`; `columns` are their names and DuckDB types.  What stood there is replaced at the end, whole.

    Raises UserError where DuckDB is not installed or the file cannot be written.
    """
    try:
        import duckdb
    except ImportError as error:
        raise UserError(
            "--format parquet needs duckdb, which is not installed. Type: pip install 'voorbehoud[analytics]'"
        ) from error
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=".voorbehoud-") as folder:
            lines, made = Path(folder, "rows.json"), Path(folder, "rows.parquet")
            with lines.open("w", encoding="utf-8") as out:
                for row in rows:
                    out.write(json.dumps({name: _value(row.get(name)) for name in columns}) + "\n")
            kinds = ", ".join(f"{_quoted(name)}: '{kind}'" for name, kind in columns.items())
            with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
                engine.execute("SET memory_limit = '256MB'; SET threads = 1")
                engine.execute(  # quoted as DuckDB wants it: names of ours, and two paths
                    f"COPY (SELECT * FROM read_json({_quoted(str(lines))}, format = 'newline_delimited', "  # noqa: S608
                    f"columns = {{{kinds}}})) TO {_quoted(str(made))} (FORMAT parquet, COMPRESSION zstd)"
                )
            made.replace(file)
    except OSError as error:
        raise UserError(f"{file}: cannot be written ({error.strerror}). Give another place.") from error


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    return storable(value).replace("\0", "\ufffd") if isinstance(value, str) else value


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
