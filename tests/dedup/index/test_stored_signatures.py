"""Signatures are read as they were written."""

import numpy as np
import polars.testing
import pytest

from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.index import stored_signatures
from paperlake.dedup.index.row_file import RowFile, RowWriter
from paperlake.dedup.index.stored_signatures import decode, encode
from paperlake.errors import DamagedFileError
from paperlake.settings import Settings
from tests.dedup.blocking.test_candidates import TEXTS


def test_signatures_are_read_as_they_were_written(tmp_path, monkeypatch):
    monkeypatch.setattr(stored_signatures, "CHUNK_TEXTS", 7)
    texts = TEXTS.head(20).vstack(TEXTS.head(3).with_columns(abstract=None))
    signatures = compute_signatures(texts, Settings())
    path = tmp_path / "x"
    with path.open("wb") as file:
        writer = RowWriter(file)
        for content, sizes in encode(signatures):
            writer.add(content, sizes)
    arrays = writer.arrays("s")
    rows = RowFile(path, arrays["s_offsets"], arrays["s_crcs"])
    chosen = np.array([22, 0, 7, 13])
    polars.testing.assert_frame_equal(decode(rows.read(chosen)), signatures[chosen])
    content = bytearray(path.read_bytes())
    content[arrays["s_offsets"][7] + 9] ^= 1
    path.write_bytes(content)
    rows = RowFile(path, arrays["s_offsets"], arrays["s_crcs"])
    rows.read(np.array([6, 8]))
    with pytest.raises(DamagedFileError):
        rows.read(np.array([7]))
