"""Cannot-link rules: without these, sequels and errata merge with the work they follow."""

import polars as pl
import pytest

from paperlake.dedup.matching.title_rules import cannot_link_reason, numbers_differ, title_features


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Flows, Part I", "Flows, Part II", True),
        ("Flows", "Flows II", True),
        ("Flows, Part 1", "Flows", False),
        ("Comment on Flows", "Flows", True),
        ("Comment on Flows", "Reply to Comment on Flows", True),
        ("Erratum: Flows", "Flows", True),
        ("Task 2024", "Task 2025", True),
        ("PROP: Words", "B-PROP: Words", True),
        ("MTEB: Texts", "FinMTEB: Money", True),
        ("ERNIE 3.0: Large", "ERNIE 3.0 Titan: Larger", True),
        ("GPT-4: Report", "GPT4: Report", False),
        ("Anchor: A Method", "Beacon: A Method", False),
        ("Cluster singularities: Unfolding", "Cluster singularity: Unfolding", False),
        ("Commenting Code with Models", "Code with Models", False),
        ("Multi-part Assembly", "Assembly", False),
    ],
)
def test_cannot_link_rules(one, other, apart):
    first, second = title_features(pl.Series([one, other]))
    assert (cannot_link_reason(first, second) is not None) is apart
    assert cannot_link_reason(first, second) is None or cannot_link_reason(second, first) is not None


def test_numbers_differ_only_if_both_have_their_own():
    two, three, none = title_features(pl.Series(["Quill 2", "Quill 3", "Quill"]))
    assert numbers_differ(two, three)
    assert not numbers_differ(two, none)
