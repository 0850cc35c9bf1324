# SPDX-License-Identifier: Apache-2.0
"""The oracle: who reaches what, slow and obviously right.

Written from the rules of access, apart from common/access, and without its pairs: it asks of one record at a time
whether it is reached. Each rule quotes the sentence that it is. "D:" the design's idea 4, "Access is a tree, posts and
grants"; "C:" what the contract promises (proto/anlan/organisations/v1, common/access/decide.h).

Plain data: a directory is dictionaries of units, roles, posts and grants by their names; times are whole numbers.
"""
from dataclasses import dataclass, field

TIERS = ("region", "city", "county", "township")
# C: "at an enterprise, place, village or team: itself as a party"
SEES_ITSELF_ONLY = ("enterprise", "place", "village", "team")
# C: "A role that is there before any record is": only for tokens that the key's holder vouches for.
BEGINNING = {"administrator": ("hazards.read", "hazards.accept")}
GRANDPARENTS_MOST = 8


@dataclass
class Unit:
    id: str
    parent: str | None
    kind: str
    place: tuple                # ids of the tiers above it and, where it is one, itself
    tenant: str | None          # whose records are found here: itself or the nearest tenant above
    is_tenant: bool
    sectors: tuple = ()         # none: all
    retired: bool = False
    moved: tuple = ()           # its places before


@dataclass
class Role:
    id: str
    permissions: tuple
    retired: bool = False


@dataclass
class Post:
    id: str
    person: str
    unit: str
    role: str
    sectors: tuple = ()
    starts: int = 0
    ends: int | None = None     # not included; None: until further notice


@dataclass
class Grant:
    id: str
    post: str                   # of the grantor
    grantor: str
    parent: str | None
    grantee_kind: str           # person, unit, client
    grantee: str
    unit: str
    state: str = "approved"     # requested, approved, refused, revoked
    ground: str = "inspection"  # or break_glass, ...
    depth: int = 0
    sectors: tuple = ()
    permissions: tuple = ()
    starts: int = 0
    ends: int | None = None     # not included


@dataclass
class Record:
    place: tuple
    sector: str                 # "" for none
    parties: tuple              # its own unit first


@dataclass
class Caller:
    subject: str
    is_client: bool = False
    post: str | None = None     # the acting post
    vouched: tuple | None = None    # instead: (unit, role, sectors)
    grants: tuple = ()


@dataclass
class Question:
    caller: Caller
    permission: str
    now: int
    within: str | None = None
    without_grants: bool = False


@dataclass
class Directory:
    instance: str = "instance"
    units: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)
    posts: dict = field(default_factory=dict)
    grants: dict = field(default_factory=dict)
    sectors: tuple = ("",)      # all that there are
    possible: list | None = None

    def apply(self, record):
        """An entry holds the whole record; the last one counts."""
        books = {Unit: self.units, Role: self.roles, Post: self.posts, Grant: self.grants}
        books[type(record)][record.id] = record
        if isinstance(record, Unit):
            self.possible = None


# Where a record lies.

def in_sectors(record, sectors):
    """D: "A unit has sectors (none = all)"."""
    return not sectors or record.sector in sectors


def in_territory(record, tier):
    """C: "records whose place has the unit at this level"."""
    return record.place[TIERS.index(tier.kind)] == tier.id


def stands_at_or_below(directory, unit_id, above):
    """D: "each below one parent"."""
    while unit_id is not None:
        if unit_id == above:
            return True
        unit_id = directory.units[unit_id].parent if unit_id in directory.units else None
    return False


def lies_within(directory, record, unit):
    """C: "Within a tier lies what lies in its territory. Within any other unit lie the records that stand at it or at a
    unit below it"."""
    if unit.kind in TIERS:
        return in_territory(record, unit)
    return bool(record.parties) and stands_at_or_below(directory, record.parties[0], unit.id)


def tier_of(directory, unit):
    """The tier that a unit is or belongs to."""
    while unit is not None and unit.kind not in TIERS:
        unit = directory.units.get(unit.parent)
    return unit


# A way is how something is reached: a root, and what confines it step by step, outermost first.

@dataclass
class Way:
    origin: int                 # 0: the own post; n: the caller's n-th grant
    root: str                   # "instance", "post" or "tenant"
    unit: Unit | None = None
    sectors: tuple = ()         # of the post
    confined: tuple = ()        # of (unit, sectors)


def confines(directory, record, confined):
    return all(lies_within(directory, record, unit) and in_sectors(record, sectors) for unit, sectors in confined)


def reached_by_territory(directory, way, record):
    if way.root == "instance":      # C: "at the instance  everything"
        return confines(directory, record, way.confined)
    if way.root == "tenant":        # C: "(BREAK_GLASS): the territory of the tenant of the post's unit"
        return in_territory(record, way.unit) and confines(directory, record, way.confined)
    if way.unit.kind in SEES_ITSELF_ONLY:
        return False
    # C: "at a tier: the tier's territory, in the post's sectors; at any other unit: the territory of the tier that it
    # belongs to, in the sectors. The sectors are the post's, the unit's, or what both have (none: all)."
    tier = tier_of(directory, way.unit)
    return (tier is not None and in_territory(record, tier) and in_sectors(record, way.sectors)
            and in_sectors(record, way.unit.sectors) and confines(directory, record, way.confined))


def reached_as_party(directory, way, record):
    # C: "itself as a party"; "at a tier that is no tenant (a township): itself as a party too".
    if way.root != "post" or way.unit.is_tenant and way.unit.kind in TIERS:
        return False
    if way.unit.id not in record.parties:       # whatever the sector
        return False
    for at, (unit, sectors) in enumerate(way.confined):
        # C: "what is its own as a party only where the grantor is that very party"; "Within a tier lies what lies in its
        # territory", which is not for its parties to give.
        if unit.id != way.unit.id or unit.kind in TIERS:
            return False
        # C (ACCESS_UNIT): in some sectors what stands at the party remains.
        if sectors:
            return record.parties[0] == way.unit.id and confines(directory, record, way.confined[at:])
    return True


def reached(directory, way, record):
    return reached_by_territory(directory, way, record) or reached_as_party(directory, way, record)


def possible_records(directory):
    """One at each unit in each sector: what reaches none of them reaches nothing."""
    if directory.possible is None:
        directory.possible = [Record(unit.place, sector, (unit.id,))
                              for unit in directory.units.values() for sector in directory.sectors]
    return directory.possible


def reaches_anything(directory, way):
    return any(reached(directory, way, record) for record in possible_records(directory))


# Posts and grants.

def role_permits(directory, role_id, permission):
    """D: "A role is a set of permissions". C: "Retired: it permits nothing any more"."""
    role = directory.roles.get(role_id)
    return role is not None and not role.retired and permission in role.permissions


def post_in_force(directory, post, person, now):
    """D: "Post: person × unit × role, from–to". C: "the grantor's post is in force and still the grantor's, its unit
    active"."""
    if post is None or post.person != person:
        return False
    if now < post.starts or (post.ends is not None and now >= post.ends):
        return False
    unit = directory.units.get(post.unit)
    return unit is not None and not unit.retired


def is_grantee(grant, subject, is_client, acting_unit):
    """C: "the caller is its grantee, or, where that is a unit, acts in a post at it"."""
    if grant.grantee_kind == "unit":
        return acting_unit is not None and grant.grantee == acting_unit
    return is_client == (grant.grantee_kind == "client") and grant.grantee == subject


def grant_in_force(grant, permission, now):
    """C: "it is approved, and starts_at <= now < ends_at; it names the permission". D: "from–to (both mandatory)", "ends
    at its second", "revocable at once"."""
    return (grant.state == "approved" and grant.ends is not None and grant.starts <= now < grant.ends
            and permission in grant.permissions)


def way_of_grant(directory, grant, permission, now, steps=GRANDPARENTS_MOST):
    """How a grant reaches what it reaches; None where it does not hold. D: "Never wider than what the grantor holds, at
    grant time and at every use"; "downstream included"."""
    if steps == 0 or not grant_in_force(grant, permission, now):
        return None
    post = directory.posts.get(grant.post)
    unit = directory.units.get(grant.unit)
    if unit is None or not post_in_force(directory, post, grant.grantor, now):
        return None
    step = ((unit, grant.sectors),)
    if grant.ground == "break_glass":
        # C: "the territory of the tenant of the post's unit, permissions ending in ".read", while the role has
        # "grants.break_glass""
        tenant = directory.units.get(directory.units[post.unit].tenant)
        if tenant is None or not permission.endswith(".read"):
            return None
        if not role_permits(directory, post.role, "grants.break_glass"):
            return None
        return Way(0, "tenant", tenant, (), step)
    if grant.parent is None:
        # D: "suspended when the grantor loses the right"
        if not role_permits(directory, post.role, permission):
            return None
        return Way(0, "post", directory.units[post.unit], post.sectors, step)
    # C: "a part: the parent holds likewise, names the permission, has a greater depth, and its grantee is the grantor or
    # the unit of the grantor's post"
    parent = directory.grants.get(grant.parent)
    if parent is None or parent.depth <= grant.depth or not is_grantee(parent, grant.grantor, False, post.unit):
        return None
    way = way_of_grant(directory, parent, permission, now, steps - 1)
    return way and Way(0, way.root, way.unit, way.sectors, way.confined + step)


# The decision.

def own_post(directory, question):
    """(refused, acting unit, permitted, ways)"""
    caller = question.caller
    if caller.vouched:
        # C: "Empty: the key's holder vouches for unit, role and sectors"
        unit_id, role, sectors = caller.vouched
        unit = directory.units.get(unit_id)
        if unit_id != directory.instance and (unit is None or unit.retired):
            return True, None, False, []
        permitted = (question.permission in BEGINNING[role] if role in BEGINNING
                     else role_permits(directory, role, question.permission))
        way = Way(0, "post", unit, sectors) if unit else Way(0, "instance")
        return False, unit_id, permitted, [way] if permitted else []
    if caller.post is None:
        return False, None, False, []
    post = directory.posts.get(caller.post)
    # C: "POST_ENDED (the post is not in the directory, not the subject's, not in force, or its unit is not there or
    # retired)"
    if caller.is_client or not post_in_force(directory, post, caller.subject, question.now):
        return True, None, False, []
    permitted = role_permits(directory, post.role, question.permission)
    way = Way(0, "post", directory.units[post.unit], post.sectors)
    return False, post.unit, permitted, [way] if permitted else []


def ways_of(directory, question):
    """(refusal or None, ways)"""
    caller = question.caller
    refused, acting_unit, permitted, ways = own_post(directory, question)
    if refused:
        return "POST_ENDED", []
    for number, grant_id in enumerate(caller.grants, 1):
        grant = directory.grants.get(grant_id)
        if question.without_grants or grant is None:
            continue
        if not is_grantee(grant, caller.subject, caller.is_client, acting_unit):
            continue
        way = way_of_grant(directory, grant, question.permission, question.now)
        if way and (permitted or reaches_anything(directory, way)):
            permitted = True
            way.origin = number
            ways.append(way)
    # C: "PERMISSION_MISSING (neither the role nor a grant that holds has it)"
    if not permitted:
        return "PERMISSION_MISSING", []
    if question.within is not None:
        # C: "UNIT_NOT_FOUND (`within` is unknown or out of the scope: the two cannot be told apart)"
        unit = directory.units.get(question.within)
        for way in ways:
            way.confined += ((unit, ()),)
        if unit is None or not any(reaches_anything(directory, way) for way in ways):
            return "UNIT_NOT_FOUND", []
    return None, ways


def origin(directory, ways, record):
    """The first way that reaches it. D: "Two grants never multiply into a third": each is asked alone."""
    for way in ways:
        if reached(directory, way, record):
            return str(way.origin)
    return "."


def places_since(directory, record):
    """Its place, and, where a unit of it moved since, the places that it would have."""
    own = directory.units.get(record.parties[0]) if record.parties else None
    if own is None or own.place == record.place:
        return [record.place]
    places = [record.place, own.place]
    for level, tier in enumerate(record.place):
        if tier is not None:
            places.append(directory.units[tier].place[:level + 1] + record.place[level + 1:])
    return places


def decide(directory, question, records):
    """(outcome, a character for each record: the origin that reaches it, "." for none, "?" where the rules are silent,
    and a character for each record: "m" where it stood there before a move). D: "Check and list agree: one decision
    yields the scope".

    Silent they are of records that stood at a unit before it moved, where old and new place do not say the same (D: open
    ones are handed over, "closed ones stay and the new county gains a read scope").
    """
    refusal, ways = ways_of(directory, question)
    if refusal:
        return refusal, "", ""
    answers = moved = ""
    for record in records:
        places = places_since(directory, record)
        if len(places) == 1:
            answers += origin(directory, ways, record)
            moved += "."
            continue
        said = {origin(directory, ways, Record(place, record.sector, record.parties)) for place in places}
        answers += said.pop() if len(said) == 1 else "?"
        moved += "m"
    return "OK", answers, moved
