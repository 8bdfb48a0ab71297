"""A real mail server and a real web server on this machine: they take what comes and remember it."""

import contextlib
import email
import json
import socketserver
import threading
from collections.abc import Iterator
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """`letters`: what was taken, as parsed messages. `refuse`: addresses that don't exist, `busy`: refused for now."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.letters: list[Any] = []
        self.refuse: set[str] = set()
        self.busy = False

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def numbers(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]

    @property
    def texts(self) -> str:
        """Everything that went out, readable."""
        return "\n".join(
            f"{make_header(decode_header(one['Subject']))}\n{one.get_payload(decode=True).decode()}"
            for one in self.letters
        )


class _Smtp(socketserver.StreamRequestHandler):
    server: Mailbox

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline().decode("latin-1").strip():
            word = line[:4].upper()
            if word == "RCPT" and any(address in line for address in self.server.refuse):
                self.say("550 no such mailbox")
            elif word == "RCPT" and self.server.busy:
                self.say("450 mailbox busy")
            elif word == "DATA":
                self.say("354 go on")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.server.letters.append(email.message_from_bytes(body))
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 sink")


class Group(HTTPServer):
    """A chat group's robot: `taken` are the paths and bodies, `status` and `answer` what it says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Robot)
        self.taken: list[tuple[str, Any]] = []
        self.status, self.answer, self.goto = 200, '{"errcode": 0}', ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Robot(BaseHTTPRequestHandler):
    server: Group

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        if self.server.goto:
            self.send_header("Location", self.server.goto)
        self.end_headers()
        self.wfile.write(self.server.answer.encode())

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def serving(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
