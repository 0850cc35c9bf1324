#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what a storm has left behind against what must be true whatever has happened.

usage: invariants.py --database HOST [--name DATABASE] --acknowledged FILE --copied FILE --descriptors FILE --source TOP
       invariants.py --above HOST --below HOST [--name DATABASE]

The second form holds the copies that an instance has of another's logs against these. HOST is the folder of the
database's socket. Prints figures and, for each invariant that does not hold, a line with its name and an example; exit
status 1 then. It reads tables and logs by itself and shares no code with the services.

  acknowledged   what was acknowledged is stored: its request has one result, whose entry has that hazard and version
  once           no request has two entries of one hazard, and no hazard two entries of one version
  positions      each tenant's log has the positions 1 to N, its head is N
  digests        each entry's digest is that of its salt and bytes
  lives          each hazard's versions are 1 to N, and each step is in the drawing of services/hazards/README.md
  tables         the rows are the after-images of the last entries, byte by byte, and no others
  counters       the counters are what the last after-images come to
  copies         what was pulled is an equal beginning of the log; between instances: what is copied is, byte by byte
  notified       each change that a rule names is told once to whom the rule names
"""
import argparse
import collections
import hashlib
import pathlib
import re
import subprocess
import sys

SHOWN = 3


class Report:
    def __init__(self):
        self.found = collections.OrderedDict()

    def fault(self, invariant, text):
        self.found.setdefault(invariant, []).append(text)

    def print(self):
        for invariant, texts in self.found.items():
            for text in texts[:SHOWN]:
                print(f"FAULT {invariant}: {text}")
            if len(texts) > SHOWN:
                print(f"FAULT {invariant}: {len(texts) - SHOWN} more")
        return not self.found


NAME = "anlan_hazards"
# Rules of deploy/data/notify-rules.csv that name one receiver for each change with one of these actions.
RULES = {"assigned": {"ASSIGN", "TRANSFER"}, "awaits_acceptance": {"REPORT"}, "refused": {"REFUSE"}}


def ask(host, sql, name=None):
    answer = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "|", "-v", "ON_ERROR_STOP=1", "-h", host, "-U", "postgres",
                             "-d", name or NAME, "-c", sql], check=True, stdout=subprocess.PIPE, text=True)
    return [line.split("|") for line in answer.stdout.splitlines()]


class Messages:
    """The contract's messages, from the descriptor set of the build."""

    def __init__(self, path):
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory    # the other form needs none
        self.factory = message_factory
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes())
        self.pool = descriptor_pool.DescriptorPool()
        for file in files.file:
            self.pool.Add(file)
        self.made = {}

    def read(self, name, data):
        if name not in self.made:
            descriptor = self.pool.FindMessageTypeByName(name)
            make = getattr(self.factory, "GetMessageClass", None)
            self.made[name] = make(descriptor) if make else self.factory.MessageFactory(self.pool).GetPrototype(descriptor)
        return self.made[name].FromString(data)

    def names(self, enum, prefix):
        values = self.pool.FindEnumTypeByName(enum).values
        return {value.number: value.name[len(prefix):] for value in values}


def moves(top):
    """The drawing: (state before or None, action) to states."""
    page = (pathlib.Path(top) / "services/hazards/README.md").read_text()
    drawn = collections.defaultdict(set)
    for before, state, action in re.findall(r"^    (\S+) --> (\w+): (\w+)$", page, flags=re.M):
        drawn[None if before == "[*]" else before, action].add(state)
    return drawn


def read_log(host, messages, report):
    """All entries by (tenant, position), and those of hazards in order."""
    log = {}
    rows = ask(host, "SELECT tenant_id, position, encode(digest, 'hex'), encode(salt, 'hex'), encode(entry, 'hex') "
                     "FROM entries ORDER BY tenant_id, position")
    for tenant, position, digest, salt, entry in rows:
        data = bytes.fromhex(entry)
        if hashlib.sha256(bytes.fromhex(salt) + data).hexdigest() != digest:
            report.fault("digests", f"position {position} of {tenant}")
        log[tenant, int(position)] = (digest, messages.read("anlan.rpc.v1.Entry", data))
    return log


def hold_positions(host, log, report):
    last = collections.Counter()
    for tenant, position in sorted(log):
        if position != last[tenant] + 1:
            report.fault("positions", f"{position} follows {last[tenant]} in the log of {tenant}")
        last[tenant] = position
    for tenant, head in ask(host, "SELECT tenant_id, position FROM heads"):
        if last[tenant] != int(head):
            report.fault("positions", f"the head of {tenant} is {head}, its log ends with {last[tenant]}")


def hold_once(log, report):
    requests, versions = set(), set()
    for (tenant, position), (_, entry) in sorted(log.items()):
        for seen, key, what in ((requests, (entry.actor.subject_id, entry.request_id, entry.record_id), "request"),
                                (versions, (entry.record_id, entry.version), "version")):
            if key in seen:
                report.fault("once", f"position {position} of {tenant} repeats the {what} {key}")
            seen.add(key)


def hold_acknowledged(host, path, log, report):
    """Answers how many were acknowledged, lost and doubled."""
    results = collections.defaultdict(list)
    for request, tenant, position in ask(host, "SELECT request_id, tenant_id, position FROM results"):
        results[request].append((tenant, int(position)))
    lost = doubled = count = 0
    for line in open(path):
        count += 1
        request, hazard, version = line.split()
        entries = [log.get(place) for place in results[request]]
        if len(entries) > 1:
            doubled += 1
            report.fault("acknowledged", f"the request {request} has {len(entries)} results")
        elif not entries or not entries[0] or (entries[0][1].record_id, entries[0][1].version) != (hazard, int(version)):
            lost += 1
            report.fault("acknowledged", f"version {version} of {hazard} by the request {request} is not in the log")
    return count, lost, doubled


def last_images(log, messages, drawn, report):
    states = messages.names("anlan.hazards.v1.State", "STATE_")
    actions = messages.names("anlan.hazards.v1.Action", "ACTION_")
    images = {}
    for (tenant, position), (_, entry) in sorted(log.items()):
        if entry.record_type != "anlan.hazards.v1.Hazard":
            continue
        hazard = messages.read(entry.record_type, entry.after)
        before = images.get(hazard.id)
        state_before = states[before[0].state] if before else None
        if hazard.version != (before[0].version + 1 if before else 1):
            report.fault("lives", f"version {hazard.version} of {hazard.id} follows {before and before[0].version}")
        if states[hazard.state] not in drawn[state_before, actions[hazard.last_action]]:
            report.fault("lives", f"{state_before} --> {states[hazard.state]}: {actions[hazard.last_action]}, position "
                                  f"{position} of {tenant}")
        images[hazard.id] = (hazard, entry.after)
    return images


def hold_tables(host, images, report):
    rows = {i: bytes.fromhex(packed) for i, packed in
            ask(host, "SELECT id, encode(summary || detail, 'hex') FROM hazards")}
    for hazard, (_, after) in images.items():
        if rows.get(hazard) != after:
            report.fault("tables", f"{hazard} is {'another' if hazard in rows else 'not there'}")
    for hazard in rows.keys() - images.keys():
        report.fault("tables", f"{hazard} is not in the log")


def hold_counters(host, images, report):
    counted = collections.Counter()
    for hazard, _ in images.values():
        slot = 2 * (hazard.state - 1) + hazard.grade
        units = {1: hazard.tenant_id, 2: hazard.place.township_id, 3: hazard.unit_id, 4: hazard.responsible_unit_id}
        for part, unit in units.items():
            if unit:
                counted[unit, part, hazard.sector, slot] += 1
    stored = collections.Counter()
    for unit, part, sector, slot, count in ask(host, "SELECT unit_id, part, sector, slot, count FROM hazard_counts, "
                                                     "unnest(counts) WITH ORDINALITY AS c(count, slot) WHERE count <> 0"):
        stored[unit, int(part), sector, int(slot)] += int(count)
    for key in counted.keys() | stored.keys():
        if counted[key] != stored[key]:
            report.fault("counters", f"{key}: {stored[key]}, and there are {counted[key]}")


def hold_copy(path, log, report):
    """What was copied belongs to one tenant: the one whose first digest it has."""
    copied = [line.split() for line in open(path)]
    tenants = [tenant for (tenant, position), (digest, _) in log.items() if copied and [str(position), digest] == copied[0]]
    if copied and not tenants:
        report.fault("copies", "the copy begins like no log")
    for position, digest in copied if tenants else []:
        if log.get((tenants[0], int(position)), ("",))[0] != digest:
            report.fault("copies", f"position {position} of {tenants[0]} is another")
    return len(copied)


def hold_instances(above, below, name, report):
    """What an instance has copied of another's logs. Answers how many logs and entries."""
    columns = "position, algorithm, encode(digest, 'hex'), encode(salt, 'hex'), encode(entry, 'hex')"
    logs = entries = 0
    for tenant, position, head in ask(above, "SELECT c.tenant_id, c.position, coalesce(h.position, 0) FROM copies c "
                                             "LEFT JOIN heads h USING (tenant_id) ORDER BY 1", name):
        read = f"SELECT {columns} FROM entries e WHERE tenant_id = '{tenant}' ORDER BY e.position"
        here, there = ask(above, read, name), ask(below, read, name)
        logs, entries = logs + 1, entries + len(here)
        if not position == head == str(len(here)):
            report.fault("copies", f"the copy of {tenant} is said to reach {position}, its head {head}, its entries {len(here)}")
        if len(here) > len(there):
            report.fault("copies", f"the copy of {tenant} is longer than its source: {len(here)} and {len(there)}")
        for at, (mine, source) in enumerate(zip(here, there), 1):
            if mine != source or mine[0] != str(at):
                report.fault("copies", f"position {at} of {tenant} is another than at its source")
    if logs == 0:
        report.fault("copies", "nothing is copied")
    return logs, entries


def between_instances():
    parser = argparse.ArgumentParser()
    for name in ("above", "below"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--name", default=NAME)
    options = parser.parse_args()
    report = Report()
    logs, entries = hold_instances(options.above, options.below, options.name, report)
    good = report.print()
    print(f"{logs} logs, {entries} entries copied; {'all copies are equal beginnings' if good else 'NOT ALL COPIES ARE EQUAL'}")
    return 0 if good else 1


def hold_notified(host, log, messages, report):
    """Messages of notifications' own log, the first of each: those that are reminders say so (rung)."""
    actions = messages.names("anlan.hazards.v1.Action", "ACTION_")
    told = collections.Counter()
    for (data,) in ask(host, "SELECT encode(entry, 'hex') FROM entries", "anlan_notifications"):
        entry = messages.read("anlan.rpc.v1.Entry", bytes.fromhex(data))
        if entry.record_type == "anlan.notifications.v1.Message" and entry.version == 1:
            message = messages.read(entry.record_type, entry.after)
            if message.rung == 0 and message.rule in RULES:
                told[message.subject.tenant_id, message.subject.position, message.rule] += 1
    wanted = set()
    for (tenant, position), (_, entry) in log.items():
        if entry.record_type == "anlan.hazards.v1.Hazard":
            action = actions[messages.read(entry.record_type, entry.after).last_action]
            wanted.update((tenant, position, rule) for rule, names in RULES.items() if action in names)
    for key in wanted | told.keys():
        if told[key] != (key in wanted):
            report.fault("notified", f"position {key[1]} of {key[0]} by the rule {key[2]} was told {told[key]} times")
    return sum(told.values())


def main():
    parser = argparse.ArgumentParser()
    for name in ("database", "acknowledged", "copied", "descriptors", "source"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--name", default=NAME)
    options = parser.parse_args()
    globals()["NAME"] = options.name
    report = Report()
    messages = Messages(options.descriptors)
    log = read_log(options.database, messages, report)
    hold_positions(options.database, log, report)
    hold_once(log, report)
    count, lost, doubled = hold_acknowledged(options.database, options.acknowledged, log, report)
    images = last_images(log, messages, moves(options.source), report)
    hold_tables(options.database, images, report)
    hold_counters(options.database, images, report)
    copied = hold_copy(options.copied, log, report)
    told = hold_notified(options.database, log, messages, report)
    good = report.print()
    print(f"acknowledged {count}, lost {lost}, doubled {doubled}; entries {len(log)}, hazards {len(images)}, copied {copied}, told {told}; "
          f"{'all invariants hold' if good else 'NOT ALL INVARIANTS HOLD'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(between_instances() if "--above" in sys.argv else main())
