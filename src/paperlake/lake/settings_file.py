"""Read the TOML files in a lake that only people write, such as its settings in `paperlake.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from paperlake.errors import UsageError
from paperlake.lake.lake import Lake

MAX_FILE_BYTES = 1 << 20


def read_settings_file(lake: Lake) -> dict[str, Any]:
    """Return the content of a lake's paperlake.toml; empty where there is none.

    Raises:
        UsageError: It cannot be read, or is not TOML; the message has the place.
    """
    return read_toml(lake.settings_file, "`similar_count = 20`")


def read_toml(path: Path, example: str) -> dict[str, Any]:
    """Return the content of a small TOML file; empty where there is none.

    Args:
        path: The file.
        example: A line as it could be in the file, for messages.

    Raises:
        UsageError: It cannot be read, or is not TOML; the message has the place.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror or error}.") from error
    if len(content) > MAX_FILE_BYTES:
        raise UsageError(
            f"{path} is larger than {MAX_FILE_BYTES:,} bytes. It should have a line per setting."
        )
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not a TOML file in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}. Write lines like {example}.") from error
