# SPDX-License-Identifier: Apache-2.0
"""The Python package against a running service: python_client.py ADDRESS TOKEN"""
import sys

import anlan
import anlan.stream

address, token = sys.argv[1:]
client = anlan.Client(address, token=lambda: token)
whole, part = anlan.Copy(), anlan.Copy()
for item in client.stream(until_caught_up=True):
    whole.apply(item)
assert len(whole) == 16, len(whole)
first = next(iter(whole.values())).record
assert "通道" in first.description and first.sector == "public_places", first

# Cut after a bookmark in the middle, and gone on with from there.
bookmark = None
for item in client.stream(until_caught_up=True, page_size=4):
    part.apply(item)
    if item.bookmark:
        bookmark = item.bookmark
        break
assert 0 < len(part) < 16, len(part)
for item in anlan.Client(address, token=token).stream(bookmark, until_caught_up=True, page_size=4):
    part.apply(item)
assert {k: i.version for k, i in part.items()} == {k: i.version for k, i in whole.items()}

# It is too old by now: the stream begins anew.
again = anlan.Copy()
again["nobody"] = item
for item in client.stream(bookmark, until_caught_up=True):
    again.apply(item)
assert set(again) == set(whole), "a snapshot replaces what is held"

# An item is lost on the way.
page = client.call(anlan.stream.METHOD)
del page.items[1]
try:
    anlan.stream.check(page, "", anlan.stream.NOTHING)
    sys.exit("the loss was not seen")
except anlan.Lost as lost:
    print(lost)

# Refusals have their names.
for call, code, reason in (
        (lambda: anlan.Client(address).call(anlan.stream.METHOD), "UNAUTHENTICATED", "TOKEN_MISSING"),
        (lambda: client.call(anlan.stream.METHOD, cursor="AAAA"), "INVALID_ARGUMENT", "CURSOR_INVALID"),
        (lambda: anlan.Client("ipc:///nowhere").call(anlan.stream.METHOD, timeout=0.2), "UNAVAILABLE", "UNREACHABLE")):
    try:
        call()
        sys.exit(f"{reason} was expected")
    except anlan.Error as error:
        assert (error.code, error.reason) == (code, reason), error
client.close()
print("all well")
