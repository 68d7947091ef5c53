"""Mutations of dumps for the fuzz of the readers: bytes, cuts, splices, repetition, numbers, nesting."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

MAX_BYTES = 200_000  # of a mutated dump
NUMBERS = (
    b"0", b"-1", b"9" * 25, b"1e999", b"-0.0", b"NaN", b"18446744073709551616", b"1" * 5_000, b"31", b"2100",
    b"9999", b"0000",
)  # fmt: skip
TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\\ud800", b"\\u0000", "\u202e".encode(), b"\r", b"\r\n", b"\n\n",
    b"\x0c", b'"', b"\\", b"{", b"}", b"[", b"]", b"<", b">", b"&#x110000;", b"null", b"true", b"'", b"---\n",
    b"###", "\u2028".encode(), "\U0001f600".encode(), b" " * 300, b"a" * 3_000, b"\xc3\x28", b"1 author", b"Mar 6",
    b"Mon, 2 Apr 99999999999999999999 19:18:42 GMT", b"2024-13-45T99:00:00Z",
)  # fmt: skip
OPENING = (b"[", b'{"a":', b'[{"x":', b"<div>", b"<article>", b"> ", b"- ", b"(")
_DIGITS = re.compile(rb"\d+")

Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]


def flip_bytes(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Change up to eight bytes."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def cut(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Remove a piece, often the end."""
    start = draw.randint(0, len(content))
    return (
        content[:start]
        if draw.random() < 0.4
        else content[:start] + content[draw.randint(start, len(content)) :]
    )


def splice(draw: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    """Put a piece of another dump in."""
    other = draw.choice(seeds)
    start = draw.randint(0, len(other))
    place = draw.randint(0, len(content))
    return content[:place] + other[start : start + draw.randint(1, 2_000)] + content[place:]


def repeat(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Repeat a piece."""
    start = draw.randint(0, len(content))
    end = min(len(content), start + draw.randint(1, 500))
    return content[:end] + content[start:end] * draw.choice([1, 1, 2, 30]) + content[end:]


def shuffle_lines(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Swap, drop or double lines."""
    lines = content.split(b"\n")
    for _ in range(draw.randint(1, 5)):
        one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
        lines[one], lines[two] = lines[two], lines[one] if draw.random() < 0.7 else b""
    return b"\n".join(lines)


def change_number(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Replace a number."""
    found = list(_DIGITS.finditer(content))
    if not found:
        return content + draw.choice(NUMBERS)
    match = draw.choice(found)
    return content[: match.start()] + draw.choice(NUMBERS) + content[match.end() :]


def insert_token(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Insert what formats give a meaning to."""
    place = draw.randint(0, len(content))
    return content[:place] + draw.choice(TOKENS) + content[place:]


def nest(draw: random.Random, content: bytes, _seeds: list[bytes]) -> bytes:
    """Open many levels somewhere."""
    place = draw.randint(0, len(content))
    return content[:place] + draw.choice(OPENING) * draw.choice([3, 150, 3_000]) + content[place:]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bytes, cut, splice, repeat, shuffle_lines, change_number, insert_token, nest,
)  # fmt: skip


def mutate(draw: random.Random, content: bytes, seeds: list[bytes]) -> bytes:
    """Return a dump after one to four mutations."""
    for _ in range(draw.choice([1, 1, 2, 3, 4])):
        content = draw.choice(MUTATIONS)(draw, content, seeds)[:MAX_BYTES]
    return content
