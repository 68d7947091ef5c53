"""Dagster's webserver with the check of requests in front of everything else.

`python -m pipelines.ui.webserver ARGUMENT...` is the command `dagster-webserver` with it, for containers.
"""

from __future__ import annotations

import sys

from dagster_webserver import app
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware

from pipelines.ui.guard import RequestGuard
from pipelines.ui.services import load_command


class GuardedWebserver(DagsterWebserver):  # type: ignore[type-arg]
    """The webserver that refuses what `guard.refusal` refuses."""

    def build_middleware(self) -> list[Middleware]:
        """Return the middleware, the check first."""
        return [Middleware(RequestGuard), *super().build_middleware()]


def use_guarded_webserver() -> None:
    """Let the command `dagster-webserver` serve the guarded class in this process.

    The function that builds the application has no argument for the class, so it is replaced by name. The
    supervisor asks with a foreign Host before it says that the UI is up, so this cannot fail unnoticed.
    """
    app.DagsterWebserver = GuardedWebserver  # type: ignore[attr-defined]


def main() -> None:
    """Run the command `dagster-webserver`, guarded."""
    use_guarded_webserver()
    sys.argv[0] = "dagster-webserver"
    load_command("dagster-webserver")()


if __name__ == "__main__":
    main()
