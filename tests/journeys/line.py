"""The line between a school and the server: it can be cut, be slow, and lose an answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

_CHUNK = 65536


class Line:
    """A forwarder of bytes before the server. ``address`` is what browsers are given."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._server = (parts.hostname or "localhost", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://localhost:{self._listener.getsockname()[1]}"
        self._open: set[socket.socket] = set()
        self._is_down = False
        self._loses_answers = False
        self._delay = threading.Event()
        self._delay.set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_down = True
        self._hang_up()

    def mend(self) -> None:
        self._is_down = self._loses_answers = False
        self._delay.set()

    def lose_answers(self) -> None:
        """What is sent arrives and is done; the answer does not come back."""
        self._hang_up()
        self._is_down, self._loses_answers = False, True

    @contextmanager
    def hold_answers(self) -> Iterator[None]:
        """Answers arrive only after this."""
        self._delay.clear()
        yield
        self._delay.set()

    def close(self) -> None:
        self.mend()
        self._listener.close()
        self._hang_up()

    def _hang_up(self) -> None:
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            if self._is_down:
                browser.close()
                continue
            server = socket.create_connection(self._server)
            self._open |= {browser, server}
            for source, target, is_answer in (browser, server, False), (server, browser, True):
                threading.Thread(
                    target=self._carry, args=(source, target, is_answer), daemon=True
                ).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with suppress(OSError):
            while data := source.recv(_CHUNK):
                if is_answer:
                    self._delay.wait()
                if self._is_down or (is_answer and self._loses_answers):
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            self._open.discard(end)
            end.close()
