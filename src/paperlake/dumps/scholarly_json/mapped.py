"""The reader of `paper_json` for objects whose keys are in no list: a mapping says which is which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.dates import retrieved_day_in_path
from paperlake.dumps.fields.field_names import SYNONYMS, PaperField
from paperlake.dumps.fields.mappings import NO_MAPPINGS, Mapping, Mappings
from paperlake.dumps.reading import OpenDump, ParsedDump, ParsedPart, ParsedRow
from paperlake.dumps.scholarly_json.object_reader import read_elements
from paperlake.dumps.scholarly_json.own_shape import read_paper
from paperlake.dumps.scholarly_json.values import Warnings, is_empty
from paperlake.dumps.structured.json_shape import JsonShape, find_shape
from paperlake.dumps.structured.json_stream import element_blocks
from paperlake.settings import Settings


class MappedJsonReader:
    """Reads JSON objects for which there is a mapping; a key may be a path such as `meta.title`."""

    format = DumpFormat.PAPER_JSON

    def __init__(self, mappings: Mappings = NO_MAPPINGS) -> None:
        """Bind the mappings of a lake."""
        self._mappings = mappings

    def bind(self, mappings: Mappings) -> MappedJsonReader:
        """Return a reader for the dumps of these mappings."""
        return MappedJsonReader(mappings)

    def recognises(self, head: bytes, path: str) -> bool:
        """Return whether it is JSON with objects, and a mapping is for it."""
        return self._find(head, path) is not None

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read object by object; each is an entry or a reject, by its number."""
        snapshot = retrieved_day_in_path(dump.path)
        return ParsedDump(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=None,
            parts=self._parts(dump, settings, snapshot),
        )

    def _parts(self, dump: OpenDump, settings: Settings, latest: date | None) -> Iterator[ParsedPart]:
        found = self._find(dump.head(), dump.path)
        if found is None:
            return
        mapping, shape = found

        def read_object(value: dict[str, object], warnings: Warnings) -> ParsedRow:
            return read_paper(_renamed(value, mapping), warnings)

        for block in element_blocks(dump.chunks(), shape, settings.max_line_chars):
            yield read_elements(block, read_object, settings, latest)

    def _find(self, head: bytes, path: str) -> tuple[Mapping, JsonShape] | None:
        """Return the first mapping whose titles are in the objects of a dump, and where these objects are."""
        for mapping in self._mappings.known:
            shape = find_shape(head, _fits(mapping, path))
            if shape is not None and shape.sample:
                return mapping, shape
        return None


READER = MappedJsonReader()


def _fits(mapping: Mapping, path: str) -> Callable[[object], bool]:
    """Return a function that says whether a value is an object for which a mapping is."""
    titles = dict(mapping.columns)[PaperField.TITLE]

    def is_paper(value: object) -> bool:
        return (
            isinstance(value, dict)
            and mapping.fits(path, value)
            and any(not is_empty(_value(value, name)) for name in titles)
        )

    return is_paper


def _renamed(value: dict[str, object], mapping: Mapping) -> dict[str, object]:
    """Return an object with the first name of each field in place of the mapping's."""
    found: dict[str, object] = {}
    for field, names in mapping.columns:
        values = (_value(value, name) for name in names)
        found[SYNONYMS[field][0]] = next((one for one in values if not is_empty(one)), None)
    return found


def _value(value: dict[str, object], name: str) -> object:
    """Return the value of a key, or of a path of keys."""
    if name in value:
        return value[name]
    inner: object = value
    for key in name.split("."):
        inner = inner.get(key) if isinstance(inner, dict) else None
    return inner
