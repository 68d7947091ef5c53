"""The manifest of a stage: what it was built from, the files it committed, the results of its checks.

A stage commits by one atomic write of this file. Files are named by their content, so a manifest that was
read describes files that never change; the idea is that of Iceberg's snapshots, one JSON file per stage.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paperlake.lake.files import read_json

DIGEST = "digest"
LINE_DEPTH = 3  # a file of an output has a line of its own
INPUT_HASH_CHARS = 16  # enough to tell two contents of one partition apart
Facts = dict[str, str | int | float | None]


@dataclass(frozen=True)
class CheckResult:
    """The result of one check of one table of a stage."""

    table: str
    check_name: str
    passed: bool
    failed_row_count: int
    checked_row_count: int
    checked_at: datetime
    failures: tuple[str, ...] = ()
    """The first failures, one line each."""

    def summary(self) -> str:
        """Return one line for people."""
        if self.passed:
            return f"{self.check_name}: {self.checked_row_count:,} rows pass"
        return (
            f"{self.check_name}: {self.failed_row_count:,} of {self.checked_row_count:,} rows fail: "
            + "; ".join(self.failures[:3])
        )


@dataclass(frozen=True)
class FileEntry:
    """One committed file: a partition of a table, or a file that is no table."""

    partition: str
    """Empty for a table of one file."""
    path: str
    """Relative to the lake, with forward slashes."""
    row_count: int | None
    """None for a file that is no table."""
    byte_size: int
    sha256: str
    built_from: str = ""
    """Fingerprint of the inputs of this partition, where a stage builds partition by partition."""
    changed_from: str = ""
    """Where it is known which rows changed: `input_hash` of the file that this one follows."""
    changed_keys: tuple[str, ...] = ()
    """Values of the column that divides the table whose rows differ between the two files, in order."""


@dataclass(frozen=True)
class Manifest:
    """One commit of a stage."""

    stage: str
    version: int
    fingerprint: str
    """Hash of the inputs; empty where the next run must build the stage again."""
    outputs: dict[str, tuple[FileEntry, ...]]
    """Files by the name of their table or file, in the order of the table's rows."""
    checks: tuple[CheckResult, ...] = ()
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    """The tables and files that were read: by name, a hash of each partition's content (`input_hash`)."""
    facts: Facts = field(default_factory=dict)
    seconds: float = 0.0
    finished_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows by table."""
        return {
            name: sum(entry.row_count or 0 for entry in entries)
            for name, entries in self.outputs.items()
            if all(entry.row_count is not None for entry in entries)
        }

    def content(self, name: str) -> str:
        """Return a hash of the content of one table or file: equal rows in equal partitions, equal hash."""
        entries = [(entry.partition, entry.sha256) for entry in self.outputs.get(name, ())]
        return hashlib.sha256(json.dumps(entries).encode()).hexdigest()

    def paths(self) -> set[str]:
        """Return the paths of all files."""
        return {entry.path for entries in self.outputs.values() for entry in entries}

    def to_json(self) -> bytes:
        """Return the manifest as it is written, with a digest of the rest."""
        fields = {
            **vars(self),
            "outputs": {name: [vars(entry) for entry in entries] for name, entries in self.outputs.items()},
            "checks": [vars(check) for check in self.checks],
        }
        content = json.loads(json.dumps(fields, default=_encode))
        return _in_lines({**content, DIGEST: _digest(content)}, LINE_DEPTH).encode()


def manifest_from_json(content: dict[str, Any]) -> Manifest:
    """Return the manifest of a parsed JSON object.

    Raises:
        KeyError, TypeError, ValueError: The object is no manifest, or was changed since it was written.
    """
    content = dict(content)
    digest = content.pop(DIGEST, None)  # a manifest of an earlier version has none
    if digest is not None and digest != _digest(content):
        raise ValueError("the manifest does not match its digest")
    return Manifest(
        **{
            **content,
            "outputs": {
                str(name): tuple(_file_entry(entry) for entry in entries)
                for name, entries in content["outputs"].items()
            },
            "checks": tuple(_check(check) for check in content["checks"]),
            "finished_at": datetime.fromisoformat(content["finished_at"]),
        }
    )


def read_manifest(path: Path) -> Manifest | None:
    """Return a manifest; None if it cannot be read."""
    content = read_json(path)
    try:
        return manifest_from_json(content) if content else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _in_lines(value: object, depth: int) -> str:
    """Return a value as JSON, with a line for each part that is at most so deep.

    With `indent`, the json module encodes in Python and not in C, which is slow for thousands of files.
    """
    if depth and isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_in_lines(part, depth - 1)}" for name, part in value.items()]
        return "{\n" + ",\n".join(parts) + "\n}" if parts else "{}"
    if depth and isinstance(value, list):
        return "[\n" + ",\n".join(_in_lines(part, depth - 1) for part in value) + "\n]" if value else "[]"
    return json.dumps(value)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def partition_rows(entries: Sequence[FileEntry]) -> dict[str, int]:
    """Return the number of rows of each partition of a table."""
    return {entry.partition: entry.row_count or 0 for entry in entries}


def input_hashes(entries: Sequence[FileEntry]) -> dict[str, str]:
    """Return a short hash of the content of each partition, for `Manifest.inputs`."""
    return {entry.partition: input_hash(entry) for entry in entries}


def input_hash(entry: FileEntry) -> str:
    """Return a short hash of the content of one file."""
    return entry.sha256[:INPUT_HASH_CHARS]


def missing_files(root: Path, manifest: Manifest) -> Sequence[str]:
    """Return the paths of files that are gone or have another size than the manifest says."""
    folder = os.fspath(root)  # a lake of three million papers has 26,000 files: no `Path` for each
    return [
        entry.path
        for entries in manifest.outputs.values()
        for entry in entries
        if not has_size(f"{folder}{os.sep}{entry.path}", entry.byte_size)
    ]


def has_size(path: str | os.PathLike[str], byte_size: int) -> bool:
    """Return whether there is a file of that size."""
    try:
        return os.stat(path).st_size == byte_size  # noqa: PTH116
    except OSError:
        return False


def _file_entry(content: dict[str, Any]) -> FileEntry:
    return FileEntry(**{**content, "changed_keys": tuple(content.get("changed_keys", ()))})


def _check(content: dict[str, Any]) -> CheckResult:
    return CheckResult(
        **{
            **content,
            "checked_at": datetime.fromisoformat(content["checked_at"]),
            "failures": tuple(content["failures"]),
        }
    )


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot write {type(value)} into a manifest")
