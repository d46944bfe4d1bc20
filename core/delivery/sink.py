"""Mails as files, for looking at them where no mail server is: one file a mail, the same name for every attempt."""

import os
from pathlib import Path

from core.delivery.outcome import ErrorClass, Outcome, delivered, failed


def write_mail(folder: Path, delivery_id: str, raw: bytes) -> Outcome:
    """Written whole or not at all, for nobody else to read: links in mails open portals."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = folder / f".{delivery_id}.{os.getpid()}"
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
        beside.replace(folder / f"{delivery_id}.eml")
    except OSError as problem:
        said = f"the folder of mails cannot be written: {type(problem).__name__}"
        return failed(ErrorClass.MAIL_SERVER_REFUSED, said, is_everybodys=True)
    return delivered()
