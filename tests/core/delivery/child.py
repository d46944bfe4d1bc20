"""One drain in a process of its own, which a kill point may end: `python child.py <settings as JSON> <now>`."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from core.delivery.drain import Way, drain
from core.delivery.letters import Letter, OperatorLetter, Words
from core.delivery.smtp import MailServer
from core.outbound import Bounds
from core.settings import Settings
from core.store.control import open_control_store


def _words(letter: Letter) -> Words:
    assert isinstance(letter, OperatorLetter)
    return Words(letter.subject, letter.text)


def main() -> None:
    given, at = json.loads(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
    settings = Settings(
        home=Path(given["home"]),
        private_targets=tuple(given["private_targets"]),
        smtp_url=given["smtp_url"],
        mail_from=given["mail_from"],
    )
    way = Way(bounds=Bounds(60, 60), mail_server=MailServer(settings.smtp_url) if settings.smtp_url else None)
    store = open_control_store(settings)
    report = drain(store, settings, now=lambda: at, compose=_words, way=way)
    store.close()
    os.write(1, json.dumps({"sent": report.sent, "waiting": report.waiting}).encode())


main()
