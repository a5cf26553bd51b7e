"""A program that answers ``/livez`` with what a file says: ``python -m tests.unit.local.livez ENDPOINTS SAYING``.

It tells its address in ENDPOINTS, as a worker does. A missing file SAYING is no answer at all.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import Final

WELL: Final = "200 ok"


def serve(endpoints: Path, saying: Path) -> ThreadingHTTPServer:
    """A server that its caller has to run."""

    class Livez(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not saying.exists():
                Event().wait()
            status, _, text = saying.read_text().partition(" ")
            self.send_response(int(status) if self.path == "/livez" else 404)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Livez)
    draft = endpoints.with_suffix(".part")
    draft.write_text(json.dumps({"worker": f"http://127.0.0.1:{server.server_port}"}))
    draft.replace(endpoints)
    return server


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2])).serve_forever()
