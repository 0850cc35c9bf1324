# SPDX-License-Identifier: Apache-2.0
"""Client of Anlan: calls, and streams of what a client may read.

    client = anlan.Client("tls+tcp://feed.linxi.example:7444", ca="ca.crt", certificate="me.crt", key="me.key",
                          token=lambda: open("token").read())
    for item in client.stream(bookmark=saved):
        ...                                   # item.kind, item.record_id, item.version, item.record
        if item.bookmark:
            ...                               # keep it with the effects, in one transaction

Nothing but the standard library and protobuf. proto/README.md describes what travels.
"""
from .client import Client
from .contract import message
from .copy import Copy
from .errors import Error, Lost
from .stream import Item

__all__ = ["Client", "Copy", "Error", "Item", "Lost", "message"]
