"""Where everything of a lake is: the only place that knows names of folders and files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paperlake.catalogue.table import File, Table


class LakePaths:
    """The paths below the folder of a lake."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()

    def __reduce__(self) -> tuple[type[LakePaths], tuple[Path]]:
        """Return what another process opens: the folder alone."""
        return type(self), (self.root,)

    @property
    def _version_file(self) -> Path:
        return self.root / "format_version"

    @property
    def raw(self) -> Path:
        """The folder of dumps."""
        return self.root / "raw"

    def daily_answers(self, day: date) -> Path:
        """Return the folder of the daily API's answers for one day."""
        return self.raw / "daily_api" / day.isoformat()

    def daily_answer(self, day: date, retrieved: datetime) -> Path:
        """Return the path of one answer of the daily API; its name says when it was retrieved, in UTC."""
        return self.daily_answers(day) / f"{retrieved.astimezone(UTC):%Y-%m-%dT%H%M%SZ}.json"

    def harvested(self, source: str, selection: str, day: date) -> Path:
        """Return the folder of what was harvested of a source for one day.

        Args:
            source: The name of the source.
            selection: What was asked for, as the name of a folder.
            day: The day that was asked for.
        """
        return self.raw / "harvest" / source / selection / day.isoformat()

    @property
    def settings_file(self) -> Path:
        """The settings of this lake, in TOML; only people write it."""
        return self.root / "paperlake.toml"

    @property
    def dagster_home(self) -> Path:
        """The Dagster instance: the history of runs."""
        return self.root / "dagster"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that analysts query."""
        return self.root / "warehouse" / "papers.duckdb"

    def warehouse_build(self, name: str) -> Path:
        """Return the path of a build of the warehouse that is kept under its own name."""
        return self.warehouse.parent / "builds" / f"papers-{name}.duckdb"

    def warehouse_builds(self) -> list[Path]:
        """Return the builds that are kept, in order of name."""
        return sorted(self.warehouse_build("").parent.glob("papers-*.duckdb"))

    @property
    def topic_map(self) -> Path:
        """The picture of the topic map."""
        return self.root / "topics" / "topic_map.png"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report" / "index.html"

    @property
    def decisions(self) -> Path:
        """What people decided about pairs of entries; only people write it."""
        return self.root / "curated" / "decisions.csv"

    @property
    def topic_decisions(self) -> Path:
        """What people decided about topics; only people write it."""
        return self.root / "curated" / "topics.csv"

    @property
    def taxonomy(self) -> Path:
        """The labels under which papers are filed beside topics; only people write it."""
        return self.root / "curated" / "taxonomy.yaml"

    @property
    def publication(self) -> Path:
        """What people say about the data set that `publish` writes; only people write it."""
        return self.root / "curated" / "publication.toml"

    @property
    def mappings(self) -> Path:
        """The folder of files that say which column of a dump is which; only people write them."""
        return self.root / "curated" / "mappings"

    @property
    def reading_lists(self) -> Path:
        """The folder of reading lists, `<name>.bib` or `<name>.txt`; only people write them."""
        return self.root / "curated" / "lists"

    def digest(self, day: date, ending: str) -> Path:
        """Return the path of the digest of a day."""
        return self.root / "report" / "digests" / f"{day.isoformat()}.{ending}"

    def signatures(self) -> Path:
        """Return the folder of MinHash signatures: each text is signed once."""
        return self.root / "cache" / "signatures"

    def comparisons(self) -> Path:
        """Return the folder of features of compared pairs: each pair is compared once."""
        return self.root / "cache" / "comparisons"

    def papers_index(self) -> Path:
        """Return the folder of the index of texts: which texts share a block, an identifier, a match."""
        return self.root / "cache" / "papers_index"

    def vectors(self, model_id: str) -> Path:
        """Return the folder of vector parts of one model."""
        return self.root / "vectors" / model_id

    def embedded_models(self) -> list[str]:
        """Return the ids of the models whose vectors are kept, in order of name."""
        folder = self.root / "vectors"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def topic_names(self) -> Path:
        """Return the folder of what a language model answered about topics: each is asked about once."""
        return self.root / "topic_names"

    def converted_model(self, name: str) -> Path:
        """Return the folder of a model that was converted for another library on first use."""
        return self.root / "models" / name

    def manifest_path(self, stage: str) -> Path:
        """Return the path of the manifest of a stage."""
        return self.root / "manifests" / f"{stage}.json"

    def folder_of(self, output: Table | File) -> Path:
        """Return the folder of the files of a table, or of the versions of a file."""
        return self.root / output.folder
