"""Read `paperlake.toml`, the file of settings in a lake. Only people write it."""

from __future__ import annotations

import tomllib
from typing import Any

from paperlake.errors import UsageError
from paperlake.lake.lake import Lake

MAX_FILE_BYTES = 1 << 20


def read_settings_file(lake: Lake) -> dict[str, Any]:
    """Return the content of a lake's paperlake.toml; empty where there is none.

    Raises:
        UsageError: It cannot be read, or is not TOML; the message has the place.
    """
    path = lake.settings_file
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
        raise UsageError(f"{path} is not TOML: {error}. Write lines like `similar_count = 20`.") from error
