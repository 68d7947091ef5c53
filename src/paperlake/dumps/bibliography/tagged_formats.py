"""The tagged formats: how a line states its tag, where a record begins and ends, and what the tags mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rispy import RisParser

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.field_names import PaperField


@dataclass(frozen=True)
class TaggedFormat:
    """One format in which each line begins with a tag, or continues the field before it."""

    name: DumpFormat
    tag: re.Pattern[str]
    """Matches the beginning of a line with a tag, which is its first group."""
    begins: frozenset[str]
    """Tags with which a record begins."""
    kind: re.Pattern[str]
    """Matches the value of the first record's tag of beginning: evidence for the format."""
    fields: Mapping[PaperField, tuple[str, ...]]
    """Tags of each field, in order of preference."""
    dates: tuple[tuple[str, ...], ...]
    """Tags of the date, in order of preference: one tag, or those of year and month with day."""
    end: str | None = None
    """Tag with which a record ends; None if the next record ends it."""
    furniture: frozenset[str] = frozenset()
    """Tags of lines between records."""
    continues: re.Pattern[str] = field(default=re.compile(r"[ \t]+\S"))
    """Matches a line that continues the field before it."""
    lists: frozenset[str] = frozenset()
    """Tags whose lines of continuation are values of their own."""
    marks: frozenset[str] = frozenset()
    """Tags of which a record of the head has at least two: evidence for the format."""
    known: frozenset[str] = frozenset()
    """Tags that the format defines; empty if any may stand there."""


RIS = TaggedFormat(
    name=DumpFormat.RIS,
    tag=re.compile(r"\s*([A-Z][A-Z0-9])  ?-(?:\s|$)"),
    begins=frozenset({"TY"}),
    kind=re.compile(r"[A-Za-z]{3,8}$"),
    end="ER",
    fields={
        PaperField.TITLE: ("TI", "T1", "CT", "BT"),
        PaperField.ABSTRACT: ("AB", "N2"),
        PaperField.AUTHORS: ("AU", "A1"),
        PaperField.DOI: ("DO", "DI", "M3"),
        PaperField.URL: ("UR", "L2"),
        PaperField.PDF_URL: ("L1",),
        PaperField.VENUE: ("JO", "JF", "T2", "JA", "J2", "BT", "C3"),
        PaperField.KEYWORDS: ("KW",),
        PaperField.ID: ("ID", "AN"),
    },
    dates=(("DA",), ("PY",), ("Y1",)),
    continues=re.compile(r"(?!\s*[A-Z][A-Z0-9]  ?-).*\S"),
    lists=frozenset({"KW", "AU", "A1"}),
    marks=frozenset({"AU", "A1", "TI", "T1", "PY", "Y1", "JO", "JF", "T2", "AB", "N2", "DO", "UR"}),
    known=frozenset({*RisParser.DEFAULT_MAPPING, "CT", "BT", "DI", "JI", "AV", "ED", "RI", "U1", "U2", "U3"}),
)
PUBMED = TaggedFormat(
    name=DumpFormat.PUBMED_TEXT,
    tag=re.compile(r"([A-Z][A-Z0-9]{1,3}) *- (?<=^.{6})"),
    begins=frozenset({"PMID"}),
    kind=re.compile(r"\d+$"),
    fields={
        PaperField.TITLE: ("TI", "BTI", "TT"),
        PaperField.ABSTRACT: ("AB",),
        PaperField.AUTHORS: ("FAU", "AU", "CN"),
        PaperField.DOI: ("LID", "AID"),
        PaperField.VENUE: ("JT", "TA"),
        PaperField.KEYWORDS: ("OT", "MH"),
        PaperField.PMID: ("PMID",),
        PaperField.PMCID: ("PMC",),
    },
    dates=(("DP",), ("DEP",)),
    continues=re.compile(r" {6}"),
    marks=frozenset({"TI", "AU", "FAU", "DP", "JT", "TA", "OWN", "STAT"}),
)
WOS = TaggedFormat(
    name=DumpFormat.WOS_TEXT,
    tag=re.compile(r"([A-Z][A-Z0-9])(?: |$)"),
    begins=frozenset({"PT"}),
    kind=re.compile(r"[JBSPC]$"),
    end="ER",
    furniture=frozenset({"FN", "VR", "EF"}),
    fields={
        PaperField.TITLE: ("TI",),
        PaperField.ABSTRACT: ("AB",),
        PaperField.AUTHORS: ("AF", "AU", "CA"),
        PaperField.DOI: ("DI", "D2"),
        PaperField.VENUE: ("SO",),
        PaperField.KEYWORDS: ("DE", "ID"),
        PaperField.CATEGORIES: ("WC", "SC"),
        PaperField.PMID: ("PM",),
        PaperField.WOS: ("UT",),
    },
    dates=(("PY", "PD"), ("EA",)),
    continues=re.compile(r" {3}"),
    lists=frozenset({"AU", "AF", "CA"}),
    marks=frozenset({"AU", "TI", "SO", "UT", "PY", "AB"}),
)
ENDNOTE = TaggedFormat(
    name=DumpFormat.ENDNOTE_TEXT,
    tag=re.compile(r"(%[0-9A-Z@!$^&<>()*+#])(?:\s|$)"),
    begins=frozenset({"%0"}),
    kind=re.compile(r"[A-Z][a-z]+(?: [A-Za-z]+)*$"),
    fields={
        PaperField.TITLE: ("%T",),
        PaperField.ABSTRACT: ("%X",),
        PaperField.AUTHORS: ("%A",),
        PaperField.DOI: ("%R",),
        PaperField.URL: ("%U",),
        PaperField.VENUE: ("%J", "%B"),
        PaperField.KEYWORDS: ("%K",),
        PaperField.ID: ("%M", "%F"),
    },
    dates=(("%8",), ("%D",)),
    continues=re.compile(r"(?!%[0-9A-Z@!$^&<>()*+#](?:\s|$)).*\S"),
    lists=frozenset({"%K", "%A"}),
    marks=frozenset({"%A", "%T", "%D", "%J", "%B"}),
)
TAGGED_FORMATS = (RIS, PUBMED, WOS, ENDNOTE)
