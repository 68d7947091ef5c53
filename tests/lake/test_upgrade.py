"""A lake of format 1 keeps its vectors, its topic model and curated/; the rest is rebuilt."""

from paperlake.lake import Lake
from paperlake.lake.upgrade import upgrade
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, assert_equal_tables, fill, last, put, tables


def to_format_1(lake: Lake) -> None:
    """Arrange a lake as format 1 did: what is kept is where it was, everything else is in the way."""
    (lake.root / "vectors").rename(lake.root / "embeddings")
    model = lake.root / last(lake, "topics").outputs["topic_model"][0].path
    (lake.root / "topics/model.npz").write_bytes(model.read_bytes())
    for folder in ("tables", "files", "manifests", "cache"):
        for path in sorted((lake.root / folder).rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        (lake.root / folder).rmdir()
    for folder in ("dumps", "entries", "rejects", "papers", "stages", "topics"):
        (lake.root / folder).mkdir(exist_ok=True)
        (lake.root / folder / "x.parquet").write_bytes(b"of format 1")
    (lake.root / "format_version").write_text("1\n")


def test_a_lake_of_format_1_is_converted(lake: Lake, settings: Settings) -> None:
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    fill(lake, settings)
    before = tables(lake)
    to_format_1(lake)
    opened = Lake.open(lake.root)
    assert "had format 1" in upgrade(opened)
    assert upgrade(opened) is None
    results = fill(opened, settings)
    assert results["paper_embeddings"].facts["embedded_text_count"] == 0
    assert results["topics"].facts["fit_number"] == 1, "the fit of format 1 is of these papers"
    after = tables(lake)
    assert_equal_tables(after, before)
    assert not {"dumps", "entries", "rejects", "papers", "stages", "embeddings"} & {
        path.name for path in lake.root.iterdir()
    }


def test_a_conversion_that_was_killed_goes_on(lake: Lake, settings: Settings) -> None:
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    fill(lake, settings)
    before = tables(lake)
    to_format_1(lake)
    (lake.root / "embeddings").rename(lake.root / "vectors")  # as far as the killed one came
    assert "had format 1" in upgrade(Lake.open(lake.root))
    fill(lake, settings)
    assert_equal_tables(tables(lake), before)
