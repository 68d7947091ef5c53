"""Settings of reading dumps: the limits above which a dump, a page or a record is rejected."""

from __future__ import annotations

from pydantic import BaseModel, Field

from paperlake.settings.units import MEGABYTE


class DumpSettings(BaseModel):
    """Settings of reading dumps: the limits above which a dump, a page or a record is rejected."""

    max_dump_bytes: int = Field(
        16_384 * MEGABYTE, gt=0, description="A larger dump is rejected whole, in bytes as stored."
    )
    max_decompressed_bytes: int = Field(
        32_768 * MEGABYTE, gt=0, description="A dump that decompresses to more is rejected whole, in bytes."
    )
    max_whole_bytes: int = Field(
        512 * MEGABYTE,
        gt=0,
        description="A larger page, listing or daily answer is rejected whole, in bytes.",
    )
    max_line_chars: int = Field(
        1 * MEGABYTE, gt=0, description="A longer line of a text dump is a reject, in characters."
    )
    max_json_depth: int = Field(100, gt=0, description="JSON that nests deeper is rejected, in levels.")
    max_xml_record_bytes: int = Field(
        8 * MEGABYTE, gt=0, description="A longer record of XML is a reject, in bytes."
    )
    max_dump_entries: int = Field(20_000_000, gt=0, description="A dump of more entries is rejected whole.")
