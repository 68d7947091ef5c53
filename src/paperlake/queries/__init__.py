"""Read-only questions to the published warehouse, for programs that run for long: pages, API, feeds, agents.

`Builds` follows the warehouse as it is built again; a `Build` answers from one build. The modules beside them
have one function for each question. Rows are dictionaries named as the columns; they are shared by the
callers and never changed.
"""

from __future__ import annotations

from paperlake.queries.open_builds.builds import Build, Builds, Row

__all__ = ["Build", "Builds", "Row"]
