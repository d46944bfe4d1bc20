"""A real browser, told what to do over its debugging protocol; only what the tests of pages need."""

import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FOUND = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_SECONDS = 180.0


class RefusedError(Exception):
    """What the browser would not do, as it says when what it was asked about has just been left for another page."""


class Page:
    """One tab."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": parameters}
        self._connection.send(json.dumps({**said, "sessionId": session} if session else said))
        while True:
            message = json.loads(self._connection.recv(timeout=_SECONDS))
            if message.get("id") == number:
                if "error" in message:
                    raise RefusedError(message)
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def run(self, expression: str) -> Any:
        """What an expression comes to in the page, promises awaited."""
        done = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def go(self, url: str) -> None:
        """Goes there, and waits until the page has loaded with all that belongs to it."""
        self.call("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def until(self, expression: str) -> None:
        """Waits until it is so, on whatever page that is by then."""
        end = time.monotonic() + _SECONDS
        while not self._is_so(expression):
            assert time.monotonic() < end, expression
            time.sleep(0.05)

    def _is_so(self, expression: str) -> bool:
        try:
            return bool(self.run(expression))
        except RefusedError:
            return False

    def framed_text(self) -> str:
        """The text in the page's only frame; of what a browser refuses to show there is none of ours."""
        expression = (
            "document.readyState === 'complete' ? location.href + ' ' + document.body.textContent : ''"
        )
        end = time.monotonic() + _SECONDS
        text = ""
        while not text.removeprefix("about:blank ") and time.monotonic() < end:
            try:
                text = self._in_frame(expression)
            except RefusedError:
                text = ""
        return text

    def _in_frame(self, expression: str) -> str:
        children = self.call("Page.getFrameTree")["frameTree"].get("childFrames", ())
        if children:
            world = self.call("Page.createIsolatedWorld", frameId=children[0]["frame"]["id"])
            where = {"contextId": world["executionContextId"]}
            return str(
                self.call("Runtime.evaluate", expression=expression, **where)["result"].get("value", "")
            )
        # A frame of another site lives in a process of its own and is a target by itself.
        targets = self.call("Target.getTargets")["targetInfos"]
        frame = next((target for target in targets if target["type"] == "iframe"), None)
        if frame is None:
            return ""
        session = self.call("Target.attachToTarget", targetId=frame["targetId"], flatten=True)["sessionId"]
        done = self.call("Runtime.evaluate", session=session, expression=expression)
        return str(done["result"].get("value", ""))

    def cookies(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("Storage.getCookies")["cookies"]
        return found


@contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """A browser without a window and with an empty profile, and its tab."""
    assert FOUND is not None
    command = [FOUND, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
               "--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*",
               f"--user-data-dir={profile}", "about:blank"]  # fmt: skip
    process = subprocess.Popen(
        ["nice", "-n", "19", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        # A busy browser greets late, and answers no ping meanwhile.
        with connect(
            _tab(profile, process), max_size=None, open_timeout=_SECONDS, ping_interval=None
        ) as connection:
            page = Page(connection)
            for domain in ("Page", "Network", "Runtime", "Log"):
                page.call(f"{domain}.enable")
            yield page
    finally:
        process.terminate()
        process.wait(_SECONDS)


def _tab(profile: Path, process: "subprocess.Popen[bytes]") -> str:
    from http.client import HTTPConnection

    end = time.monotonic() + _SECONDS
    file = profile / "DevToolsActivePort"
    while time.monotonic() < end and process.poll() is None:
        try:
            port = int(file.read_text().split("\n")[0])
            asking = HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
            asking.request("GET", "/json/list")
            tabs = json.loads(asking.getresponse().read())
            asking.close()
            return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")
        except (OSError, ValueError, StopIteration):
            time.sleep(0.1)
    raise RuntimeError("the browser did not start")
