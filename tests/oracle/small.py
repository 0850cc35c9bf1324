# SPDX-License-Identifier: Apache-2.0
"""Every small world: all trees of at most so many units, with all ways to have at most so many grants.

A tree has a region on top; below it counties, regulators of fire and enterprises; below a county townships, regulators
and enterprises; below a township regulators and enterprises. Trees that differ only in the order of their units are one.
In each unit somebody holds a post that permits to read. A grant is (post by which it is given, unit to which it gives
access, all sectors or fire alone). Up to three of them hang together in one of these ways, and who has no post calls by
all those that nothing hangs on:

    alone   a     a b     a b c                 each given by a post
    chains  a─b   a─b c   a─b─c   a─(b c)       b a part of a, given by the post of who received a

and a─b once more where a may not be handed on. What is granted once is granted to one person; time, state and
several roles are left to random worlds. Each world is asked for one record at each unit in fire and in road, and for one
to which another unit is a party; a world of one grant, and each post by itself, within each unit too.
"""
from functools import lru_cache
from itertools import combinations

import oracle

CHILDREN = {"region": ("county", "regulator", "enterprise"), "county": ("township", "regulator", "enterprise"),
            "township": ("regulator", "enterprise")}
SECTORS = ((), ("fire",))
READ = "hazards.read"
NOW = 10


@lru_cache(None)
def shapes(kind, size):
    """Trees of a size below a kind, each (kind, trees below it)."""
    return [(kind, below) for below in forests(kind, size - 1, None)]


def forests(kind, size, largest):
    """Lists of trees below a kind, the larger first, so that each comes in one order only."""
    if size == 0:
        return [()]
    found = []
    for first_size in range(size, 0, -1):
        for child in CHILDREN.get(kind, ()):
            for tree in shapes(child, first_size):
                order = (first_size, repr(tree))
                if largest is None or order <= largest:
                    found += [(tree,) + rest for rest in forests(kind, size - first_size, order)]
    return found


def units_of(shape, parent=None, made=None):
    kind, below = shape
    made = [] if made is None else made
    above = next((unit for unit in made if unit.id == parent), None)
    unit_id = f"unit{len(made)}"
    place = list(above.place) if above else [None] * 4
    if kind in oracle.TIERS:
        place[oracle.TIERS.index(kind)] = unit_id
    is_tenant = kind in ("region", "county")
    made.append(oracle.Unit(unit_id, parent, kind, tuple(place), unit_id if is_tenant else above.tenant, is_tenant,
                            ("fire",) if kind == "regulator" else ()))
    for child in below:
        units_of(child, unit_id, made)
    return made


def base_of(units):
    """The tree, its posts and records."""
    story = list(units) + [oracle.Role("officer", (READ,))]
    story += [oracle.Post(f"post-{unit.id}", f"holder-{unit.id}", unit.id, "officer") for unit in units]
    story += [oracle.Record(unit.place, sector, (unit.id,)) for unit in units for sector in ("fire", "road")]
    return story + [oracle.Record(units[0].place, "road", (units[0].id, units[-1].id))]


def wishes(units):
    return [(by.id, at.id, sectors) for by in units for at in units for sectors in SECTORS]


def grant(wish, number, parent=None, to=None, depth=0):
    """A grant by a wish; to the outsider, or to who holds the post of a unit."""
    by, at, sectors = wish
    return oracle.Grant(f"grant{number}", f"post-{by}", f"holder-{by}", parent, "person",
                        f"holder-{to}" if to else "outsider", at, depth=depth, sectors=sectors, permissions=(READ,),
                        ends=NOW + 1)


def asked(*grants, within=None):
    return oracle.Question(oracle.Caller("outsider", grants=tuple(one.id for one in grants)), READ, NOW, within)


def alone(units, most):
    """Grants that posts give, and the posts by themselves."""
    story = base_of(units)
    everywhere = [None] + [unit.id for unit in units]
    for unit in units:
        caller = oracle.Caller(f"holder-{unit.id}", post=f"post-{unit.id}")
        story += [oracle.Question(caller, READ, NOW, within) for within in everywhere]
    grants = [grant(wish, number) for number, wish in enumerate(wishes(units))]
    story += grants
    story += [asked(one, within=within) for one in grants for within in everywhere]
    for count in range(2, most + 1):
        story += [asked(*some) for some in combinations(grants, count)]
    return story


def chains(units, first, most):
    """Grants of which others are parts; the first one is given."""
    story = base_of(units)
    every = wishes(units)
    others = [grant(wish, f"-other{number}") for number, wish in enumerate(every)]
    story += others if most > 2 else []
    for receiver in units:
        to = receiver.id
        whole = grant(first, f"-{to}", to=to, depth=2)
        fixed = grant(first, f"-{to}-fixed", to=to, depth=0)
        story += [whole, fixed]
        parts = [grant(wish, f"-{to}-{number}", whole.id) for number, wish in enumerate(every) if wish[0] == to]
        for number, part in enumerate(parts):
            not_handed_on = grant((to, part.unit, part.sectors), f"-{to}-fixed{number}", fixed.id)
            story += [part, asked(part), not_handed_on, asked(not_handed_on)]
            if most > 2:
                story += [asked(part, other) for other in others]
                story += longer(units, part, f"-{to}-{number}", every)
        if most > 2:
            story += [asked(*two) for two in combinations(parts, 2)]
    return story


def longer(units, part, name, every):
    """A part that is handed on once more."""
    story = []
    for receiver in units:
        to = receiver.id
        link = grant((part.post.removeprefix("post-"), part.unit, part.sectors), f"{name}-{to}", part.parent, to, 1)
        story.append(link)
        for number, wish in enumerate(every):
            if wish[0] == to:
                last = grant(wish, f"{name}-{to}-{number}", link.id)
                story += [last, asked(last)]
    return story


def stories(parts):
    """Names of stories, for story(): of (units at most, grants at most) pairs, each including the ones before."""
    named = []
    for size in range(1, max(units for units, _ in parts) + 1):
        most = max(grants for units, grants in parts if units >= size)
        for index in range(len(shapes("region", size))):
            named.append((size, index, None, most))
            if most > 1:
                named += [(size, index, first, most) for first in range(2 * size * size)]
    return named


def story(name):
    size, index, first, most = name
    units = units_of(shapes("region", size)[index])
    return alone(units, most) if first is None else chains(units, wishes(units)[first], most)
