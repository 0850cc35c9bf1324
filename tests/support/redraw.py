#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a county's look-backs again, from what `anlan look-backs get --json` tells of a draw and the rule that
proto/anlan/tasks/v1/look_backs.proto states, with nothing of Anlan's.

usage: anlan look-backs get … --json | redraw.py
"""
import hashlib
import json
import sys


def redraw(draw):
    pool = draw["detail"]["pool"]
    everything = draw.get("allMajor", False)
    drawn = [hazard["id"] for hazard in pool if everything and hazard["grade"] == "GRADE_MAJOR"]
    others = [hazard["id"] for hazard in pool if hazard["id"] not in set(drawn)]
    others.sort(key=lambda name: hashlib.sha256(f"{draw['seed']}/{name}".encode()).digest())
    share = -(-len(others) * draw.get("sharePermille", 0) // 1000)
    return drawn + others[:max(share, draw.get("atLeast", 0))]


def main():
    draw = json.load(sys.stdin)
    again = redraw(draw)
    if again != draw["detail"].get("drawnIds", []):
        sys.exit(f"drawn again: {again}\nas it says:  {draw['detail'].get('drawnIds')}")
    print(f"{len(again)} of {len(draw['detail']['pool'])}, the same")


if __name__ == "__main__":
    main()
