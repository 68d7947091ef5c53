"""A segment of the index: what is known of some texts and of some entries, in files that never change.

A run adds a segment of its new texts and entries; texts that leave are only marked (`state.py`). This is a
log-structured merge: O'Neil and others, The log-structured merge-tree, 1996.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import numpy as np
import polars as pl

from paperlake.dedup.blocking.block_keys import BLOCK_LAYOUT, RULES, BlockingRule
from paperlake.dedup.blocking.signatures import SIGNATURE_COLUMNS
from paperlake.dedup.index.arrays import SEPARATOR, equal_ranges, ids_to_numbers, ranges
from paperlake.dedup.index.key_file import KeyFile, KeyWriter
from paperlake.dedup.index.row_file import RowFile, RowWriter
from paperlake.dedup.index.stored_signatures import decode, encode
from paperlake.dedup.text.ascii_words import buffers
from paperlake.errors import DamagedFileError
from paperlake.vectors.arrays import Flags, Hashes, Ints

KEYS, SIGNATURES, TITLES, ARRAYS = ".keys", ".signatures", ".titles", ".npz"
_AUTHORS_SEED = 12
SUFFIXES = (KEYS, SIGNATURES, TITLES, ARRAYS)


def author_keys(texts: pl.DataFrame) -> Hashes:
    """Return a hash of the authors of each text."""
    joined = pl.col("authors").list.join(SEPARATOR, ignore_nulls=True)
    keys: Hashes = texts.select(joined.hash(_AUTHORS_SEED)).to_series().to_numpy()
    return keys


@dataclass(frozen=True)
class IndexedEntries:
    """Entries of a segment, sorted by entry_id."""

    entry_ids: Hashes
    slots: Ints
    """The place of each entry's dump in the list of dumps."""
    entry_numbers: Ints
    identity_offsets: Ints
    identities: Hashes
    """Hashes of the identifiers of each entry, end to end."""

    @classmethod
    def of(cls, entry_ids: Hashes, slots: Ints, entry_numbers: Ints, identities: pl.Series) -> IndexedEntries:
        """Sort entries; `identities` is a list of hashes for each."""
        order = np.argsort(entry_ids, kind="stable")
        sizes = identities.list.len().fill_null(0).to_numpy().astype(np.int64)
        flat = identities.explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.uint64)
        starts = np.cumsum(sizes) - sizes
        return cls(
            entry_ids[order],
            slots[order],
            entry_numbers[order],
            np.concatenate([[0], np.cumsum(sizes[order])]).astype(np.int64),
            flat[ranges(starts[order], sizes[order])],
        )

    def take(self, rows: Ints) -> tuple[Hashes, Ints, Ints]:
        """Return entry_id, slot and entry_number of some rows."""
        return self.entry_ids[rows], self.slots[rows], self.entry_numbers[rows]

    def identities_of(self, rows: Ints) -> Hashes:
        """Return the identities of some rows."""
        starts = self.identity_offsets[rows]
        return self.identities[ranges(starts, self.identity_offsets[rows + 1] - starts)]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays, and the entries by identity, by name."""
        order = np.argsort(self.identities, kind="stable")
        owners = np.repeat(self.entry_ids, np.diff(self.identity_offsets))
        return {
            "e_ids": self.entry_ids, "e_slots": self.slots.astype(np.uint32),
            "e_numbers": self.entry_numbers.astype(np.uint32),
            "e_offsets": self.identity_offsets, "e_identities": self.identities,
            "i_identities": self.identities[order], "i_ids": owners[order],
        }  # fmt: skip


class SegmentWriter:
    """Writes the files of one segment; they are part of the index when its state names them."""

    def __init__(self, folder: Path, first_number: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = uuid4().hex[:16]
        self._folder = folder
        self._first_number = first_number
        self._files = ExitStack()
        self._keys = KeyWriter(self._files.enter_context(self._path(KEYS).open("wb")))
        self._texts: dict[str, np.ndarray] = {}

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self.name}{suffix}"

    def add_keys(self, rule: BlockingRule, packed: Hashes) -> None:
        """Append keys of a rule, sorted, rule by rule."""
        self._keys.add(rule.name, packed)

    def add_texts(self, texts: pl.DataFrame, signatures: pl.DataFrame) -> None:
        """Write all texts, in the order of their numbers, and their signatures."""
        rows = RowWriter(self._files.enter_context(self._path(SIGNATURES).open("wb")))
        titles = RowWriter(self._files.enter_context(self._path(TITLES).open("wb")))
        for content, sizes in encode(signatures):
            rows.add(content, sizes)
        if texts.height:
            letters, offsets = buffers(texts["title"].rechunk())
            titles.add(letters[offsets[0] : offsets[-1]], np.diff(offsets))
        self._texts = {
            "t_ids": ids_to_numbers(texts["entry_id"]), "t_authors": author_keys(texts),
            "t_keys": signatures["text_key"].to_numpy(),
            **rows.arrays("signatures"), **titles.arrays("titles"),
        }  # fmt: skip

    def finish(self, entries: IndexedEntries) -> Segment:
        """Write the entries, after keys and texts, and open the segment."""
        self._files.close()
        return self._seal(self._texts | entries.arrays())

    def merge(self, segments: list[Segment], dead: Flags, dead_slots: Ints) -> Segment:
        """Write what several segments of consecutive numbers hold, but for keys and entries that are gone.

        Args:
            segments: The segments.
            dead: Flags, by number of text, of the texts that are gone.
            dead_slots: The dumps that are gone.
        """
        with self._files:
            for rule in RULES:
                packed = np.sort(
                    np.concatenate([one.keys.whole(rule.name) for one in segments]), kind="stable"
                )
                self.add_keys(rule, packed[~dead[BLOCK_LAYOUT.unpack(packed, "text").astype(np.int64)]])
            arrays = {name: np.concatenate([one.arrays[name] for one in segments]) for name in _PER_TEXT}
            for name, suffix in (("signatures", SIGNATURES), ("titles", TITLES)):
                ends, size = [np.zeros(1, np.int64)], 0
                with self._path(suffix).open("wb") as file:
                    for one in segments:
                        file.write(one.path(suffix).read_bytes())
                        ends.append(one.arrays[f"{name}_offsets"][1:] + size)
                        size += int(one.arrays[f"{name}_offsets"][-1])
                arrays[f"{name}_offsets"] = np.concatenate(ends)
        return self._seal(arrays | _merged_entries(segments, dead_slots).arrays())

    def _seal(self, arrays: dict[str, np.ndarray]) -> Segment:
        arrays = {"first_number": np.array([self._first_number]), **arrays, **self._keys.arrays()}
        with self._path(ARRAYS).open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        return Segment(self._folder, self.name, arrays)

    def discard(self) -> None:
        """Delete what was written."""
        self._files.close()
        for suffix in SUFFIXES:
            self._path(suffix).unlink(missing_ok=True)


_PER_TEXT = ("t_ids", "t_authors", "t_keys", "signatures_crcs", "titles_crcs")


def _merged_entries(segments: list[Segment], dead_slots: Ints) -> IndexedEntries:
    kept = [np.flatnonzero(~np.isin(one.entries.slots, dead_slots)) for one in segments]
    rows = [one.entries.take(some) for one, some in zip(segments, kept, strict=True)]
    offsets = [one.entries.identity_offsets for one in segments]
    sizes = np.concatenate([np.diff(of)[some] for of, some in zip(offsets, kept, strict=True)])
    flat = np.concatenate([one.entries.identities_of(some) for one, some in zip(segments, kept, strict=True)])
    ids, slots, numbers = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    order = np.argsort(ids, kind="stable")
    starts = np.cumsum(sizes) - sizes
    return IndexedEntries(
        ids[order], slots[order], numbers[order],
        np.concatenate([[0], np.cumsum(sizes[order])]).astype(np.int64),
        flat[ranges(starts[order], sizes[order])],
    )  # fmt: skip


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read an archive of arrays, whose CRCs are verified.

    Raises:
        OSError, ValueError, EOFError, zipfile.BadZipFile: It is missing or damaged.
    """
    with path.open("rb") as file, np.load(file) as archive:
        return dict(archive)


class Segment:
    """The files of one segment, opened."""

    def __init__(self, folder: Path, name: str, arrays: dict[str, np.ndarray]) -> None:
        self.folder, self.name, self.arrays = folder, name, arrays
        self.first_number = int(arrays["first_number"][0])
        self.entry_ids: Hashes = arrays["t_ids"]
        self.keys = KeyFile(self.path(KEYS), arrays)
        self._signatures = self._rows("signatures", SIGNATURES)
        self._titles = self._rows("titles", TITLES)
        self.entries = IndexedEntries(
            arrays["e_ids"], arrays["e_slots"].astype(np.int64), arrays["e_numbers"].astype(np.int64),
            arrays["e_offsets"], arrays["e_identities"],
        )  # fmt: skip

    @classmethod
    def open(cls, folder: Path, name: str) -> Segment:
        """Open a segment; the arrays are verified by the CRCs of the archive.

        Raises:
            DamagedFileError: A file of it is missing or damaged.
        """
        path = folder / f"{name}{ARRAYS}"
        try:
            return cls(folder, name, read_arrays(path))
        except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
            raise DamagedFileError(path, f"is missing or damaged ({error}).") from error

    def path(self, suffix: str) -> Path:
        """Return the path of one of its files."""
        return self.folder / f"{self.name}{suffix}"

    def _rows(self, name: str, suffix: str) -> RowFile:
        return RowFile(self.path(suffix), self.arrays[f"{name}_offsets"], self.arrays[f"{name}_crcs"])

    @property
    def text_count(self) -> int:
        """Return the number of its texts, gone ones among them."""
        return len(self.entry_ids)

    @cached_property
    def _order(self) -> Ints | None:
        """The order of the entry_ids; None if they are sorted, as in a segment of all texts."""
        is_sorted = bool((self.entry_ids[1:] >= self.entry_ids[:-1]).all())
        return None if is_sorted else np.argsort(self.entry_ids, kind="stable")

    @cached_property
    def _ordered_ids(self) -> Hashes:
        return self.entry_ids if self._order is None else self.entry_ids[self._order]

    def numbers_of(self, entry_ids: Hashes) -> Ints:
        """Return the numbers of all texts of some entry_ids, gone ones among them."""
        places = ranges(*equal_ranges(self._ordered_ids, entry_ids))
        return self.first_number + (places if self._order is None else self._order[places])

    def holds(self, numbers: Ints) -> Ints:
        """Return the places of the numbers that are of this segment."""
        return np.flatnonzero(
            (numbers >= self.first_number) & (numbers < self.first_number + self.text_count)
        )

    def entries_of(self, entry_ids: Hashes) -> Ints:
        """Return the rows of the entries of some entry_ids."""
        return ranges(*equal_ranges(self.entries.entry_ids, entry_ids))

    def with_identities(self, identities: Hashes) -> Hashes:
        """Return the entry_ids of the entries that have one of some identities."""
        ids: Hashes = self.arrays["i_ids"][ranges(*equal_ranges(self.arrays["i_identities"], identities))]
        return ids

    def read(self, numbers: Ints) -> pl.DataFrame:
        """Return the signatures and titles of some texts.

        Raises:
            DamagedFileError: One of them is damaged.
        """
        rows = numbers - self.first_number
        titles = pl.Series("title", [title.decode() for title in self._titles.read(rows)], dtype=pl.String)
        return decode(self._signatures.read(rows)).select(*SIGNATURE_COLUMNS).with_columns(titles)


def parts_of(segments: list[Segment], numbers: Ints) -> Iterator[tuple[Segment, Ints]]:
    """Yield each segment with the places of the numbers that it holds."""
    for segment in segments:
        places = segment.holds(numbers)
        if len(places):
            yield segment, places
