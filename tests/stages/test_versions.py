"""A stage whose tables change without a higher version would leave old lakes with the old tables."""

import json
from pathlib import Path

from tests.support.output_digests import RECORDED, output_digests


def test_other_tables_need_another_version(tmp_path: Path) -> None:
    """If this fails: raise `version` of the stage that is named, then record the digests again with
    `python -m tests.support.output_digests`."""
    recorded, found = json.loads(RECORDED.read_text()), output_digests(tmp_path)
    assert found.keys() == recorded.keys()
    for stage, expected in recorded.items():
        if found[stage]["version"] == expected["version"]:
            assert found[stage] == expected, f"{stage}: other tables or pages, same version"
        else:
            assert found[stage] == expected, f"{stage}: the version was raised; record the digests again"
