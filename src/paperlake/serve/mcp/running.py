"""Run the MCP server over standard input and output."""

from __future__ import annotations

from collections.abc import Callable

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.queries import Builds
from paperlake.settings import Settings


def run_stdio(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve the lake of the settings until standard input ends; only the protocol is on standard output.

    Without a warehouse the server starts too: its tools then say what to do, which clients show.

    Args:
        settings: The lake, and the settings of the search.
        say: Called with lines for standard error.

    Raises:
        UsageError: The extra `serve` is not installed, or the folder is no lake.
    """
    lake = Lake.find(settings.lake)
    try:
        from paperlake.serve.mcp.server import LakeServer  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise UsageError(
            "`paperlake mcp` needs the MCP SDK, which is not installed. Run `make setup EXTRAS=dev,serve` in "
            "the clone."
        ) from error
    if not lake.warehouse.exists():
        say(f"There is no warehouse in {lake.root} yet. Run `paperlake run`; the tools then answer.")
    builds = Builds(lake, settings)
    try:
        LakeServer(builds).run("stdio")
    finally:
        builds.close()
