# SPDX-License-Identifier: Apache-2.0
"""Holds the product (probe.c) against the oracle, and shrinks what they disagree about."""
from collections import Counter
from dataclasses import fields, replace

import oracle
import wire

SHRINK_TRIES = 3000


def fault(said, found):
    """What is wrong with an answer of the product; None if nothing is."""
    outcome, origins, moved = said
    product_outcome, product_origins, times = found[:3]
    if outcome != product_outcome:
        return f"the oracle says {outcome}, the product {product_outcome}"
    for at, (right, mine) in enumerate(zip(origins, product_origins)):
        if right not in ("?", mine):
            return f"record {at}: by the oracle {by(right)}, by the product {by(mine)}"
        if (mine == ".") != (times[at] == "."):
            return f"record {at}: by the check {by(mine)}, the list {'has' if times[at] != '.' else 'lacks'} it"
    return fault_to_read(origins, moved, found)


def fault_to_read(origins, moved, found):
    """C: "Who reads a territory also reads what units that came to it (moved or merged) had before": the same answer but
    for records that stood there before a move; of those all that may be changed, and none out of reach wherever it stands
    or stood. Check and list agree on all."""
    outcome, change, _, read_outcome, read, times = found
    if read_outcome != outcome and not read.strip("."):
        return f"to change {outcome}, to read {read_outcome}"
    for at, mine in enumerate(read):
        to_change = change[at] if change else "."
        if moved and moved[at] == "." and mine != to_change or mine == "." != to_change:
            return f"record {at}: to change {by(to_change)}, to read {by(mine)}"
        if origins and origins[at] == "." != mine:
            return f"record {at}: to read {by(mine)}, out of reach wherever it stands or stood"
        if (mine == ".") != (times[at] == "."):
            return f"record {at}: to read {by(mine)}, the list {'has' if times[at] != '.' else 'lacks'} it"
        if times[at] not in ".1" and (not moved or moved[at] == "."):
            return f"record {at}: {times[at]} pairs of the list find it"
    return None


def by(origin):
    return {".": "not reached", "0": "reached by the own post"}.get(origin, f"reached by grant {origin} of the caller")


def compare(probe, stories):
    """(figures, [(story up to the question, what is wrong)]) of (story, seed) pairs."""
    figures = Counter(worlds=len(stories))
    text = "".join(part for story, seed in stories for part in wire.lines(story, seed))
    answers = iter(wire.ask(probe, text))
    faults = []
    for story, seed in stories:
        for question, *said in wire.answers_of_oracle(story):
            found = next(answers, ("nothing", "", "") * 2)
            count(figures, said, found)
            wrong = fault(said, found)
            if wrong:
                faults.append((story_until(story, question), seed, wrong))
                figures["first"] = figures["first"] or figures["decisions"]
    if next(answers, None):
        raise RuntimeError("the probe answered more than it was asked")
    return figures, faults


def count(figures, said, found):
    outcome, origins, moved = said
    figures["decisions"] += 1
    figures[outcome] += 1
    figures["records"] += len(origins)
    figures["reached"] += len(found[1]) - found[1].count(".")
    figures["reached by a grant"] += sum(origin not in ".0" for origin in found[1])
    figures["moved"] += moved.count("m")
    figures["moved, rules silent"] += origins.count("?")


def story_until(story, question):
    """Everything before a question, without the questions, and it."""
    at = next(index for index, step in enumerate(story) if step is question)
    return [step for step in story[:at] if not isinstance(step, oracle.Question)] + [question]


# Shrinking: what can be left out or made simpler while they still disagree.

def is_sound(story):
    """Everything that a step names has come before it."""
    seen = {None, "instance", "nowhere", "no_post", "no_grant"}
    for step in story:
        if isinstance(step, oracle.Unit):
            names = (step.parent, *(place for place in step.place if place != step.id))
        elif isinstance(step, oracle.Post):
            names = (step.unit,)
        elif isinstance(step, oracle.Grant):
            names = (step.post, step.parent, step.unit)
        elif isinstance(step, oracle.Record):
            names = (*step.place, *step.parties)
        elif isinstance(step, oracle.Question):
            names = (step.caller.post, step.within)
        else:
            names = ()
        if not seen.issuperset(names):
            return False
        seen.add(getattr(step, "id", None))
    return True


def simpler(step):
    """The step with one thing less, in all ways."""
    if isinstance(step, oracle.Question):
        yield replace(step, within=None)
        grants = step.caller.grants
        for at in range(len(grants)):
            yield replace(step, caller=replace(step.caller, grants=grants[:at] + grants[at + 1:]))
    if isinstance(step, oracle.Record):
        for at in range(1, len(step.parties)):
            yield replace(step, parties=step.parties[:at] + step.parties[at + 1:])
    for name in ("sectors", "permissions"):
        if getattr(step, name, ()):
            yield replace(step, **{name: ()})
            yield replace(step, **{name: getattr(step, name)[1:]})
    if getattr(step, "ends", None) is not None and not isinstance(step, oracle.Grant):
        yield replace(step, ends=None)


def smaller(story):
    for at in range(len(story) - 2, -1, -1):
        yield story[:at] + story[at + 1:]
    for at, step in enumerate(story):
        for other in simpler(step):
            if other != step:
                yield story[:at] + [other] + story[at + 1:]


def shrink(probe, story, seed):
    """(the smallest story found that still shows a fault, the fault)"""
    wrong = compare(probe, [(story, seed)])[1][-1][2]
    tries = 0
    shrunk = True
    while shrunk and tries < SHRINK_TRIES:
        shrunk = False
        for other in smaller(story):
            if not is_sound(other) or tries == SHRINK_TRIES:
                continue
            tries += 1
            faults = compare(probe, [(other, seed)])[1]
            if faults:
                story, wrong, shrunk = other, faults[-1][2], True
                break
    return story, wrong


# For people.

def describe(story, wrong):
    number = -1
    text = []
    for step in story:
        name = type(step).__name__.lower()
        if isinstance(step, oracle.Record):
            number += 1
            name = f"record {number}"
        text.append(f"    {name:<9} " + ", ".join(f"{one.name}={show(getattr(step, one.name))}" for one in fields(step)
                                                  if getattr(step, one.name) not in ((), None, False)))
    return f"DISAGREEMENT: {wrong}\n" + "\n".join(text)


def show(value):
    if isinstance(value, oracle.Caller):
        return "(" + ", ".join(f"{one.name}={show(getattr(value, one.name))}" for one in fields(value)
                               if getattr(value, one.name) not in ((), None, False)) + ")"
    if isinstance(value, tuple):
        return "/".join("-" if item is None else show(item) for item in value)
    return str(value) if value != "" else "none"
