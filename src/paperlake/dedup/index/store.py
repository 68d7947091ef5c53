"""Keep the states of the index in the lake: one JSON file for each commit of the stage that it belongs to.

The index is a cache. A state that is missing, damaged, of another version or of another commit is none, and
the stage is built from nothing.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from paperlake.dedup.index.segment import SUFFIXES, Segment, SegmentWriter, read_arrays
from paperlake.dedup.index.state import DumpSlots, IndexState
from paperlake.errors import PaperlakeError
from paperlake.lake.files import hash_bytes, read_json, write_bytes

# Raise when the files of the index change.
INDEX_VERSION = 1
MAX_NEW_SEGMENTS = 8  # besides the first; then they are merged into one
MAX_NEW_SHARE = 0.25  # of the texts of the first segment; then all are merged into one
_ARRAYS = ("is_gone", "edges", "merged_ids", "merged_papers")
_SLOT_ARRAYS = ("dump_ids", "attributes", "contents", "is_gone")


class IndexStore:
    """The states of the index in a folder."""

    def __init__(self, folder: Path, digest: str) -> None:
        """Name an index.

        Args:
            folder: The folder of its files.
            digest: Of all that its content depends on besides what the stage's fingerprint says.
        """
        self.folder = folder
        self._digest = f"{INDEX_VERSION}-{digest}"

    def load(self, fingerprint: str) -> IndexState | None:
        """Return the state that belongs to a commit; None if there is none that can be used."""
        content = read_json(self._path(fingerprint))
        try:
            if (
                content is None
                or content.pop("sha256") != _hash(content)
                or content["digest"] != self._digest
            ):
                return None
            return self._open(content)
        except (PaperlakeError, OSError, KeyError, TypeError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def _open(self, content: dict[str, Any]) -> IndexState:
        arrays = read_arrays(self.folder / f"{content['arrays']}.npz")
        slots = {name: arrays[f"slot_{name}"] for name in _SLOT_ARRAYS}
        return IndexState(
            segments=[Segment.open(self.folder, name) for name in content["segments"]],
            slots=DumpSlots(**slots, partitions=tuple(content["partitions"])),
            decisions=tuple((one, other, same) for one, other, same in content["decisions"]),
            **{name: arrays[name] for name in _ARRAYS},
        )

    def save(self, state: IndexState, fingerprint: str) -> None:
        """Write the state that belongs to a commit that is to come; the state before it stays."""
        state = self._compacted(state)
        name = uuid4().hex[:16]
        arrays = {one: getattr(state, one) for one in _ARRAYS}
        arrays |= {f"slot_{one}": getattr(state.slots, one) for one in _SLOT_ARRAYS}
        with (self.folder / f"{name}.npz").open("wb") as file:
            np.savez(file, **arrays)
        content = {
            "digest": self._digest,
            "segments": [segment.name for segment in state.segments],
            "arrays": name,
            "partitions": list(state.slots.partitions),
            "decisions": [list(decision) for decision in state.decisions],
        }
        write_bytes(self._path(fingerprint), json.dumps({**content, "sha256": _hash(content)}).encode())

    def _compacted(self, state: IndexState) -> IndexState:
        """Merge segments where there are many, or where the new ones have grown."""
        first, new = state.segments[0], state.segments[1:]
        new_count = sum(segment.text_count for segment in new)
        if new and new_count > first.text_count * MAX_NEW_SHARE:
            merged, kept = state.segments, []
        elif len(new) > MAX_NEW_SEGMENTS:
            merged, kept = new, [first]
        else:
            return state
        writer = SegmentWriter(self.folder, merged[0].first_number)
        segment = writer.merge(merged, state.is_gone, np.flatnonzero(state.slots.is_gone))
        return replace(state, segments=[*kept, segment])

    def prune(self, fingerprint: str) -> None:
        """Delete the files that do not belong to the state of a commit."""
        if not self.folder.is_dir():
            return
        kept = self._path(fingerprint)
        content = read_json(kept) or {}
        names = {f"{content.get('arrays')}.npz", kept.name}
        names |= {f"{segment}{suffix}" for segment in content.get("segments", ()) for suffix in SUFFIXES}
        for path in self.folder.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)

    def _path(self, fingerprint: str) -> Path:
        return self.folder / f"{fingerprint}.json"


def _hash(content: dict[str, Any]) -> str:
    return hash_bytes(json.dumps(content, sort_keys=True).encode())
