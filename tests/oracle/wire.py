# SPDX-License-Identifier: Apache-2.0
"""Worlds as lines for the probe (probe.c says which), and its answers.

A story is a list of steps: entries (Unit, Role, Post, Grant), Records and Questions, in the order in which they come.
Names in a story are short ("county2"); on the wire they are UUIDs, many of which begin alike.
"""
import random
import subprocess

import oracle

KINDS = ("region", "city", "county", "township", "department", "office", "regulator", "park", "team", "enterprise",
         "place", "village")
STATES = ("requested", "approved", "refused", "revoked")
GROUNDS = ("authorised", "assisting", "lending", "inspection", "agency_data", "break_glass")
GRANTEES = ("person", "unit", "client")
EPOCH = 1_000_000_000 * 1_000_000   # time 0 of a story, in microseconds


class Ids:
    """UUIDs for names. Four of ten share all but their last bytes with an earlier one: 12 is not 120."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ids = {}
        self.made = []

    def __call__(self, name):
        if name is None:
            return "-"
        if name not in self.ids:
            self.ids[name] = self.make()
        return self.ids[name]

    def make(self):
        while True:
            octets = self.random.randbytes(16)
            if self.made and self.random.random() < 0.4:
                shared = self.random.choice((8, 12, 14, 15))
                octets = self.random.choice(self.made)[:shared] + octets[shared:]
            if octets not in self.made:
                break
        self.made.append(octets)
        text = octets.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def words(items):
    return ",".join(items) or "-"


def time(at):
    return "-" if at is None else str(EPOCH + at)


def line(step, ids):
    if isinstance(step, oracle.Unit):
        return ("U", ids(step.id), ids(step.parent), KINDS.index(step.kind) + 1, *map(ids, step.place),
                ids(step.tenant), int(step.is_tenant), int(step.retired), words(step.sectors),
                words("/".join(ids(tier) if tier else "" for tier in place) for place in step.moved))
    if isinstance(step, oracle.Role):
        return "R", step.id, int(step.retired), words(step.permissions)
    if isinstance(step, oracle.Post):
        return ("P", ids(step.id), ids(step.person), ids(step.unit), step.role, time(step.starts), time(step.ends),
                words(step.sectors))
    if isinstance(step, oracle.Grant):
        return ("G", ids(step.id), ids(step.post), ids(step.grantor), ids(step.parent),
                GRANTEES.index(step.grantee_kind) + 1, ids(step.grantee), ids(step.unit), STATES.index(step.state) + 1,
                GROUNDS.index(step.ground) + 1, step.depth, time(step.starts), time(step.ends), words(step.sectors),
                words(step.permissions))
    if isinstance(step, oracle.Record):
        return "C", *map(ids, step.place), step.sector or "-", words(map(ids, step.parties))
    caller = step.caller
    unit, role, sectors = caller.vouched or (None, "-", ())
    return ("Q", ids(caller.subject), int(caller.is_client), int(bool(caller.post or caller.vouched)), ids(caller.post),
            ids(unit), role, words(sectors), words(map(ids, caller.grants)), step.permission, ids(step.within),
            time(step.now), int(step.without_grants))


def lines(story, seed):
    ids = Ids(seed)
    yield f"W {ids('instance')}\n"
    for step in story:
        yield " ".join(map(str, line(step, ids))) + "\n"


def ask(probe, text):
    """The probe's answers to a text of lines, each as (outcome, origins, times found), to change and to read."""
    done = subprocess.run([probe], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{probe} ended with {done.returncode}: {done.stderr.strip()}")
    answers = [(answer.split(" ") + ["", ""])[:3] for answer in done.stdout.splitlines()]
    return [change + read for change, read in zip(answers[::2], answers[1::2])]


def sectors_of(story):
    sectors = {""}
    for step in story:
        if isinstance(step, oracle.Question):
            sectors.update(step.caller.vouched[2] if step.caller.vouched else ())
        elif isinstance(step, oracle.Record):
            sectors.add(step.sector)
        elif not isinstance(step, oracle.Role):
            sectors.update(step.sectors)
    return tuple(sorted(sectors))


def answers_of_oracle(story):
    """(question, outcome, origins, moved) for each question of a story."""
    directory = oracle.Directory(sectors=sectors_of(story))
    records = []
    for step in story:
        if isinstance(step, oracle.Record):
            records.append(step)
        elif isinstance(step, oracle.Question):
            yield step, *oracle.decide(directory, step, records)
        else:
            directory.apply(step)
