"""Read and check the labels that a person gives: `curated/taxonomy.yaml`.

How papers are filed under them is in `classifier.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

from paperlake.catalogue.topic_tables import MAX_DESCRIPTION_CHARS, MAX_LABEL_CHARS
from paperlake.errors import UsageError

MAX_LABELS = 1_000
MAX_BYTES = 1_000_000
KEYS = {"name", "description", "examples"}


@dataclass(frozen=True)
class TaxonomyLabel:
    """One label."""

    name: str
    description: str | None
    examples: tuple[str, ...]
    """Papers that it fits, by paper_id or arXiv id."""


def read_taxonomy(path: Path) -> list[TaxonomyLabel]:
    """Read the labels of a file, in the order of their names; none if there is no file.

    Raises:
        UsageError: The file is no such YAML; the message says where.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"Cannot read the taxonomy in {path}: {error}.") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path} has {len(content):,} bytes; a taxonomy has at most {MAX_BYTES:,}.")
    try:
        return parse_taxonomy(yaml.safe_load(content.decode("utf-8-sig")), str(path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the taxonomy in {path}: {error}. Write YAML in UTF-8.") from error


def parse_taxonomy(content: object, name: str) -> list[TaxonomyLabel]:
    """Check what a file says; `name` is the file in messages."""
    if content is None:
        return []
    rows = content.get("labels") if isinstance(content, dict) else None
    if not isinstance(rows, list) or len(rows) > MAX_LABELS:
        raise UsageError(f"{name} must have the key labels, with a list of at most {MAX_LABELS:,} labels.")
    labels = [_label(row, f"{name}, label {number}") for number, row in enumerate(rows, 1)]
    names = [label.name.casefold() for label in labels]
    twice = sorted({label for label in names if names.count(label) > 1})
    if twice:
        raise UsageError(f"{name} has the label {twice[0]!r} twice. Delete one of them.")
    return sorted(labels, key=lambda label: label.name)


def _label(row: object, where: str) -> TaxonomyLabel:
    if not isinstance(row, dict) or set(row) - KEYS or not row.get("name"):
        raise UsageError(f"{where} must have a name, and may have a description and examples; nothing else.")
    name = " ".join(str(row["name"]).split())
    description = " ".join(str(row.get("description") or "").split())
    if len(name) > MAX_LABEL_CHARS or len(description) > MAX_DESCRIPTION_CHARS:
        raise UsageError(
            f"{where} is too long: a name has at most {MAX_LABEL_CHARS} characters, a description "
            f"{MAX_DESCRIPTION_CHARS:,}."
        )
    examples = row.get("examples") or []
    if not isinstance(examples, list) or not all(isinstance(one, str) for one in examples):
        raise UsageError(f"{where}: examples must be a list of paper_ids or arXiv ids, each in quotes.")
    return TaxonomyLabel(name, description or None, tuple(sorted({one.strip() for one in examples})))


def as_json(labels: list[TaxonomyLabel]) -> list[dict[str, object]]:
    """Return the labels as JSON values."""
    return [asdict(label) for label in labels]
