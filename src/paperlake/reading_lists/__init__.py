"""Reading lists: what people put into `curated/lists/`, and the papers that are like a list.

`files.py` reads the files, `resolving.py` finds the papers they name, `model.py` is the linear model that
ranks papers for a list, and `ranking.py` applies it to a build of the warehouse.
"""

from __future__ import annotations

from paperlake.reading_lists.files import ReadingList, list_names, read_list, read_lists
from paperlake.reading_lists.ranking import Ranking, ranked
from paperlake.reading_lists.resolving import ResolvedList, resolve

__all__ = [
    "Ranking", "ReadingList", "ResolvedList", "list_names", "ranked", "read_list", "read_lists", "resolve",
]  # fmt: skip
