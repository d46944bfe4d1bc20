"""What is wrong with the settings and the signing keys is named, and no secret is repeated."""

from pathlib import Path

import pytest

from core.doctor import State, exposed, store
from tests.builders.ports import free_port
from tests.core.doctor.installations import PRODUCTION, case, the_one


def test_each_setting_that_cannot_be_read_is_named_and_none_is_repeated(tmp_path: Path) -> None:
    broken = case(tmp_path, PROOFLINE_LATE_DAYS="soon", PROOFLINE_DATABASE_URL="mysql://u:hunter2@db/p")
    found = list(exposed.check_settings(broken))
    assert [one.told.split()[0] for one in found] == ["PROOFLINE_DATABASE_URL", "PROOFLINE_LATE_DAYS"]
    assert all(one.state is State.FAIL for one in found)
    assert "hunter2" not in repr([*found, *store.check_store(broken), *exposed.check_mail(broken)])


def test_a_misspelt_setting_is_guessed(tmp_path: Path) -> None:
    found = the_one(exposed.check_settings(case(tmp_path, PROOFLINE_BASEURL="https://a.example")))
    assert (found.state, found.advice) == (State.WARN, "Is PROOFLINE_BASE_URL meant?")


def test_what_breaks_processes_on_purpose_is_no_way_to_run(tmp_path: Path) -> None:
    found = the_one(exposed.check_settings(case(tmp_path, PROOFLINE_FAULT_POINT="publish:1")))
    assert (found.state, found.advice) == (State.FAIL, "Unset it.")
    assert all(one.state is State.OK for one in exposed.check_settings(case(tmp_path, PROOFLINE_API_KEY="k")))


def test_production_names_everything_that_keeps_the_api_from_starting(tmp_path: Path) -> None:
    found = list(
        exposed.check_exposure(case(tmp_path, PROOFLINE_ENV="production", PROOFLINE_RATE_LIMITS="off"))
    )
    told = " ".join(one.told for one in found)
    assert all(one.state is State.FAIL for one in found)
    assert all(f"PROOFLINE_{name}" in told for name in ("SIGNING_KEYS", "BASE_URL", "RATE_LIMITS"))
    (fine,) = exposed.check_exposure(case(tmp_path, **PRODUCTION))
    assert fine.state is State.OK


def test_a_guessable_key_is_found_without_saying_it(tmp_path: Path) -> None:
    weak = PRODUCTION | {"PROOFLINE_SIGNING_KEYS": "k1:changeme-changeme-changeme-changeme"}
    found = the_one(exposed.check_exposure(case(tmp_path, **weak)))
    assert "guessed" in found.told and "changeme" not in found.told


@pytest.mark.parametrize(
    ("content", "word"),
    [("{", "damaged"), ('{"keys": []}', "damaged"), ('{"keys": [{"kid": "k"}]}', "damaged")],
)
def test_damaged_signing_keys_are_found(tmp_path: Path, content: str, word: str) -> None:
    file = tmp_path / "signing_keys.json"
    file.write_text(content)
    file.chmod(0o600)
    assert word in the_one(exposed.check_signing_keys(case(tmp_path))).told


def test_a_mail_server_is_asked_only_when_wanted(tmp_path: Path) -> None:
    mail = {"PROOFLINE_SMTP_URL": f"smtp://127.0.0.1:{free_port()}", "PROOFLINE_MAIL_FROM": "us@example.com"}
    (unasked,) = exposed.check_mail(case(tmp_path, **mail))
    assert unasked.state is State.OK
    (asked,) = exposed.check_mail(case(tmp_path, more={"asks_mail_server": True}, **mail))
    assert asked.state is State.FAIL and "does not answer" in asked.told
    nobody = {"PROOFLINE_SMTP_URL": mail["PROOFLINE_SMTP_URL"]}
    assert "MAIL_FROM" in str(the_one(exposed.check_mail(case(tmp_path, **nobody))).advice)
