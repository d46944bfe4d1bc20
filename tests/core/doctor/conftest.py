"""A sound installation, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from core.settings import Settings
from core.sites import INDEX, DoorPage, door_pages_dir, site_dir
from core.store.control import open_control_store
from core.tokens.key_file import first_keys, key_path
from tests.builders import NOON, Events, call, card, keep_portal, portal, publish
from tests.core.doctor.installations import NOW, heard


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sound")
    settings = Settings(home=place)
    publish(place, Events(llm_requests=[call(started_at=NOON)]))
    kept = open_control_store(settings)
    shown = keep_portal(kept, portal(card("cost.total"))).definition
    kept.close()
    first_keys(key_path(settings), now=NOW)
    doors = (door_pages_dir(settings) / f"{page}.html" for page in DoorPage)
    for file in (site_dir(settings, shown.portal_id) / INDEX, *doors):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("page")
    heard(place, NOW)
    return place


@pytest.fixture
def sound(made_once: Path, tmp_path: Path) -> Path:
    """An installation in which nothing is wrong."""
    shutil.copytree(made_once, tmp_path, dirs_exist_ok=True)
    return tmp_path
