"""Whether a folder is an earlier data set that may be replaced: nobody's files and edits are deleted."""

from __future__ import annotations

from pathlib import Path

from paperlake.errors import UsageError
from paperlake.lake.files import hash_file, read_json
from paperlake.publish.provenance import KIND

CHECKSUMS = "SHA256SUMS"
PROVENANCE = "provenance.json"
MAX_EDITED_BYTES = 64 << 20  # larger files are data, which nobody edits; hashing them would take long


def check_replaceable(target: Path, force: bool) -> None:
    """Refuse to replace a folder that is no earlier data set, or has files of others, or edited ones.

    Args:
        target: A folder that is not empty, or another thing.
        force: Whether edited files may be replaced.

    Raises:
        UsageError: It may not be replaced; the message says why.
    """
    stated = read_json(target / PROVENANCE) if target.is_dir() else None
    if not stated or stated.get("kind") != KIND:
        raise UsageError(
            f"Cannot publish to {target}: it is not empty and no data set that `publish` wrote, and is "
            "never replaced. Name another folder."
        )
    known = _checksums(target)
    found = {
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if not path.is_dir() or path.is_symlink()
    }
    foreign = sorted(found - known.keys() - {CHECKSUMS})
    if foreign:
        raise UsageError(
            f"Cannot publish to {target}: it has files that `publish` did not write ({_some(foreign)}). "
            "Name another folder, and copy the data set from there."
        )
    edited = sorted(name for name in found & known.keys() if _is_edited(target / name, known[name]))
    if edited and not force:
        raise UsageError(
            f"Cannot publish to {target}: {_some(edited)} were edited since. Replace them with --force, or "
            "name another folder. What curated/publication.toml states is kept."
        )


def _checksums(target: Path) -> dict[str, str]:
    """Return the hashes that a data set states, by path; empty if there are none."""
    try:
        lines = (target / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _is_edited(path: Path, digest: str) -> bool:
    return path.stat().st_size <= MAX_EDITED_BYTES and hash_file(path) != digest


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
