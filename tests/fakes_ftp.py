"""A real FTP server over a folder, in a thread: file storage elsewhere, which can go away and come back."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

from tests.flow.running import free_port


class Ftp:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.url = f"ftp://ann:secret@127.0.0.1:{self.port}/kept"
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Again on the same port, with what was there."""
        logging.getLogger("pyftpdlib").setLevel(logging.ERROR)
        authorizer = DummyAuthorizer()
        authorizer.add_user("ann", "secret", str(self.folder), perm="elradfmw")
        handler = type("Handler", (FTPHandler,), {"authorizer": authorizer, "use_sendfile": False})
        loop = IOLoop()
        server = FTPServer(("127.0.0.1", self.port), handler, ioloop=loop)
        self._stopping.clear()

        def serve() -> None:
            while not self._stopping.is_set():
                loop.loop(timeout=0.02, blocking=False)
            server.close_all()

        self._thread = threading.Thread(target=serve, name="ftp", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Every connection is cut."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join(timeout=10)
            self._thread = None
