"""The setting chooses the engine, and a missing library is a clear error."""

import importlib.util

import pytest

from paperlake.engine.choosing import make_engine
from paperlake.engine.local import LocalEngine
from paperlake.engine.ray_engine import RayEngine
from paperlake.errors import UsageError
from paperlake.settings import Settings
from tests.engine.tasks import twice


def test_the_setting_chooses_the_engine(tmp_path):
    assert isinstance(make_engine(Settings(), tmp_path), LocalEngine)
    assert isinstance(make_engine(Settings(engine="ray"), tmp_path), RayEngine)


def test_without_ray_the_first_use_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    engine = make_engine(Settings(engine="ray"), tmp_path)
    with pytest.raises(UsageError, match="make setup EXTRAS=dev,ray"):
        list(engine.map(twice, [1]))
