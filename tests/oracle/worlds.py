# SPDX-License-Identifier: Apache-2.0
"""Random worlds: a tree, roles, posts and grants that come to be and change, records, and questions in between.

Biased towards the borders: times are exactly a beginning or an end, or one microsecond before; sectors, permissions and
ids begin alike; siblings, moved subtrees, chains of grants, several grants of one caller.
"""
from dataclasses import replace

import oracle

# What a kind may stand below, as services/organisations has it.
TIERS = ("region", "city", "county", "township")
SITES = TIERS + ("park", "village", "enterprise")
BELOW = {
    "city": ("region",), "county": ("region", "city"), "township": ("region", "city", "county"),
    "department": TIERS + ("park",), "office": TIERS + ("park",), "regulator": TIERS + ("park",), "park": TIERS,
    "team": TIERS + ("department", "office", "regulator", "park"), "enterprise": SITES, "place": SITES,
    "village": ("township",),
}
TENANTS = ("region", "city", "county")
SECTORS = ("fire", "fireworks", "road", "roads")
PERMISSIONS = ("hazards.read", "hazards.reader", "hazards.proofread", "hazards.accept", "grants.break_glass")
ASKED = ("hazards.read",) * 8 + ("hazards.accept",) * 3 + PERMISSIONS
KINDS = ("city", "county", "county", "county", "township", "township", "township", "department", "office", "regulator",
         "regulator", "park", "team", "enterprise", "enterprise", "place", "village")
STEPS, QUESTIONS = 7, 14    # changes of a world, and questions after each


class World:
    def __init__(self, random):
        self.random = random
        self.story = []
        self.now = oracle.Directory()
        self.times = {0, 100}
        self.people = [f"person{n}" for n in range(random.randint(2, 6))]
        self.clients = ["client0", "client1"]
        self.counts = {}

    def put(self, record):
        self.story.append(record)
        self.now.apply(record)
        for name in ("starts", "ends"):
            at = getattr(record, name, None)
            if at is not None:
                self.times.add(at)

    def name(self, kind):
        self.counts[kind] = self.counts.get(kind, -1) + 1
        return f"{kind}{self.counts[kind]}"

    def some(self, items, chance):
        return tuple(item for item in items if self.random.random() < chance)

    def sectors(self, chance_of_any):
        return self.some(SECTORS, 0.4) if self.random.random() < chance_of_any else ()

    def pick(self, items):
        items = list(items)
        return items[int(self.random.random() * len(items))]

    def span(self):
        starts = self.pick((0, 0, 0, 0, 20, self.pick(self.times)))
        return starts, starts + self.pick((1, 20, 60, 100, 100, 1000, 1000))

    # Units

    def placed(self, unit):
        """The unit with its place and tenant, as its parent is now."""
        above = self.now.units.get(unit.parent)
        place = list(above.place) if above else [None] * len(TIERS)
        if unit.kind in TIERS:
            place[TIERS.index(unit.kind)] = unit.id
        tenant = unit.id if unit.is_tenant else above.tenant if above else None
        return replace(unit, place=tuple(place), tenant=tenant)

    def add_unit(self, kind, parent):
        sectors = self.sectors(0.9 if kind == "regulator" else 0.1)
        self.put(self.placed(oracle.Unit(self.name(kind), parent, kind, (), None, kind in TENANTS, sectors)))

    def grow(self):
        kind = self.pick(KINDS)
        parents = [unit.id for unit in self.now.units.values() if unit.kind in BELOW[kind] and not unit.retired]
        if parents:
            self.add_unit(kind, self.pick(parents))

    def below(self, unit_id):
        return [unit for unit in self.now.units.values() if unit.parent == unit_id]

    def place_again(self, unit, noted):
        """A moved unit and all below it. Where no tier moves, each notes where it was."""
        placed = self.placed(unit)
        if noted and placed.place != unit.place:
            placed = replace(placed, moved=unit.moved + (unit.place,))
        self.put(placed)
        for other in self.below(unit.id):
            self.place_again(other, noted and unit.kind not in TIERS)

    def move_unit(self):
        unit = self.pick(self.now.units.values())
        parents = [other.id for other in self.now.units.values()
                   if other.kind in BELOW.get(unit.kind, ()) and not other.retired and not unit.retired
                   and not oracle.stands_at_or_below(self.now, other.id, unit.id)]
        if parents:
            self.place_again(replace(unit, parent=self.pick(parents)), True)

    def retire_unit(self):
        leaves = [unit for unit in self.now.units.values() if all(other.retired for other in self.below(unit.id))]
        self.put(replace(self.pick(leaves), retired=True))

    def change_sectors(self):
        self.put(replace(self.pick(self.now.units.values()), sectors=self.sectors(0.7)))

    # Roles, posts, grants

    def add_role(self):
        self.put(oracle.Role(self.name("role"), self.some(PERMISSIONS, 0.85)))

    def change_role(self):
        role = self.pick(self.now.roles.values())
        self.put(replace(role, permissions=self.some(PERMISSIONS, 0.6), retired=self.random.random() < 0.2))

    def add_post(self):
        starts, ends = self.span()
        self.put(oracle.Post(self.name("post"), self.pick(self.people), self.pick(self.now.units),
                             self.pick(list(self.now.roles) * 8 + ["administrator"]), self.sectors(0.3), starts,
                             self.pick((None, None, None, ends))))

    def end_post(self):
        post = self.pick(self.now.posts.values())
        self.put(replace(post, ends=self.pick([at for at in self.times if at >= post.starts])))

    def change_post(self):
        """Another person's, or in another role: a service does not do so, and a mirror believes its log."""
        post = self.pick(self.now.posts.values())
        self.put(replace(post, person=self.pick(self.people), role=self.pick(self.now.roles)))

    def grantee(self):
        kind = self.pick(("person", "person", "person", "unit", "client"))
        return kind, self.pick({"person": self.people, "unit": self.now.units, "client": self.clients}[kind])

    def near(self, unit_id):
        """A unit below, at or above this one, or any."""
        units = self.now.units
        related = [other for other in units if oracle.stands_at_or_below(self.now, other, unit_id)]
        return self.pick(units if self.random.random() < 0.3 else related or units)

    def add_grant(self):
        post = self.pick(self.now.posts.values())
        kind, grantee = self.grantee()
        starts, ends = self.span()
        ground = self.pick(("inspection", "authorised", "inspection", "break_glass"))
        glass = ground == "break_glass"
        if glass:
            kind, grantee = "person", post.person
        tier = oracle.tier_of(self.now, self.now.units[post.unit])
        self.put(oracle.Grant(
            self.name("grant"), post.id, post.person, None, kind, grantee,
            self.near(tier.id if tier and self.random.random() < 0.8 else post.unit),
            self.pick(("approved",) * 8 + ("requested", "refused", "revoked")), ground, 0 if glass else self.pick(range(4)),
            () if glass else self.sectors(0.4), self.some(PERMISSIONS, 0.8), starts, ends))

    def hand_on(self):
        """A part of a grant, mostly by who received it."""
        parents = [grant for grant in self.now.grants.values() if grant.ground != "break_glass"]
        if not parents:
            return self.add_grant()
        parent = self.pick(parents)
        fitting = [post for post in self.now.posts.values() if parent.grantee in (post.person, post.unit)]
        post = self.pick(fitting if fitting and self.random.random() < 0.9 else self.now.posts.values())
        kind, grantee = self.grantee()
        starts, ends = self.span()
        self.put(oracle.Grant(
            self.name("grant"), post.id, post.person, parent.id, kind, grantee, self.near(parent.unit), "approved",
            "inspection", self.pick((max(parent.depth - 1, 0), max(parent.depth - 1, 0), parent.depth)),
            self.sectors(0.3), self.some(PERMISSIONS, 0.9), self.pick((0, starts)), self.pick((1000, ends))))

    def change_grant(self):
        if self.now.grants:
            grant = self.pick(self.now.grants.values())
            ends = None if self.random.random() < 0.1 else grant.ends
            self.put(replace(grant, state=self.pick(("approved", "revoked", "revoked", "refused", "requested")), ends=ends))

    def lose_end(self):
        """A service refuses a grant without an end; a mirror must not take it for one without limit."""
        if self.now.grants:
            self.put(replace(self.pick(self.now.grants.values()), ends=None))

    def change_grantor(self):
        """The grant of a post that another person holds now."""
        if self.now.grants:
            self.put(replace(self.pick(self.now.grants.values()), grantor=self.pick(self.people)))

    # Records and questions

    def add_record(self):
        units = self.now.units
        own = self.pick(units)
        parties = (own,) + tuple(self.near(own) for _ in range(self.pick((0, 0, 1, 2))))
        self.story.append(oracle.Record(units[own].place, self.pick(SECTORS + ("",)), parties))

    def caller(self):
        kind = self.random.random()
        if kind < 0.5 and self.now.grants:
            return self.receiver(self.pick(self.now.grants.values()))
        if kind < 0.54:
            client = self.pick(self.clients)
            return oracle.Caller(client, True, self.pick([None] * 9 + list(self.now.posts)), None, self.grants_of(client))
        if kind < 0.60:
            vouched = (self.pick(list(self.now.units) * 2 + ["instance", "nowhere"]),
                       self.pick(("administrator", *self.now.roles, "no_role")), self.sectors(0.3))
            person = self.pick(self.people)
            return oracle.Caller(person, False, None, vouched, self.grants_of(person, vouched[0]))
        post = self.pick(self.now.posts.values())
        person = post.person if self.random.random() < 0.96 else self.pick(self.people)
        post_id = post.id if self.random.random() < 0.99 else "no_post"
        return oracle.Caller(person, False, post_id, None, self.grants_of(person, post.unit))

    def receiver(self, grant):
        """Who received a grant, acting by it, and perhaps in a post and by others."""
        if grant.grantee_kind == "client":
            return oracle.Caller(grant.grantee, True, None, None, self.grants_of(grant.grantee, first=grant))
        posts = [post for post in self.now.posts.values() if grant.grantee in (post.person, post.unit)]
        if not posts or grant.grantee_kind == "person" and self.random.random() < 0.4:
            person = grant.grantee if grant.grantee_kind == "person" else self.pick(self.people)
            return oracle.Caller(person, False, None, None, self.grants_of(person, first=grant))
        post = self.pick(posts)
        return oracle.Caller(post.person, False, post.id, None, self.grants_of(post.person, post.unit, first=grant))

    def grants_of(self, *receivers, first=None):
        his = [grant.id for grant in self.now.grants.values() if grant.grantee in receivers]
        any_other = list(self.now.grants) + ["no_grant"]
        chosen = [self.pick(his if his and self.random.random() < 0.9 else any_other)
                  for _ in range(self.pick((0, 0, 1, 1, 2) if first else (0, 1, 1, 2, 2, 3)))]
        if first:
            chosen.insert(int(self.random.random() * (len(chosen) + 1)), first.id)
        return tuple(dict.fromkeys(chosen))

    def moment(self, caller):
        """At or just before a beginning or an end, mostly of what the caller acts by."""
        held = [self.now.posts.get(caller.post)]
        for grant in map(self.now.grants.get, caller.grants):
            while grant:
                held += [grant, self.now.posts.get(grant.post)]
                grant = self.now.grants.get(grant.parent)
        borders = {at for one in held if one for at in (one.starts, one.ends) if at is not None}
        begun = max((one.starts for one in held if one), default=0)
        if self.random.random() < 0.6:
            return begun + self.pick((0, 0, 0, 1, 10))
        return self.pick(borders if borders and self.random.random() < 0.8 else self.times) - self.pick((0, 0, 1, -1))

    def ask(self):
        """Two questions of one caller."""
        caller = self.caller()
        for _ in range(2):
            within = self.pick(list(self.now.units) + ["nowhere"]) if self.random.random() < 0.4 else None
            self.story.append(oracle.Question(caller, self.pick(ASKED), self.moment(caller), within,
                                              self.random.random() < 0.04))

    CHANGES = (grow, move_unit, move_unit, retire_unit, change_sectors, change_role, add_post, end_post, change_post,
               add_grant, add_grant, hand_on, hand_on, change_grant, change_grant, lose_end, change_grantor)

    def times_do(self, most, what):
        for _ in range(most):
            what()

    def tell(self):
        self.add_unit("region", None)
        if self.random.random() < 0.1:
            self.add_unit("region", None)
        self.times_do(self.random.randint(2, 11), self.grow)
        self.times_do(self.random.randint(1, 3), self.add_role)
        self.times_do(self.random.randint(2, 7), self.add_post)
        self.times_do(self.random.randint(0, 4), self.add_grant)
        self.times_do(self.random.randint(0, 4), self.hand_on)
        self.times_do(self.random.randint(4, 14), self.add_record)
        self.times_do(QUESTIONS // 2, self.ask)
        for _ in range(STEPS):
            self.pick(self.CHANGES)(self)
            if self.random.random() < 0.3:
                self.add_record()
            self.times_do(QUESTIONS // 2, self.ask)
        return self.story


def random_story(random):
    return World(random).tell()
