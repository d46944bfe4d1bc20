"""A portal's password is kept as a hash that costs a guesser dear."""

import time

import pytest

from core.portals.passwords import check_password, hash_password, is_password


def test_the_right_text_opens_and_no_other() -> None:
    kept = hash_password("correct horse")
    assert is_password(kept, "correct horse")
    assert not is_password(kept, "correct horsf")
    assert not is_password(kept, "Correct horse")
    assert not is_password(kept, "correct horse ")


def test_the_hash_is_argon2id_with_its_costs_and_never_twice_the_same() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and first != second
    assert "correct" not in first


def test_the_same_letters_typed_another_way_are_the_same_password() -> None:
    assert is_password(hash_password("cafe\u0301 latte"), "caf\u00e9 latte")


def test_a_guess_takes_long_enough_to_hurt_and_short_enough_to_wait() -> None:
    kept = hash_password("correct horse")
    began = time.perf_counter()
    is_password(kept, "wrong horse!")
    assert 0.002 < time.perf_counter() - began < 60


@pytest.mark.parametrize(
    "text", ["", "1234567", "x" * 201, "x" * 100_000, "seven\u0000 letters", "a\nlong line", "\ud800" * 8]
)
def test_a_text_that_can_be_no_password_is_refused_and_opens_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        check_password(text)
    assert not is_password(hash_password("correct horse"), text)


@pytest.mark.parametrize("text", ["12345678", "x" * 200, "пароль для портала", "🔑" * 8, "  spaces  "])
def test_every_other_text_can_be_one(text: str) -> None:
    assert is_password(hash_password(text), text)


@pytest.mark.parametrize(
    "kept", ["", "junk", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuv"]
)
def test_a_damaged_hash_opens_for_nobody(kept: str) -> None:
    assert not is_password(kept, "correct horse")
