"""Read the SQL files of a package: `<package>/sql/<name>.sql`.

Values are bound as parameters (`$x`). Only text that cannot be bound, such as a long list of literals, is
pasted for a placeholder in braces (`{ids}`).
"""

from __future__ import annotations

from functools import cache
from importlib import resources


def read_sql(package: str, name: str, **pasted: str) -> str:
    """Return the text of an SQL file with its placeholders replaced.

    Args:
        package: The package that has the folder `sql`, such as `paperlake.search`.
        name: Name of the file without `.sql`.
        pasted: The text for each placeholder, by its name without braces. It becomes part of the statement,
            so it must not come from users unless it is quoted.

    Raises:
        ValueError: The file has no placeholder of that name.
    """
    sql = _text(package, name)
    for placeholder, text in pasted.items():
        if f"{{{placeholder}}}" not in sql:
            raise ValueError(f"{package}/sql/{name}.sql has no placeholder {{{placeholder}}}.")
        sql = sql.replace(f"{{{placeholder}}}", text)
    return sql


@cache  # reading takes 0.7 ms, and a page runs ten queries
def _text(package: str, name: str) -> str:
    return (resources.files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def quoted(text: str) -> str:
    """Return a text as an SQL literal.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
