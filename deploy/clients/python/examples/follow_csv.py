# SPDX-License-Identifier: Apache-2.0
"""Writes what a client may read to a CSV file: follow_csv.py ADDRESS TOKEN FILE [CA CERTIFICATE KEY]"""
import csv
import sys

import anlan

copy = anlan.Copy()
with anlan.Client(sys.argv[1], *sys.argv[4:7], token=sys.argv[2]) as client:
    for item in client.stream(until_caught_up=True):
        copy.apply(item)
with open(sys.argv[3], "w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file)
    rows.writerow(["id", "version", "state", "sector", "description"])
    rows.writerows([r.id, r.version, r.state, r.sector, r.description] for r in (i.record for i in copy.values()))
