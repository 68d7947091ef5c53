"""Every setting of paperlake, typed, with its default."""

from paperlake.settings.embedding import LOCAL_KINDS
from paperlake.settings.settings import (
    PREFIX,
    Settings,
    hides_gpus,
    is_secret,
    own_variables,
    variable,
    without_secrets,
)

__all__ = [
    "LOCAL_KINDS",
    "PREFIX",
    "Settings",
    "hides_gpus",
    "is_secret",
    "own_variables",
    "variable",
    "without_secrets",
]
