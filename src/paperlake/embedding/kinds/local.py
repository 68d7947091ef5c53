"""Tokenise and batch texts for the kinds that run a model in this process, and count the work.

Texts are truncated and tokenised in windows, in parallel with the model; a batch contains texts of like
length, up to a budget of tokens. On a GPU several batches are under way, so that it need not wait for the
next. An `Encoder` (torch, OpenVINO, NumPy) does the arithmetic.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from tokenizers import Tokenizer

from paperlake.embedding.kinds.model_folder import ModelFolder
from paperlake.embedding.protocol import EmbeddingFacts, Role, ignore_advance
from paperlake.errors import ModelError
from paperlake.progress import Advance
from paperlake.vectors.arrays import Ints, Vectors

WINDOW_TEXTS = 1024  # tokenised at once, while the model computes the previous window


class OutOfMemoryError(ModelError):
    """The device has no memory for a batch; it is encoded in halves instead."""


@dataclass(frozen=True)
class Batch:
    """Texts of like length, ready for a model."""

    rows: list[int]
    """Indices of the texts, and of the rows that their vectors go to."""
    ids: Ints
    """Token ids of shape (texts, longest), padded on the right."""
    mask: Ints
    """1 for tokens, 0 for padding, of the same shape."""

    def halves(self) -> tuple[Batch, Batch]:
        """Split the batch into two of half the texts."""
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
    """The best number of padded tokens in one batch."""
    in_flight: int
    """How many batches to encode at a time, each in a thread of its own."""
    packs: bool
    """Whether padding is left out of the computation."""

    def encode(self, batch: Batch) -> Vectors:
        """Compute pooled vectors of unit length, of shape (texts, dimension).

        Raises:
            OutOfMemoryError: The device has no memory for the batch.
        """
        ...


class LocalEmbedder:
    """An embedder that runs a model in this process; see `Embedder`."""

    def __init__(
        self, kind: str, model: ModelFolder, load: Callable[[], Encoder], batch_tokens: int | None = None
    ) -> None:
        """Describe the embedder; nothing is loaded yet.

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
        self._load = load
        self._batch_tokens = batch_tokens
        self._encoder: Encoder | None = None
        self._tokenizer: Tokenizer | None = None

    def embed(
        self, texts: Sequence[str], advance: Advance = ignore_advance, role: Role = "paper"
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`; see `Embedder`."""
        encoder, tokenizer = self._loaded()
        started = time.monotonic()
        budget = self._batch_tokens or encoder.batch_tokens
        prompt = self.model.query_prompt if role == "query" else self.model.paper_prompt
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_count = padded_count = truncated_count = 0

        def all_batches() -> Iterator[Batch]:
            nonlocal truncated_count, token_count
            for window in _windows(tokenizer, [prompt + text for text in texts] if prompt else texts):
                truncated_count += window.truncated_count
                for batch in batches(window.rows, window.ids, budget, self.model.pad_token_id):
                    token_count += int(batch.mask.sum())
                    yield batch

        for done in _encode_all(encoder, all_batches()):
            padded_count += done.padded
            vectors[done.rows] = _truncated(done.vectors, self.dimension)
            advance(len(done.rows))
        facts = EmbeddingFacts(
            text_count=len(texts),
            token_count=token_count,
            padded_token_count=padded_count,
            truncated_count=truncated_count,
            seconds=time.monotonic() - started,
            device=encoder.device,
            dtype=encoder.dtype,
            library=encoder.library,
        )
        return vectors, facts

    def _loaded(self) -> tuple[Encoder, Tokenizer]:
        """Return the model and its tokenizer, loaded by the first call."""
        if self._encoder is None or self._tokenizer is None:
            self._tokenizer = load_tokenizer(self.model)
            self._encoder = self._load()
        return self._encoder, self._tokenizer


def load_tokenizer(model: ModelFolder) -> Tokenizer:
    """Load the model's tokenizer, truncating at the model's limit.

    The file's own truncation and padding are replaced: MiniLM's file says 128 tokens, its authors use 256.

    Raises:
        ModelError: The folder has no tokenizer.json.
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
    """Tokenise windows of texts of like length, each while the previous one is in use."""
    # Longest first, so that a lack of memory appears at once.
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
    """Yield batches of at most `budget` tokens with padding; a single longer text is a batch of its own.

    Args:
        rows: The row of each text's vector.
        ids: Token ids of each text.
        budget: Tokens.
        pad_token_id: The token that shorter texts are padded with.
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


def _truncated(vectors: Vectors, dimension: int) -> Vectors:
    """Return the first numbers of vectors, of unit length again (Matryoshka, Kusupati et al. 2022)."""
    if dimension == vectors.shape[1]:
        return vectors
    kept = vectors[:, :dimension]
    lengths = np.linalg.norm(kept, axis=1, keepdims=True)
    unit: Vectors = kept / np.maximum(lengths, np.float32(1e-12))
    return unit


@dataclass(frozen=True)
class _Done:
    rows: list[int]
    vectors: Vectors
    padded: int


def _encode_all(encoder: Encoder, found: Iterator[Batch]) -> Iterator[_Done]:
    """Encode batches, in their order, as many at a time as the encoder wants."""
    if encoder.in_flight == 1:
        for batch in found:
            yield from _encode(encoder, batch)
        return
    running: deque[tuple[Batch, Future[_Done | None]]] = deque()
    with ThreadPoolExecutor(encoder.in_flight) as pool:
        for batch in found:
            running.append((batch, pool.submit(_encode_whole, encoder, batch)))
            if len(running) > encoder.in_flight:
                yield from _first_done(encoder, running)
        while running:
            yield from _first_done(encoder, running)


def _first_done(encoder: Encoder, running: deque[tuple[Batch, Future[_Done | None]]]) -> Iterator[_Done]:
    """Take the first batch of those under way; divide it, while none is, if it did not fit beside them."""
    batch, future = running.popleft()
    done = future.result()
    if done is not None:
        yield done
        return
    wait([other for _, other in running])
    yield from _encode(encoder, batch)


def _encode(encoder: Encoder, batch: Batch) -> Iterator[_Done]:
    """Encode a batch, in halves if the device has no memory for all of it.

    Raises:
        OutOfMemoryError: The device has no memory for a single text.
    """
    waiting = [batch]
    while waiting:
        one = waiting.pop()
        if len(one.rows) == 1:
            yield _encoded(encoder, one)
            continue
        done = _encode_whole(encoder, one)
        if done is None:
            waiting.extend(reversed(one.halves()))
        else:
            yield done


def _encode_whole(encoder: Encoder, batch: Batch) -> _Done | None:
    """Encode a batch; None if the device has no memory for it.

    The error is not kept: its traceback holds what was computed until then, in the memory that is short.
    """
    try:
        return _encoded(encoder, batch)
    except OutOfMemoryError:
        return None


def _encoded(encoder: Encoder, batch: Batch) -> _Done:
    vectors = encoder.encode(batch)
    return _Done(batch.rows, vectors, int(batch.mask.sum()) if encoder.packs else batch.ids.size)
