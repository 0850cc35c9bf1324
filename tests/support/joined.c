// SPDX-License-Identifier: Apache-2.0
#include "support/joined.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

void joined_begin(struct joined *joined)
{
    joined->region = instance_begin(&(const struct instance_plan){.hazards = 1, .tls = true});
    joined->county = instance_begin(&(const struct instance_plan){.hazards = 2, .tls = true, .bare = true});
}

void joined_end(struct joined *joined)
{
    instance_stop(joined->county);
    instance_stop(joined->region);
}

int joined_holder(struct instance *instance, char output[JOINED_OUTPUT], const char *command)
{
    return instance_run(instance, output, JOINED_OUTPUT,
                        "export ANLAN_KEYS=%s/keys ANLAN_ORGANISATIONS=ipc://%s/organisations-0 ANLAN_LANG=en; "
                        "ANLAN_TOKEN=$(anlan token --role administrator --instance --name 系统管理员) %s",
                        instance->dir, instance->dir, command);
}

void joined_holder_does(struct instance *instance, const char *command)
{
    char output[JOINED_OUTPUT];
    if (joined_holder(instance, output, command) != 0)
        fail_msg("%s: %s", command, output);
}

static const char *addresses_of(struct instance *instance)
{
    static const char *const names[] = {"organisations", "hazards", "tasks"};
    const char *text = "";
    for (size_t i = 0; i < COUNT_OF(names); i++)
        text = arena_printf(&instance->arena, "%s --address %s=tls+tcp://127.0.0.1:%u,tls+tcp://127.0.0.1:%u", text,
                            names[i], instance->calls_at[i], instance->feed_at[i]);
    return text;
}

void joined_request(struct joined *joined)
{
    struct instance *county = joined->county;
    joined_holder_does(county, arena_printf(&county->arena,
                                            "anlan instances request --code 150424 --name 林西县 --ca %s/pki/ca.crt %s "
                                            ">%s/county.json 2>%s/county.txt",
                                            county->dir, addresses_of(county), county->dir, county->dir));
}

const char *joined_enrolment(struct joined *joined, const char *code)
{
    struct instance *region = joined->region;
    return arena_printf(&region->arena,
                        "anlan instances enrol %s/county.json --unit %s --name 内蒙古自治区 --ca %s/pki/ca.crt %s "
                        ">%s/region.json 2>%s/region.txt",
                        joined->county->dir, code, region->dir, addresses_of(region), region->dir, region->dir);
}

const char *joined_acceptance(struct joined *joined)
{
    return arena_printf(&joined->county->arena, "anlan instances accept %s/region.json 2>&1", joined->region->dir);
}

void joined_join(struct joined *joined)
{
    joined_request(joined);
    joined_holder_does(joined->region, joined_enrolment(joined, "150424"));
    joined_holder_does(joined->county, joined_acceptance(joined));
    memcpy(joined->county->ids, joined->region->ids, sizeof(joined->county->ids));
}

long long joined_head(struct joined *joined, struct instance *instance, const char *service)
{
    return instance_sql(instance, service, "SELECT coalesce((SELECT position FROM heads WHERE tenant_id = '%s'), 0)",
                        joined->region->ids[COUNTY_150424]);
}

bool joined_caught_up(struct joined *joined, const char *service)
{
    char output[JOINED_OUTPUT];
    int64_t until = clock_monotonic() + 30 * CLOCK_SECOND;
    while (clock_monotonic() < until) {
        if (joined_head(joined, joined->region, service) == joined_head(joined, joined->county, service))
            return true;
        usleep(100000);
    }
    instance_run(joined->region, output, sizeof(output), "tail -n 4 %s/%s-0.log; tail -n 2 %s/%s-0.log",
                 joined->region->dir, service, joined->county->dir, service);
    fputs(output, stderr);
    return false;
}

void joined_digest(struct joined *joined, struct instance *instance, const char *service, long long last,
                   char digest[80])
{
    char output[JOINED_OUTPUT];
    int status = instance_run(instance, output, sizeof(output),
                              "psql -X -q -A -t -v ON_ERROR_STOP=1 -h %s -U postgres -d anlan_%s -c \"SELECT position, "
                              "algorithm, digest, salt, entry FROM entries WHERE tenant_id = '%s' AND position <= %lld "
                              "ORDER BY position\" | sha256sum",
                              instance->dir, service, joined->region->ids[COUNTY_150424], last);
    assert_int_equal(status, 0);
    snprintf(digest, 80, "%.64s", output);
}

int joined_invariants(struct joined *joined, const char *service, char output[JOINED_OUTPUT])
{
    return instance_run(
        joined->region, output, JOINED_OUTPUT,
        "python3 -B \"$ANLAN_SOURCE/tests/fault/invariants.py\" --above %s --below %s --name anlan_%s 2>&1",
        joined->region->dir, joined->county->dir, service);
}

void joined_assert_equal(struct joined *joined, const char *service)
{
    char output[JOINED_OUTPUT];
    if (joined_invariants(joined, service, output) != 0)
        fail_msg("%s", output);
    if (instance_run(joined->region, output, sizeof(output), "anlan-%s verify --database='%s' 2>&1", service,
                     instance_conninfo(joined->region, service, false)) != 0)
        fail_msg("verify: %s", output);
}
