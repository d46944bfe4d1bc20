"""Somebody else's site, which shows what it is asked to in a frame."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# In a frame of another site this tells whether the browser keeps cookies there that are not partitioned.
COOKIE_PAGE = "/cookie"
_COOKIE = """<!doctype html><title>cookie</title><p></p><script>
document.cookie = 'third=1; SameSite=None; Secure; Path=/';
document.querySelector('p').textContent = document.cookie || 'no cookie';
</script>"""


@contextmanager
def embedder() -> Iterator[int]:
    """The port of the site; the address after `?` is what it frames."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, source = self.path.partition("?")
            frame = f'<!doctype html><title>Elsewhere</title><iframe src="{source}" width="1000" height="800"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((_COOKIE if path == COOKIE_PAGE else frame).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
