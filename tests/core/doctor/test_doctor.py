"""What is wrong with an installation is found and said with what to do; a sound one has nothing to say."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from core import doctor
from core.doctor import State, work
from core.erasures import request_erasure
from core.settings import Settings
from core.store.control import open_control_store
from tests.builders.ports import free_port
from tests.core.doctor.installations import MACHINE, NOW, case, the_one


def test_a_sound_installation_has_nothing_to_say(sound: Path) -> None:
    found = doctor.examine(case(sound, more={"api_port": free_port(), "ui_port": free_port()}))
    ours = [one for one in found if one.subject not in MACHINE]
    assert [one for one in ours if one.state is not State.OK] == []
    assert doctor.as_text(ours).endswith("All is well.")


def test_examining_changes_nothing(tmp_path: Path) -> None:
    doctor.examine(case(tmp_path / "never"))
    assert list(tmp_path.iterdir()) == []


def test_an_erasure_that_no_build_finishes_is_told(sound: Path) -> None:
    kept = open_control_store(Settings(home=sound))
    with kept.writing() as connection:
        request_erasure(connection, "cust_x", by="k", now=NOW)
    kept.close()
    (fresh,) = work.check_erasures(case(sound))
    assert (fresh.state, fresh.told) == (State.OK, "1 wait for the next build")
    late = the_one(work.check_erasures(case(sound, NOW + timedelta(hours=25))))
    assert late.state is State.FAIL
    assert "cust_x" not in late.told


def test_the_command_tells_programs_and_people_and_fails_when_something_does_not_work(sound: Path) -> None:
    program = Path(sys.executable).with_name("proofline")
    environ = os.environ | {"PROOFLINE_HOME": str(sound), "PROOFLINE_BUILD_INTERVAL_MINUTES": "525600"}
    (sound / "signing_keys.json").chmod(0o644)
    result = subprocess.run(
        [program, "doctor", "--json"], env=environ, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (1, "")
    told = json.loads(result.stdout)
    assert told["fail"] >= 1
    failed = {one["subject"] for one in told["findings"] if one["state"] == "fail"}
    assert failed - MACHINE == {"permissions", "signing keys"}
    (advice,) = (one["advice"] for one in told["findings"] if one["subject"] == "permissions")
    assert advice == f"Run: chmod 600 {sound / 'signing_keys.json'}"
