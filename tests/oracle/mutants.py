# SPDX-License-Identifier: Apache-2.0
"""Faults that are planted in copies of common/access: the oracle must find each one.

usage: mutants.py --names            the names, one a line, each with its file
       mutants.py NAME TOP OUT       writes the file with the fault to OUT

A mutant is an edit of one place of one file. Where the place is gone the build fails: then the mutant is to be rewritten
for the code as it is now, never left out.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
sys.dont_write_bytecode = True
from planting import Mutant, main  # noqa: E402

MUTANTS = [
    # Those that every such system has had.
    Mutant("id_prefix", "12 matches 120: ids are compared by their first bytes", "decide.c",
           "return uuid_compare(&record->place.levels[pair->kind - ACCESS_REGION], &pair->unit_id) == 0;",
           "return memcmp(record->place.levels[pair->kind - ACCESS_REGION].bytes, pair->unit_id.bytes, 12) == 0;"),
    Mutant("sector_prefix", "\"fire\" matches \"fireworks\"", "decide.c",
           "strcmp(pair->sector, record->sector) != 0", "strncmp(pair->sector, record->sector, strlen(pair->sector)) != 0"),
    Mutant("expiry_dropped", "a grant never ends", "standing.c",
           "else if (now >= grant->ends_at)", "else if (now >= INT64_MAX)"),
    Mutant("sector_forgotten", "a grant's sectors do not confine it", "reach.c",
           "if (sectors->count == 0 || (pair->sector", "if (sectors->count < 100 || (pair->sector"),
    Mutant("cache_without_grant", "a cache is asked by permission, time and grantor, not by grant", "standing.c",
           "    return grant_reaches(reach, grant, permission, now, 0);\n}", """\
    static struct {
        const struct directory *directory;
        int64_t position;
        struct uuid post_id;
        clock_time now;
        char permission[64];
        struct access_standing standing;
        struct access_pair pairs[64];
        size_t count;
    } kept;
    if (kept.directory != reach->directory || kept.position != directory_position(reach->directory) ||
        uuid_compare(&kept.post_id, &grant->grantor_post_id) != 0 || kept.now != now ||
        strcmp(kept.permission, permission) != 0) {
        static struct arena arena;
        arena_fini(&arena);
        arena_init(&arena, 1 << 20);
        struct reach part = {.directory = reach->directory, .arena = &arena, .use = reach->use};
        kept.directory = reach->directory;
        kept.position = directory_position(reach->directory);
        kept.post_id = grant->grantor_post_id;
        kept.now = now;
        strncpy(kept.permission, permission, sizeof(kept.permission) - 1);
        kept.standing = grant_reaches(&part, grant, permission, now, 0);
        kept.count = part.count < 64 ? part.count : 64;
        if (kept.count > 0)
            memcpy(kept.pairs, part.pairs, kept.count * sizeof(kept.pairs[0]));
    }
    static const struct directory_words all;
    for (size_t i = 0; i < kept.count; i++)
        reach_add_sectors(reach, &kept.pairs[i], &all);
    return kept.standing;
}"""),
    Mutant("depth_off_by_one", "a grant is handed on once more than it may be", "standing.c",
           "parent->depth <= grant->depth", "parent->depth < grant->depth"),
    Mutant("post_ended", "a post never ends", "standing.c", "if (now >= post->ends_at)", "if (now >= INT64_MAX)"),
    Mutant("grantor_lost_right", "what the grantor's role permits now does not count", "standing.c",
           "return standing.condition == ACCESS_HOLDS ? standing_of_role(reach, &found, permission) : standing;",
           "if (standing.condition == ACCESS_HOLDS)\n        reach_add_post(reach, found.unit, "
           "found.post->sectors->words, found.post->sectors->count);\n    return standing;"),
    # Times and states.
    Mutant("end_inclusive", "a grant holds at its end", "standing.c",
           "else if (now >= grant->ends_at)", "else if (now > grant->ends_at)"),
    Mutant("beginning_excluded", "a grant does not hold at its beginning", "standing.c",
           "else if (now < grant->starts_at)", "else if (now <= grant->starts_at)"),
    Mutant("post_not_begun", "a post holds before it begins", "standing.c",
           "if (now < post->starts_at)", "if (now < INT64_MIN)"),
    Mutant("request_accepted", "a grant holds before anybody approved it", "standing.c",
           "condition = ACCESS_GRANT_WAITING;",
           "condition = now >= grant->starts_at && now < grant->ends_at && words_has(grant->permissions, permission)\n"
           "                        ? ACCESS_HOLDS : ACCESS_GRANT_WAITING;"),
    Mutant("revocation_ignored", "a grant holds after it was revoked", "standing.c",
           "condition = ACCESS_GRANT_REVOKED;",
           "condition = now >= grant->starts_at && now < grant->ends_at && words_has(grant->permissions, permission)\n"
           "                        ? ACCESS_HOLDS : ACCESS_GRANT_REVOKED;"),
    Mutant("endless_grant", "a grant without an end never ends", "grants.c",
           "grant.ends_at = read_time(record->ends_at, 0);", "grant.ends_at = read_time(record->ends_at, INT64_MAX);"),
    Mutant("permission_not_named", "a grant gives all that its grantor may", "standing.c",
           "else if (!words_has(grant->permissions, permission))", "else if (false)"),
    Mutant("retired_unit", "posts at a retired unit go on", "standing.c",
           "found->unit->retired ? ACCESS_UNIT_RETIRED : ACCESS_HOLDS", "ACCESS_HOLDS"),
    Mutant("narrowed_role", "a role only ever grows", "roles.c",
           "        kept->role.permissions =\n",
           "        if (!kept->role.permissions || record->n_permissions >= kept->role.permissions->count)\n"
           "            kept->role.permissions =\n"),
    Mutant("retired_role", "a retired role permits on", "roles.c",
           "record->retired ? 0 : record->n_permissions", "record->n_permissions"),
    # Who.
    Mutant("grantor_changed", "a grant goes on when another person holds the grantor's post", "standing.c",
           "standing_of_post_for(reach, &grant->grantor_post_id, &grant->grantor_person_id, permission, now)",
           "standing_of_post_for(reach, &grant->grantor_post_id, &directory_post(reach->directory, "
           "&grant->grantor_post_id)->person_id, permission, now)"),
    Mutant("handed_on_by_anybody", "a part is given by who did not receive the whole", "standing.c",
           "!standing_is_grantee(parent, &grant->grantor_person_id, false, &found.post->unit_id)", "false"),
    Mutant("received_by_anybody", "a grant is used by who did not receive it", "decide.c",
           "!standing_is_grantee(grant, &caller->subject_id, caller->is_client, &deciding->unit_id)", "false"),
    Mutant("client_in_a_post", "a client acts in a person's post", "decide.c",
           "&caller->post_id, &caller->subject_id, question->now, &found);\n    if (caller->is_client ||",
           "&caller->post_id, caller->is_client ? NULL : &caller->subject_id, question->now, &found);\n    if ("),
    Mutant("grants_although_without", "grants count where the own post alone is asked", "decide.c",
           "i < caller->grant_count && !question->without_grants", "i < caller->grant_count"),
    # What is reached.
    Mutant("whole_forgotten", "a part is held against the grantor of the whole, not against the whole", "standing.c",
           "return grant_reaches(reach, parent, permission, now, chain + 1);",
           "return !uuid_is_nil(&parent->parent_id) ? grant_reaches(reach, parent, permission, now, chain + 1)\n"
           "    : standing_of_post_for(reach, &parent->grantor_post_id, &parent->grantor_person_id, permission, now);"),
    Mutant("sectors_united", "A in X and B in Y give A in Y", "decide.c",
           "    decide_grants(deciding);\n", """\
    decide_grants(deciding);
    for (size_t i = 0, most = deciding->reach.count; i < most; i++)
        for (size_t k = 0; k < most; k++) {
            struct access_pair crossed = deciding->reach.pairs[i];
            const char *const word[] = {deciding->reach.pairs[k].sector};
            const struct directory_words one = {1, word};
            crossed.sector = NULL;
            if (word[0] && deciding->reach.pairs[i].sector)
                reach_add_sectors(&deciding->reach, &crossed, &one);
        }
"""),
    Mutant("union_for_intersection", "a grant of a unit that its grantor does not reach gives what he reaches", "reach.c",
           "if (unit && is_at(&unit->place, within_level, &within->id))\n        add_pair(reach, pair);",
           "if (unit)\n        add_pair(reach, pair);"),
    Mutant("post_sectors_win", "a post in sectors that its unit has not", "reach.c",
           "if (has(unit->sectors, unit->sector_count, sectors[i]) && !(i > 0", "if (!(i > 0"),
    Mutant("party_granted", "what the grantor is party to comes along", "reach.c",
           "if (within_level < 0 && uuid_compare(&pair->unit_id, &within->id) == 0)", "if (true)"),
    Mutant("party_for_unit", "what a unit is party to counts as what stands there", "decide.c",
           "pair->kind == ACCESS_UNIT && record->party_count > 0 ? 1 : record->party_count", "record->party_count"),
    Mutant("enterprise_sees_all", "a place sees the territory that it lies in", "reach.c",
           "unit->kind == KIND(PLACE) ||", ""),
    Mutant("units_below_lost", "a granted unit comes without the units below it", "reach.c",
           "for (size_t i = 0; below && i < count; i++)", "for (size_t i = 1; below && i < count; i++)"),
    Mutant("within_ignored", "a question within a unit is answered for all", "decide.c",
           "    if (!within)\n        return true;", "    if (!within || unit)\n        return true;"),
    Mutant("tree_moved", "a unit that moved keeps its place", "directory_units.c",
           "take_from_below(directory, kept);\n        kept->unit = *unit;",
           "take_from_below(directory, kept);\n        struct directory_place was = kept->unit.place;\n"
           "        kept->unit = *unit;\n        kept->unit.place = was;"),
    # Emergencies.
    Mutant("glass_writes", "an emergency permits more than to read", "standing.c",
           "static const char tail[] = \".read\";", "static const char tail[] = \"read\";"),
    Mutant("glass_for_all", "an emergency without the right to it", "standing.c",
           "standing = role_permits(reach->directory, found.post, \"grants.break_glass\");", "(void)role_permits;"),
    # Check and list.
    Mutant("list_drops_party", "a list has a party's records only in its territory", "reduce.c",
           "pair->kind == ACCESS_INSTANCE || pair->kind == ACCESS_PARTY)", "pair->kind == ACCESS_INSTANCE)"),
    Mutant("list_in_any_sector", "a list lacks what a wider scope has in another sector", "reduce.c",
           "(pair->sector && is_there(pairs, count, pair, kind, unit_id, pair->sector))",
           "(pair->sector && is_there(pairs, count, pair, kind, unit_id, \"fire\"))"),
    Mutant("list_lacks_arrivals", "a list within a unit lacks what came to a territory from elsewhere", "reach.c",
           "stands_below(reach, unit, &within->id)))\n        add_pair(reach, pair);",
           "stands_below(reach, unit, &within->id)))\n        add(reach, ACCESS_UNIT, &unit->id, pair->sector);"),
    Mutant("list_twice", "a list has what lies in two pairs twice", "reduce.c",
           "if (!is_held(pairs, count, &pairs[i]))", "if (pairs)"),
]


if __name__ == "__main__":
    main(MUTANTS, "common/access")
