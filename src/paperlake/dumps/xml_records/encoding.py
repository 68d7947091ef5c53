"""Bytes of an XML file as UTF-8: by its byte order mark or its declaration, in a stream.

A byte that its encoding does not allow stays invalid in the result, so that it costs its own record only.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.reading import DumpError

DECLARATION_BYTES = 1024  # within which the declaration ends

_DECLARED = re.compile(rb"""\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
# Of two bytes a character; without a mark the declaration tells (XML 1.0, appendix F).
_WIDE = {
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\0?\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
}
_UTF8 = frozenset({"utf-8", "ascii", "utf-8-sig"})  # ASCII is a part of UTF-8
# Code pages in which `<` and `>` are their own bytes; no codec that compresses or executes.
_READ = re.compile(r"iso8859-\d+|cp(?:125\d|437|850|866|932|936|949|950)|koi8-[ru]|gb2312|gbk|gb18030|big5|"
                   r"euc_(?:jp|kr)|shift_jis|mac-roman")  # fmt: skip


def utf8_chunks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the chunks of an XML file as UTF-8, without a byte order mark.

    Raises:
        DumpError: The declaration names an encoding that is not read.
    """
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= DECLARATION_BYTES:
            break
    encoding = encoding_of(first)
    if encoding is None:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    # Strict for UTF-16 would end the whole dump at one lone surrogate.
    decoder = codecs.getincrementaldecoder(encoding)("replace" if "16" in encoding else "surrogateescape")
    for chunk in chain([first], chunks):
        yield decoder.decode(chunk).removeprefix("\ufeff").encode("utf-8", "surrogateescape")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")


def encoding_of(head: bytes) -> str | None:
    """Return the codec of a file that begins with `head`; None for UTF-8.

    Raises:
        DumpError: The declaration names an encoding that is not read.
    """
    wide = next((name for mark, name in _WIDE.items() if head.startswith(mark)), None)
    if wide is not None:
        return wide
    declared = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8), 0, DECLARATION_BYTES)
    if declared is None:
        return None
    name = declared[1].decode()
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if codec in _UTF8 or codec.startswith("utf-16"):  # in two bytes the declaration would not have matched
        return None
    if _READ.fullmatch(codec) is None:
        raise DumpError(
            f"The XML declares the encoding {name}, which is not read. Convert the dump to UTF-8.",
            RejectCode.DAMAGED_TEXT,
        )
    return codec


def utf8_head(head: bytes) -> bytes:
    """Return the head of an XML file as UTF-8, for detection; empty if its encoding is not read."""
    try:
        return b"".join(utf8_chunks(iter([head])))
    except DumpError:
        return b""
