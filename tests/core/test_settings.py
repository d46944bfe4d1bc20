"""Settings are read from the environment, and what cannot be read is refused by name."""

from pathlib import Path

import pytest

from core import settings


def test_nothing_set_is_a_working_installation_beside_the_command(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = settings.load({})
    assert loaded.home == tmp_path / "var"
    assert loaded.control_url == f"sqlite:///{tmp_path / 'var' / 'control.sqlite'}"
    assert loaded.rate_limits and not loaded.is_production


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings.load({"PROOFLINE_HOME": "state"}).home == tmp_path / "state"


def test_every_setting_is_read_from_its_variable() -> None:
    loaded = settings.load(
        {
            "PROOFLINE_SOURCE_ZONES": "crm=Europe/Berlin, voice = Asia/Kathmandu",
            "PROOFLINE_LATE_DAYS": "7",
            "PROOFLINE_RATE_LIMITS": "off",
            "PROOFLINE_BASE_URL": "https://api.example.com/",
            "PROOFLINE_OTLP_CUSTOMER_ATTRIBUTES": "a, b, a",
            "PROOFLINE_PRIVATE_TARGETS": "10.1.0.0/16, 127.0.0.2, fd00::/8",
        }
    )
    assert loaded.source_zones == (("crm", "Europe/Berlin"), ("voice", "Asia/Kathmandu"))
    assert (loaded.late_days, loaded.rate_limits) == (7, False)
    assert loaded.base_url == loaded.page_url == "https://api.example.com"
    assert loaded.otlp_customer_attributes == ("a", "b")
    assert loaded.private_targets == ("10.1.0.0/16", "127.0.0.2", "fd00::/8")


def test_an_empty_variable_is_as_good_as_none() -> None:
    assert settings.load({"PROOFLINE_LATE_DAYS": " ", "PROOFLINE_DATABASE_URL": ""}).late_days == 35


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("PROOFLINE_ENV", "prodution"),
        ("PROOFLINE_LATE_DAYS", "-1"),
        ("PROOFLINE_LATE_DAYS", "٣٥"),
        ("PROOFLINE_KEEP_SNAPSHOTS", "0"),
        ("PROOFLINE_RATE_LIMITS", "maybe"),
        ("PROOFLINE_SOURCE_ZONES", "crm=Europe/Nowhere"),
        ("PROOFLINE_SOURCE_ZONES", "crm"),
        ("PROOFLINE_SOURCE_ZONES", "crm=UTC,crm=Asia/Tokyo"),
        ("PROOFLINE_BASE_URL", "api.example.com"),
        ("PROOFLINE_BASE_URL", "https://user:hunter2@example.com"),
        ("PROOFLINE_BASE_URL", "https://example.com:99999"),
        ("PROOFLINE_DATABASE_URL", "mysql://user:hunter2@db/proofline"),
        ("PROOFLINE_DATABASE_URL", "postgresql://user:hunter2@\uff0fdb/proofline"),
        ("PROOFLINE_PRIVATE_TARGETS", "localhost"),
        ("PROOFLINE_PRIVATE_TARGETS", "10.1.0.1/16"),
        ("PROOFLINE_PRIVATE_TARGETS", "0.0.0.0/0"),
        ("PROOFLINE_DUCKDB_MEMORY", "1GB'; SELECT 1"),
        ("PROOFLINE_SIGNING_KEYS", "hunter2"),
    ],
)
def test_a_bad_value_is_refused_by_its_variable_and_never_repeated(variable: str, text: str) -> None:
    with pytest.raises(settings.SettingsError) as refusal:
        settings.load({variable: text})
    assert refusal.value.setting == variable
    assert str(refusal.value).startswith(f"{variable}: ")
    assert "hunter2" not in str(refusal.value)


def test_secrets_are_not_shown_when_settings_are_printed() -> None:
    loaded = settings.load(
        {
            "PROOFLINE_DATABASE_URL": "postgresql://u:hunter2@db/p",
            "PROOFLINE_SIGNING_KEYS": "k1:hunter2hunter2hunter2hunter2hunter2",
        }
    )
    assert "hunter2" not in repr(loaded)


def test_every_setting_has_a_name_of_its_own_and_a_description() -> None:
    described = settings.SETTINGS.values()
    assert len({s.env for s in described}) == len(described)
    assert all(s.env.startswith("PROOFLINE_") and s.description for s in described)
