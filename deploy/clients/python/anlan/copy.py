# SPDX-License-Identifier: Apache-2.0
"""A copy in memory."""


class Copy(dict):
    """Entries by the ids of their records. Apply each item of a stream, in its order."""

    def __init__(self):
        super().__init__()
        self.fresh = None    # during a snapshot: what has come

    def apply(self, item):
        if item.kind == "SNAPSHOT":
            self.fresh = set()
        elif item.kind in ("RECORD", "CHANGE"):
            if item.record_id not in self or item.version >= self[item.record_id].version:
                self[item.record_id] = item
            if self.fresh is not None:
                self.fresh.add(item.record_id)
        elif item.kind == "WITHDRAWN":
            self.pop(item.record_id, None)
        elif item.kind == "SETTLED" and self.fresh is not None:
            for gone in set(self) - self.fresh:
                del self[gone]
            self.fresh = None
