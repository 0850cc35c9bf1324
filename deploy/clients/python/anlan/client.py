# SPDX-License-Identifier: Apache-2.0
"""Calls."""
import base64
import time

from . import contract, stream, wire
from .errors import Error

MARGIN = 5.0           # seconds that an answer may come late


class Client:
    """A client of one service, at one of its addresses; belongs to one thread at a time. `token` is a token's text, or
    what answers one that is good now; a new one is asked for once where it has expired."""

    def __init__(self, address, ca=None, certificate=None, key=None, token=None):
        self.address = address
        self.context = wire.context_of(ca, certificate, key)
        self.token = token
        self.wire = None

    def close(self):
        if self.wire:
            self.wire.close()
        self.wire = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, method, request=None, timeout=10.0, **fields):
        """Calls "package.Service/Method" with a request, or its fields by name. Tries again what failed on the way or
        is said to be good later, within `timeout` seconds; raises Error otherwise."""
        kind, answer = contract.method_types(method)
        body = (request if request is not None else kind(**fields)).SerializeToString()
        until, pause, renewed = time.monotonic() + timeout, 0.05, False
        while True:
            try:
                return answer.FromString(self.call_once(method, body, max(until - time.monotonic(), 0.001)))
            except Error as error:
                if error.code == "UNAUTHENTICATED" and callable(self.token) and not renewed:
                    renewed = True
                    continue
                wait = max(error.retry_after, pause)
                known = error.code == "UNAVAILABLE" or (error.code == "RESOURCE_EXHAUSTED" and error.retry_after)
                if not known or time.monotonic() + wait >= until:
                    raise
            time.sleep(wait)
            pause = min(2 * pause, 2.0)

    def call_once(self, method, body, timeout):
        request = contract.message("anlan.rpc.v1.Request")()
        call = request.calls.add(method=method, body=body, timeout_ms=min(60000, max(1, int(timeout * 1000))))
        token = self.token() if callable(self.token) else self.token
        if token:
            text = token.strip()
            request.credentials.append(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            call.credential = 1
        try:
            if not self.wire:
                self.wire = wire.Wire(self.address, self.context, timeout + MARGIN)
            packed = self.wire.ask(request.SerializeToString(), timeout + MARGIN)
        except OSError as error:
            self.close()
            raise Error("UNAVAILABLE", "UNREACHABLE", str(error)) from error
        return body_of(contract.message("anlan.rpc.v1.Reply").FromString(packed))

    def stream(self, bookmark=None, **options):
        """What the client may read, item by item: see stream.follow."""
        return stream.follow(self, bookmark, **options)


def body_of(reply):
    if len(reply.results) != 1:
        raise Error("UNKNOWN", "STATUS_UNKNOWN", "the reply has no result")
    result = reply.results[0]
    if result.HasField("status") and result.status.code != 0:
        status, name = result.status, "anlan.rpc.v1.Status"
        raise Error(contract.value_name(name, "code", status.code), contract.value_name(name, "reason", status.reason),
                    status.message, status.retry_after.seconds + status.retry_after.nanos / 1e9)
    return result.body
