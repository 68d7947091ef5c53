"""What the kinds that run a model in this process share: tokens, batches, order, and the count of it all.

Texts are cut and tokenised in windows, in parallel with the model; batches hold texts of like length, up
to a budget of tokens. An `Encoder` (torch, OpenVINO) does the arithmetic.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from paperlake.embedding.kinds.model_folder import ModelFolder
from paperlake.embedding.protocol import EmbeddingFacts, Role, Vectors, ignore_advance
from paperlake.errors import ModelError
from paperlake.progress import Advance

WINDOW_TEXTS = 1024  # tokenised at once, while the model works on the window before

Tokens = npt.NDArray[np.int64]


class OutOfMemoryError(ModelError):
    """The device could not hold a batch; it is tried again in halves."""


@dataclass(frozen=True)
class Batch:
    """Texts of like length, ready for a model."""

    rows: list[int]
    """Where their vectors belong."""
    ids: Tokens
    """Token ids, (texts, longest), padded on the right."""
    mask: Tokens
    """1 for tokens, 0 for padding."""

    def halves(self) -> tuple[Batch, Batch]:
        """The same texts in two batches."""
        middle = len(self.rows) // 2
        first, second = slice(middle), slice(middle, None)
        return (
            Batch(self.rows[first], self.ids[first], self.mask[first]),
            Batch(self.rows[second], self.ids[second], self.mask[second]),
        )


class Encoder(Protocol):
    """A loaded model."""

    device: str
    dtype: str
    library: str
    batch_tokens: int
    """Padded tokens of one batch that suit it."""

    def encode(self, batch: Batch) -> Vectors:
        """Pooled vectors of unit length; raises OutOfMemoryError when the device cannot hold the batch."""
        ...


class LocalEmbedder:
    """An embedder that runs a model in this process; see `Embedder`."""

    def __init__(
        self, kind: str, model: ModelFolder, load: Callable[[], Encoder], batch_tokens: int | None = None
    ) -> None:
        """Make it without loading anything.

        Args:
            kind: Its name in the registry.
            model: The model's folder.
            load: Loads the model; called by the first `embed`.
            batch_tokens: Padded tokens of one batch; the encoder's own choice if None.
        """
        self.kind = kind
        self.model = model
        self.model_id = model.model_id
        self.dimension = model.dimension
        self.max_tokens = model.max_tokens
        self.facts = EmbeddingFacts()
        self._load = load
        self._batch_tokens = batch_tokens
        self._encoder: Encoder | None = None
        self._tokenizer: Tokenizer | None = None

    def embed(self, texts: Sequence[str], advance: Advance = ignore_advance, role: Role = "paper") -> Vectors:
        """Vectors of `texts`; see `Embedder`."""
        encoder, tokenizer = self._loaded()
        started = time.monotonic()
        budget = self._batch_tokens or encoder.batch_tokens
        prompt = self.model.query_prompt if role == "query" else self.model.paper_prompt
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_count = padded_count = truncated_count = 0
        for window in _windows(tokenizer, [prompt + text for text in texts] if prompt else texts):
            truncated_count += window.truncated_count
            for batch in batches(window.rows, window.ids, budget, self.model.pad_token_id):
                token_count += int(batch.mask.sum())
                for done in _encode(encoder, batch):
                    padded_count += done.padded
                    vectors[done.rows] = done.vectors
                    advance(len(done.rows))
        self.facts = EmbeddingFacts(
            text_count=len(texts),
            token_count=token_count,
            padded_token_count=padded_count,
            truncated_count=truncated_count,
            seconds=time.monotonic() - started,
            device=encoder.device,
            dtype=encoder.dtype,
            library=encoder.library,
        )
        return vectors

    def _loaded(self) -> tuple[Encoder, Tokenizer]:
        if self._encoder is None or self._tokenizer is None:
            self._tokenizer = load_tokenizer(self.model)
            self._encoder = self._load()
        return self._encoder, self._tokenizer


def load_tokenizer(model: ModelFolder) -> Tokenizer:
    """The model's tokenizer, cutting at the model's limit.

    The file's own truncation and padding are replaced: MiniLM's say 128 tokens, its makers use 256.

    Raises:
        ModelError: The folder holds no tokenizer.json.
    """
    path: Path = model.path / "tokenizer.json"
    if not path.exists():
        raise ModelError(f"The model {model.path} has no tokenizer.json. Save it with a fast tokenizer.")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(model.max_tokens)
    tokenizer.no_padding()
    return tokenizer


@dataclass(frozen=True)
class _Window:
    rows: list[int]
    ids: list[list[int]]
    truncated_count: int


def _windows(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[_Window]:
    """Tokenise windows of texts of like length, each while the one before is in use."""
    # Longest first, so that a lack of memory shows at once.
    order = sorted(range(len(texts)), key=lambda row: (-len(texts[row]), row))
    spans = [order[start : start + WINDOW_TEXTS] for start in range(0, len(order), WINDOW_TEXTS)]

    def tokenise(rows: list[int]) -> _Window:
        encodings = tokenizer.encode_batch([texts[row] for row in rows])
        truncated = sum(1 for encoding in encodings if encoding.overflowing)
        return _Window(rows, [encoding.ids for encoding in encodings], truncated)

    with ThreadPoolExecutor(max_workers=1) as pool:
        upcoming = pool.submit(tokenise, spans[0]) if spans else None
        for number in range(len(spans)):
            assert upcoming is not None  # noqa: S101  # one is submitted for each span
            window = upcoming.result()
            upcoming = pool.submit(tokenise, spans[number + 1]) if number + 1 < len(spans) else None
            yield window


def batches(rows: list[int], ids: list[list[int]], budget: int, pad_token_id: int) -> Iterator[Batch]:
    """Batches of at most `budget` tokens, padding included (a single longer text makes its own).

    Args:
        rows: Where each text's vector belongs.
        ids: Token ids of each text.
        budget: Tokens.
        pad_token_id: What fills the ends of shorter texts.
    """
    order = sorted(range(len(rows)), key=lambda at: (-len(ids[at]), rows[at]))
    start = 0
    while start < len(order):
        longest = max(len(ids[order[start]]), 1)
        chosen = order[start : start + max(budget // longest, 1)]
        start += len(chosen)
        padded = np.full((len(chosen), longest), pad_token_id, np.int64)
        mask = np.zeros_like(padded)
        for place, at in enumerate(chosen):
            padded[place, : len(ids[at])] = ids[at]
            mask[place, : len(ids[at])] = 1
        yield Batch([rows[at] for at in chosen], padded, mask)


@dataclass(frozen=True)
class _Done:
    rows: list[int]
    vectors: Vectors
    padded: int


def _encode(encoder: Encoder, batch: Batch) -> Iterator[_Done]:
    """Encode a batch, in halves if the device has no memory for the whole."""
    try:
        vectors = encoder.encode(batch)
    except OutOfMemoryError:
        if len(batch.rows) == 1:
            raise
        for half in batch.halves():
            yield from _encode(encoder, half)
        return
    yield _Done(batch.rows, vectors, batch.ids.size)
