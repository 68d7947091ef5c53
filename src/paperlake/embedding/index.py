"""Map each text hash to the part and row of the vector store that contain its vector.

An index is built from the hashes of all parts and never changed; `store.py` builds a new one when parts
change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class VectorIndex:
    """The place of each vector of a store."""

    places: pl.DataFrame
    """Columns text_hash, part (the name of a file) and row; each text hash once."""

    @classmethod
    def build(cls, parts: Iterable[tuple[str, list[str]]]) -> VectorIndex:
        """Index parts given as pairs of name and text hashes; of equal hashes the first one counts."""
        frames = [pl.DataFrame(schema={"text_hash": pl.String, "part": pl.String, "row": pl.UInt32})]
        for name, hashes in parts:
            frames.append(
                pl.DataFrame({"text_hash": hashes}, {"text_hash": pl.String})
                .with_columns(part=pl.lit(name))
                .with_row_index("row")
                .select("text_hash", "part", "row")
            )
        return cls(pl.concat(frames).unique("text_hash", keep="first", maintain_order=True))

    def missing(self, hashes: Sequence[str]) -> list[str]:
        """Return those of `hashes` that have no vector, each once, in the order of first appearance."""
        wanted = pl.DataFrame({"text_hash": pl.Series(hashes, dtype=pl.String)})
        wanted = wanted.unique("text_hash", keep="first", maintain_order=True)
        absent = wanted.join(self.places, on="text_hash", how="anti", maintain_order="left")
        return absent["text_hash"].to_list()

    def locate(self, hashes: Sequence[str]) -> pl.DataFrame:
        """Return the columns place (index into `hashes`), text_hash, part and row of those that are known."""
        wanted = pl.DataFrame({"text_hash": pl.Series(hashes, dtype=pl.String)}).with_row_index("place")
        return wanted.join(self.places, on="text_hash", how="inner")
