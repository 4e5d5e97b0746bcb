# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's control protocol over an already connected socket."""

import json
import socket

TIMEOUT_SECONDS = 20


class QmpError(Exception):
    """QEMU refused a command, or does not answer."""


class Qmp:
    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(TIMEOUT_SECONDS)
        self._sock = sock
        self._lines = sock.makefile("r", encoding="utf-8")
        self._deleted: set[str] = set()

    def start(self) -> None:
        """Read the greeting; commands are accepted after this."""
        self._message()
        self.command("qmp_capabilities")

    def _message(self) -> dict:
        try:
            line = self._lines.readline()
        except OSError as reason:
            raise QmpError(f"no answer from QEMU: {reason}") from None
        if not line:
            raise QmpError("QEMU is gone")
        return json.loads(line)

    def _note_event(self, message: dict) -> None:
        if message["event"] == "DEVICE_DELETED":
            self._deleted.add(message["data"].get("device", ""))

    def command(self, name: str, arguments: dict | None = None) -> object:
        request = {"execute": name, "arguments": arguments or {}}
        try:
            self._sock.sendall(json.dumps(request).encode() + b"\n")
        except OSError as reason:
            raise QmpError(f"QEMU is gone: {reason}") from None
        while True:
            message = self._message()
            if "event" in message:
                self._note_event(message)
            elif "error" in message:
                raise QmpError(message["error"]["desc"])
            else:
                return message["return"]

    def deleted(self, device: str) -> bool:
        """Has the guest let go of a device that was unplugged?"""
        # Events arrive with answers: any cheap command brings them in.
        self.command("query-status")
        return device in self._deleted

    def added(self, device: str) -> None:
        self._deleted.discard(device)
