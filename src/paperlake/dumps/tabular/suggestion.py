"""A first mapping for a dump: the names of its columns or keys, found without knowing what they mean."""

from __future__ import annotations

from pathlib import Path

from paperlake.dumps.fields.mappings import suggest_mapping
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.reading import DumpError, OpenDump
from paperlake.dumps.structured.json_objects import BadObjectError, decode
from paperlake.dumps.tabular.delimited import head_lines
from paperlake.dumps.tabular.parquet import MAGIC, open_parquet
from paperlake.dumps.tabular.records import headers
from paperlake.errors import UsageError
from paperlake.settings import Settings


def suggest(file: Path, path: str, settings: Settings) -> str:
    """Return a first mapping for a dump, as the text of a TOML file.

    Args:
        file: The dump.
        path: Its path relative to raw/.
        settings: The limits.

    Raises:
        UsageError: The dump has no columns or keys.
    """
    try:
        names = _names(DumpFile(file, path, settings), settings)
    except DumpError as error:
        raise UsageError(f"Cannot read {file}: {error}") from error
    if not names:
        raise UsageError(f"{file} is neither a table with a header nor JSON objects.")
    return suggest_mapping(names, path)


def _names(dump: OpenDump, settings: Settings) -> list[str]:
    """Return the names of the columns of a table, or of the keys of the first object."""
    head = dump.head()
    if head.startswith(MAGIC):
        names: list[str] = open_parquet(dump, settings).schema_arrow.names
        return names
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _keys(dump)
    found = next(headers(head_lines(head)), None)
    return [name for name in found.names if name] if found else []


def _keys(dump: OpenDump) -> list[str]:
    """Return the keys of the first object: of a line, of a list, or of a list within an object."""
    first = dump.head().lstrip().split(b"\n", 1)[0]
    return _keys_of(first) or _keys_of(dump.content())


def _keys_of(raw: bytes) -> list[str]:
    """Return the keys of the first object of a JSON text; none if it is not JSON."""
    try:
        value = decode(raw)
    except BadObjectError:
        return []
    inner = value.values() if isinstance(value, dict) else (value,)
    firsts = [one[0] for one in inner if isinstance(one, list) and one]
    return next(([str(key) for key in one] for one in (*firsts, value) if isinstance(one, dict)), [])
