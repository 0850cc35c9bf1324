// SPDX-License-Identifier: Apache-2.0
#include "record_rules.h"

#include "base/limits.h"
#include "service/values.h"

bool record_version_is(int64_t version, int64_t requested, struct status *status)
{
    return version == requested || status_set(status, REASON(VERSION_CONFLICT), "its version is %lld, not %lld",
                                              (long long)version, (long long)requested);
}

clock_time record_time(const Google__Protobuf__Timestamp *said, clock_time otherwise)
{
    return said ? service_time(said) : otherwise;
}

bool record_ends(const struct service_rule_input *input, const Google__Protobuf__Timestamp *from,
                 const Google__Protobuf__Timestamp *until, clock_time ends_at, struct status *status)
{
    if (until && service_time(until) <= input->now)
        return status_set(status, REASON(STATE_CONFLICT), "it has ended");
    if (ends_at < service_time(from))
        return status_violate(status, input->arena, "ends_at", "must not be before its beginning");
    if (until && ends_at > service_time(until))
        return status_violate(status, input->arena, "ends_at", "must not be behind the end that it has");
    return true;
}

// Under another instance the tree that is ours begins at the border. False where there is none above.
static bool border_of(const struct service_rule_input *input, struct access_record *border)
{
    struct directory *directory = input->access->directory;
    const struct directory_peer *peers[LIMIT_PEERS];
    bool found = false;
    directory_lock(directory);
    size_t count = directory_peers(directory, peers, LIMIT_PEERS);
    for (size_t i = 0; i < count && !found; i++) {
        const struct directory_unit *unit = peers[i]->above ? directory_find(directory, &peers[i]->unit_id) : NULL;
        found = unit != NULL;
        if (unit)
            border->place = unit->place;
    }
    directory_unlock(directory);
    return found;
}

bool record_has_whole_tree(const struct service_rule_input *input)
{
    struct access_record border = {0};
    if (border_of(input, &border))
        return access_covers(input->decision, &border);
    struct directory_top tops[LIMIT_TOPS];
    size_t count = directory_tops(input->access->directory, tops, LIMIT_TOPS);
    for (size_t i = 0; i < count; i++) {
        struct access_record top = {0};
        top.place.levels[tops[i].level] = tops[i].unit_id;
        if (!access_covers(input->decision, &top))
            return false;
    }
    return input->whole_instance || count > 0;
}
