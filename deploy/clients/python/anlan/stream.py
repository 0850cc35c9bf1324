# SPDX-License-Identifier: Apache-2.0
"""Streams: pulled page by page, checked, given item by item."""
import dataclasses
import hashlib
import time
import typing

from . import contract
from .errors import Error, Lost

METHOD = "anlan.rpc.v1.FeedService/PullStream"
NOTHING = bytes(32)    # the digest before the first item


@dataclasses.dataclass
class Item:
    """An item. kind: SNAPSHOT (what is held goes, unless it comes again before SETTLED), RECORD, CHANGE, WITHDRAWN,
    SCOPE_CHANGED, SETTLED. entry: the whole entry of a record or a change. bookmark: with the last item of a page."""
    kind: str
    tenant_id: str = ""
    record_id: str = ""
    version: int = 0
    entry: typing.Any = None
    bookmark: typing.Optional[str] = None

    @property
    def record(self):
        """The record as it is since: a message of its type; None where there is none."""
        if not self.entry or self.kind not in ("RECORD", "CHANGE"):
            return None
        return contract.message(self.entry.record_type).FromString(self.entry.after)


def item_of(packed):
    read = contract.message("anlan.rpc.v1.StreamItem").FromString(packed)
    kind = contract.value_name("anlan.rpc.v1.StreamItem", "kind", read.kind)
    if not read.HasField("entry"):
        return Item(kind, read.tenant_id, read.record_id)
    return Item(kind, read.entry.tenant_id, read.entry.record_id, read.entry.version, read.entry)


def check(page, cursor, digest):
    """The digest after a page, which must continue where the reader is."""
    if page.continues != cursor:
        raise Lost("the page continues another one")
    for packed in page.items:
        digest = hashlib.sha256(digest + packed).digest()
    if page.digest != digest or page.algorithm != 1:
        raise Lost("items of the page were lost or altered")
    return digest


def pull(client, cursor, first, wait, page_size):
    """A page. What the service cannot answer now is asked again, for as long as it takes."""
    pause = 0.5
    while True:
        try:
            return client.call(METHOD, timeout=wait + 10.0, cursor=cursor, wait_ms=int(wait * 1000),
                               page_size=page_size, **first)
        except Error as error:
            if error.code != "UNAVAILABLE" and not error.retry_after:
                raise
            time.sleep(max(error.retry_after, pause))
            pause = min(2 * pause, 30.0)


def follow(client, bookmark=None, wait=25.0, until_caught_up=False, page_size=0, **first):
    """Gives item after item for ever, or until everything that is there now has been given. Goes on from a bookmark;
    without, or where it has expired, from a snapshot. `first` (record_type, projection, unit_id, sector) confines a new
    stream. Raises Error where the service refuses, Lost where a page is not what it should be."""
    cursor, digest = "", NOTHING
    if bookmark:
        cursor, _, digits = bookmark.partition(".")
        digest = bytes.fromhex(digits)
    settled = bool(bookmark)
    while True:
        try:
            page = pull(client, cursor, first, 0.0 if until_caught_up else wait, page_size)
        except Error as error:
            if error.reason != "CURSOR_EXPIRED" or not cursor:
                raise
            cursor, digest, settled = "", NOTHING, False
            continue
        digest = check(page, cursor, digest)
        cursor = page.cursor
        for number, packed in enumerate(page.items, 1):
            item = item_of(packed)
            settled = item.kind == "SETTLED" or (settled and item.kind not in ("SNAPSHOT", "SCOPE_CHANGED"))
            if number == len(page.items):
                item.bookmark = f"{cursor}.{digest.hex()}"
            yield item
        if until_caught_up and page.caught_up and settled:
            return
