#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the cells of a workbook, a line for each row with | between them, by the standard library alone.

usage: sheets.py FILE.xlsx
"""
import sys
import xml.etree.ElementTree as ET
import zipfile

NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def main():
    with zipfile.ZipFile(sys.argv[1]) as book:
        strings = []
        if "xl/sharedStrings.xml" in book.namelist():
            for item in ET.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", NAMES):
                strings.append("".join(text.text or "" for text in item.iter(f"{{{NAMES['m']}}}t")))
        for name in sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet")):
            for row in ET.fromstring(book.read(name)).iter(f"{{{NAMES['m']}}}row"):
                cells = []
                for cell in row.findall("m:c", NAMES):
                    value = cell.find("m:v", NAMES)
                    text = "" if value is None else value.text
                    cells.append(strings[int(text)] if cell.get("t") == "s" else text)
                print("|".join(cells))


main()
