"""The inventory of raw/: every dump with the hash of its content.

Files are listed and hashed here, never parsed. What must not be read (links that leave raw/, pipes, files
past the limit) is listed too, with the refusal that `parse.py` turns into a reject.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import polars as pl

from paperlake.catalogue.dump_tables import INVENTORY
from paperlake.dumps.opening import too_large
from paperlake.errors import LakeError, NothingToReadError
from paperlake.lake import Lake
from paperlake.lake.files import hash_file
from paperlake.lake.manifest import Facts
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.stages.checks import Check
from paperlake.stages.run import StageRun
from paperlake.stages.stage import Stage

TEMPORARY_ENDINGS = ("~", ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".swp")
KINDS = (
    "saved listing pages as text, Markdown or HTML; BibTeX, RIS and other exports of reference managers; "
    "tables (CSV, TSV, Parquet); JSON of arXiv, OpenAlex, Crossref, Semantic Scholar, OpenReview, the daily "
    "API or of your own; XML of arXiv, OAI-PMH, DBLP and PubMed; each also as .gz or .zst (docs/sources.md)"
)


class _Found(NamedTuple):
    """One file under raw/, looked at but not opened."""

    path: str
    byte_size: int
    modified_ns: int
    refusal: str | None
    may_pass: bool = False
    """Whether the refusal is for a reason that may pass, so that the next run looks again."""
    is_folder: bool = False
    """Whether it is a folder whose files cannot be seen; what is known of them is kept."""


@dataclass(frozen=True)
class Inventory:
    """The inventory of raw/ as it was taken."""

    table: pl.DataFrame
    """One row per file in order of name."""
    is_complete: bool
    """Whether no file or folder was refused for a reason that may pass."""


def list_raw(lake: Lake) -> list[tuple[str, int, int]]:
    """Path relative to raw/, size in bytes and time of change in ns of each file, by name; opens none.

    A folder that cannot be listed is one of them, for its files, with 0 bytes.
    """
    return [(found.path, found.byte_size, found.modified_ns) for found in _look(lake, None)]


def is_inventory_current(lake: Lake, listed: list[tuple[str, int, int]]) -> bool:
    """Return whether the last inventory saw the files of `listed` (see `list_raw`) as they are now."""
    before = _before(lake)
    # Of the many files only those can be folders that cannot be listed.
    folders = [path for path, byte_size, modified_ns in listed if not byte_size and not modified_ns]
    seen = before.filter(~_below(folders, before)).select("path", "byte_size", "modified_ns").rows()
    return seen == [(_printable(path), byte_size, modified_ns) for path, byte_size, modified_ns in listed]


def take_inventory(lake: Lake, settings: Settings, progress: Progress | None = None) -> Inventory:
    """Build the inventory of raw/, one row per file in order of name.

    A file whose size and time of change are those of the inventory before keeps its hash. A file that
    vanishes while it is listed is left out. `refusal` says why a file is not to be read; its `sha256` is then
    that of its name and the refusal. The rows of files in a folder that cannot be listed are those of before.
    """
    return _inventory_of(lake, list(_look(lake, settings)), _before(lake), progress or Silent())


def _inventory_of(lake: Lake, files: list[_Found], before: pl.DataFrame, progress: Progress) -> Inventory:
    """Build the inventory of the files that were found; see `take_inventory`."""
    known = _known_hashes(before)
    rows, is_complete = [], True
    with progress.task("Listing raw/", len(files), "files") as advance:
        for found in files:
            sha256, refusal = known.get((found.path, found.byte_size, found.modified_ns)), found.refusal
            is_complete = is_complete and not found.may_pass
            advance(1)
            if refusal is None and sha256 is None:
                try:
                    sha256 = hash_file(lake.raw / found.path)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    refusal, is_complete = f"The file cannot be read: {error.strerror}.", False
            if refusal is not None:
                sha256 = _hash_of_refusal(found.path, refusal)
            rows.append((_printable(found.path), sha256, found.byte_size, found.modified_ns, refusal))
    table = pl.DataFrame(rows, schema=INVENTORY.dtypes, orient="row")
    hidden = before.filter(_below([found.path for found in files if found.is_folder], before))
    kept = hidden.join(table, on="path", how="anti")
    return Inventory(pl.concat([table, kept]).sort("path") if kept.height else table, is_complete)


def _below(folders: list[str], table: pl.DataFrame) -> pl.Series:
    """Return whether each row of an inventory is of a file below one of the folders."""
    if not folders:
        return pl.repeat(False, table.height, dtype=pl.Boolean, eager=True)
    roots = {f"{_printable(folder)}/" for folder in folders}
    return pl.Series([_is_below(path, roots) for path in table.get_column("path")], dtype=pl.Boolean)


def _is_below(path: str, roots: set[str]) -> bool:
    return any(path[: end + 1] in roots for end, char in enumerate(path) if char == "/")


def _hash_of_refusal(path: str, refusal: str) -> str:
    return hashlib.sha256(f"{path}\n{refusal}".encode("utf-8", "surrogateescape")).hexdigest()


def _build(run: StageRun) -> Facts:
    """Bring the inventory up to date.

    Raises:
        NothingToReadError: raw/ contains no file.
    """
    lake = run.lake
    files = list(_look(lake, run.settings))
    if not files:
        raise NothingToReadError(
            f"Nothing to read: {lake.raw} contains no files. Put dumps there and run again: {KINDS}."
        )
    before = _before(lake)
    taken = _inventory_of(lake, files, before, run.progress)
    inventory = taken.table
    if not taken.is_complete:
        run.build_again_next_time()
    run.write(INVENTORY, inventory)
    run.report("inventory_complete", len(files), _missing(lake, files, inventory))
    known = _known_hashes(before)
    kept = sum(row in known for row in inventory.select("path", "byte_size", "modified_ns").iter_rows())
    refused = inventory.filter(INVENTORY.columns.refusal.is_not_null())
    return {
        "files": inventory.height,
        "bytes": int(inventory["byte_size"].sum()),
        "hashed": inventory.height - kept - refused.height,
        "refused": refused.height,
    }


def _missing(lake: Lake, files: list[_Found], inventory: pl.DataFrame) -> Iterator[str]:
    """Files that were found but are not in the inventory, though nobody has deleted them meanwhile.

    Only what was found before counts: a dump that arrives meanwhile belongs to the next run.
    """
    known = set(inventory.get_column("path"))
    for found in files:
        if _printable(found.path) not in known and os.path.lexists(lake.raw / found.path):
            yield f"{found.path} is in raw/ but is not in the inventory"


def _before(lake: Lake) -> pl.DataFrame:
    """Return the inventory before; an empty one where there is none."""
    try:
        return lake.read(INVENTORY) if lake.has(INVENTORY) else INVENTORY.empty()
    except LakeError:
        return INVENTORY.empty()  # a damaged inventory costs the hashing, nothing else


def _known_hashes(before: pl.DataFrame) -> dict[tuple[str, int, int], str]:
    """Return the hashes of an inventory, by path, size and time of change."""
    readable = before.filter(pl.col("refusal").is_null())
    rows = readable.select("path", "sha256", "byte_size", "modified_ns").iter_rows()
    return {(path, byte_size, modified_ns): sha256 for path, sha256, byte_size, modified_ns in rows}


def _look(lake: Lake, settings: Settings | None) -> Iterator[_Found]:
    """Yield every file under raw/ in order of name, hidden and temporary ones left out.

    Each folder is read once and each file is looked at once: a listing of 100,000 files takes about a second.

    Raises:
        LakeError: raw/ itself cannot be listed.
    """
    root, found, folders = lake.raw.resolve(), [], [""]
    while folders:
        base = folders.pop()
        try:
            files, below = _look_in(lake, base, root, settings)
        except FileNotFoundError as error:
            if not base:
                raise _cannot_list_raw(lake, error) from error
        except OSError as error:
            if not base:
                raise _cannot_list_raw(lake, error) from error
            refusal = f"The folder cannot be listed: {error.strerror}. What is known of its files is kept."
            found.append(_Found(base.rstrip("/"), 0, 0, refusal, may_pass=True, is_folder=True))
        else:
            found += files
            folders += below
    found.sort()
    yield from found


def _cannot_list_raw(lake: Lake, error: OSError) -> LakeError:
    return LakeError(f"{lake.raw} cannot be listed: {error.strerror}. Allow it and run again.")


def _look_in(lake: Lake, base: str, root: Path, settings: Settings | None) -> tuple[list[_Found], list[str]]:
    """Return the files of one folder, and the folders in it.

    Args:
        lake: The lake.
        base: The folder relative to raw/, with a slash at its end; empty for raw/ itself.
        root: The folder that raw/ is.
        settings: Limits; None to refuse no file for its size.

    Raises:
        OSError: The folder cannot be listed, or does not let its files be looked at.
    """
    files, folders = [], []
    with os.scandir(lake.raw / base) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    folders.append(f"{base}{entry.name}/")
            elif not is_temporary(entry.name):
                one = _look_at(entry, base + entry.name, root, settings)
                if one is not None:
                    files.append(one)
    return files, folders


def _look_at(entry: os.DirEntry[str], path: str, root: Path, settings: Settings | None) -> _Found | None:
    """Return one file or link; None if it vanished, or is a link to a folder that is walked anyway.

    Raises:
        PermissionError: The folder does not let its files be looked at.
    """
    if not path.isascii() and _printable(path) != path:
        return _Found(path, 0, 0, "The file's name is not UTF-8; rename it.")
    try:
        if entry.is_symlink() and (refusal := _why_not_followed(Path(entry.path), root)) is not None:
            return _Found(path, 0, entry.stat(follow_symlinks=False).st_mtime_ns, refusal)
        seen = entry.stat()
    except FileNotFoundError:
        return None
    except PermissionError:
        raise
    except OSError as error:
        return _Found(path, 0, 0, f"The file cannot be looked at: {error.strerror}.", may_pass=True)
    if stat.S_ISDIR(seen.st_mode):
        return None
    refusal = None
    if not stat.S_ISREG(seen.st_mode):
        refusal = "Only plain files are read; this is a pipe, a socket or a device."
    elif settings is not None and seen.st_size > settings.max_dump_bytes:
        refusal = too_large(seen.st_size, settings)
    return _Found(path, seen.st_size, seen.st_mtime_ns, refusal)


def _why_not_followed(link: Path, root: Path) -> str | None:
    """Return why a link is refused; None for one that leads to something in raw/."""
    try:
        target = link.resolve()
    except (OSError, RuntimeError):  # a loop: RuntimeError up to Python 3.12
        return "The link leads nowhere."
    if not target.is_relative_to(root):
        return "A link that leaves raw/ is not followed."
    return None if target.exists() else "The link leads nowhere."


def is_temporary(name: str) -> bool:
    """Return whether a file is hidden or a half-finished copy that some program will rename or delete."""
    return name.startswith(".") or name.endswith(TEMPORARY_ENDINGS)


def _printable(path: str) -> str:
    """Return a path as valid Unicode: bytes that are no UTF-8 become question marks."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


RAW_DUMPS = Stage(
    name="raw_dumps",
    description="List every file under raw/, and hash what is new.",
    reads=(),
    writes=(INVENTORY,),
    version=1,
    build=_build,
    settings=("max_dump_bytes",),
    inputs=lambda context: list_raw(context.lake),
    when_inputs_change="raw/ has changed",
    checks=(
        Check(INVENTORY, "inventory_complete", "Every file that was found under raw/ is in the inventory."),
    ),
    kinds=frozenset({"file"}),
)
