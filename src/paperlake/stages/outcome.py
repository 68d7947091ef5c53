"""How a run of the pipeline ended, as the command line reports it."""

from __future__ import annotations

from dataclasses import dataclass, field

from paperlake.errors import INTERRUPTED_EXIT_CODE


@dataclass
class RunOutcome:
    """How a run ended."""

    succeeded: bool
    failed_stage: str | None = None
    message: str | None = None
    exit_code: int = 0
    finished_stages: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    """Sentences of the checks that failed without ending the run."""

    @property
    def name(self) -> str:
        """`succeeded`, `failed` or `interrupted`."""
        if self.succeeded:
            return "succeeded"
        return "interrupted" if self.exit_code == INTERRUPTED_EXIT_CODE else "failed"
