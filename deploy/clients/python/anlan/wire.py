# SPDX-License-Identifier: Apache-2.0
"""A connection: the framing of scalability protocols (REQ) on TLS or a local socket."""
import os
import socket
import ssl
import struct

HELLO = b"\0SP\0" + struct.pack(">HH", 48, 0)    # we are REQ
ANSWER = b"\0SP\0" + struct.pack(">HH", 49, 0)   # REP
MESSAGE_MOST = 4 * 1024 * 1024
LOCAL_MESSAGE = b"\x01"                          # local sockets put a kind before each length


class Wire:
    """One request at a time. Raises OSError where the connection fails or takes longer than the deadline."""

    def __init__(self, address, context, timeout):
        scheme, _, rest = address.partition("://")
        self.local = scheme == "ipc"
        if self.local:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(rest)
        elif scheme == "tls+tcp" and context:
            host, _, port = rest.rpartition(":")
            plain = socket.create_connection((host.strip("[]"), int(port)), timeout)
            self.socket = context.wrap_socket(plain, server_hostname=host.strip("[]"))
        else:
            raise ValueError(f"{address}: tls+tcp://HOST:PORT with certificates, or ipc:///PATH")
        self.last = int.from_bytes(os.urandom(4), "big")
        self.socket.sendall(HELLO)
        if self.read(len(ANSWER)) != ANSWER:
            raise OSError("no service answers at this address")

    def close(self):
        self.socket.close()

    def read(self, count):
        data = bytearray()
        while len(data) < count:
            more = self.socket.recv(min(count - len(data), 1 << 16))
            if not more:
                raise OSError("the connection has ended")
            data += more
        return bytes(data)

    def ask(self, message, timeout):
        """Sends a request and answers its reply; what comes for an earlier one is passed over."""
        self.socket.settimeout(timeout)
        self.last = (self.last + 1) & 0x7FFFFFFF
        number = struct.pack(">I", 0x80000000 | self.last)
        frame = struct.pack(">Q", len(number) + len(message)) + number + message
        self.socket.sendall((LOCAL_MESSAGE if self.local else b"") + frame)
        while True:
            if self.local and self.read(1) != LOCAL_MESSAGE:
                raise OSError("no message")
            length, = struct.unpack(">Q", self.read(8))
            if not 4 <= length <= MESSAGE_MOST:
                raise OSError(f"a message of {length} bytes")
            got, reply = self.read(4), self.read(length - 4)
            if got == number:
                return reply


def context_of(ca, certificate, key):
    """TLS with certificates on both sides; None without an authority."""
    if not ca:
        return None
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate:
        context.load_cert_chain(certificate, key)
    return context
