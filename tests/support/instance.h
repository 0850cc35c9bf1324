// SPDX-License-Identifier: Apache-2.0
// A whole instance for a test: PostgreSQL, organisations, processes of hazards, a small tree of real divisions; and the
// words in which tests tell their story.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "anlan/hazards/v1/hazards.pb-c.h"
#include "anlan/organisations/v1/organisations.pb-c.h"
#include "base/arena.h"
#include "base/status.h"
#include "base/uuid.h"
#include "crypto/crypto.h"
#include "rpc/client.h"

#define HAZARDS_MOST 4

// Units of the tree that every instance begins with.
enum place {
    REGION_15,         // 内蒙古自治区
    CITY_1504,         // 赤峰市
    COUNTY_150424,     // 林西县
    TOWNSHIP_100,      // 林西镇
    TOWNSHIP_101,      // 新城子镇
    COUNTY_150423,     // 巴林右旗, its sibling
    TOWNSHIP_OTHER,    // 大板镇, of the sibling
    REGULATOR,         // 林西县应急管理局, fireworks only
    ENTERPRISE,        // an enterprise of 林西县
    PLACES,
};

// Services in the order of their ports.
enum instance_service {
    INSTANCE_ORGANISATIONS,
    INSTANCE_HAZARDS,
    INSTANCE_TASKS,
    INSTANCE_NOTIFICATIONS,
    INSTANCE_SERVICES
};

struct instance {
    char dir[64];
    bool tls;                                // its first processes listen at 127.0.0.1 too
    unsigned calls_at[INSTANCE_SERVICES];    // ports
    unsigned feed_at[INSTANCE_SERVICES];
    char instance_id[UUID_TEXT_SIZE];
    pid_t organisations;
    pid_t tasks;    // 0: not started
    pid_t hazards[HAZARDS_MOST];
    int hazard_count;
    pid_t notifications;                     // 0: none
    const char *notification_options[12];    // what it is started with besides, ended by NULL
    char ids[PLACES][UUID_TEXT_SIZE];
    struct crypto_key *key;
    struct rpc_client *units;
    struct rpc_client *ledger;
    struct rpc_client *work;       // tasks; NULL: not started
    struct rpc_client *notices;    // NULL before instance_start_notifications
    struct arena arena;
    int64_t directory_position;
};

// Brings it up with `hazards` processes of hazards and the tree; ends the test where it cannot.
struct instance *instance_start(int hazards);
void instance_stop(struct instance *instance);

// The same without the tree, or with certificates of an authority of its own (dir/pki/ca.crt, one.crt, one.key) and
// listeners over TLS: an instance for others.
struct instance_plan {
    int hazards;
    bool bare;
    bool tls;
};
struct instance *instance_begin(const struct instance_plan *plan);

// Starts or ends one process of hazards; kill -9 where hard. Spawn does not wait until it serves.
void instance_spawn_hazards(struct instance *instance, int number);
void instance_start_hazards(struct instance *instance, int number);
void instance_end_hazards(struct instance *instance, int number, bool hard);

// Starts a process of tasks besides, and its client; or ends it, kill -9 where hard, and starts it again.
void instance_start_tasks(struct instance *instance);
void instance_end_tasks(struct instance *instance, bool hard);

// Starts the process of notifications, which follows hazards, with a database that is made at the first time; ends it.
void instance_start_notifications(struct instance *instance);
void instance_end_notifications(struct instance *instance, bool hard);

// PostgreSQL: an immediate stop as by a crash, and its return.
void instance_kill_database(struct instance *instance);
void instance_restart_database(struct instance *instance);

// "host=… dbname=anlan_<service> user=…": the service's own role, or its owner's.
const char *instance_conninfo(struct instance *instance, const char *service, bool owner);

// Runs SQL as the superuser in a service's database and answers the first value as a number.
long long instance_sql(struct instance *instance, const char *service, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// How many entries a service's logs of changes have; access logs, whose ids are of version 8, are left out.
long long instance_changes(struct instance *instance, const char *service);
#define OF_CHANGES "substr(tenant_id::text, 15, 1) <> '8'"

// Another session holds what every change of hazards needs, for so many seconds or until it is let go.
void instance_hold_heads(struct instance *instance, int seconds);
void instance_release_heads(struct instance *instance);

// Runs a program of ours; answers its exit status, and its output up to `size`.
int instance_run(struct instance *instance, char *output, size_t size, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Waits until `true` or 10 s are over; answers whether it was.
bool eventually(bool (*condition)(struct instance *instance), struct instance *instance);

// Who acts: a post with a role at a place; the name makes the person.
struct person {
    struct bytes credential;
};
struct person as(struct instance *instance, const char *role, enum place place, const char *name);
struct person as_at(struct instance *instance, const char *role, const char *unit_id, const char *name);

// Calls that must succeed, or that answer NULL with *status. request_id NULL: a fresh one.
const Anlan__Hazards__V1__Hazard *create_hazard(struct instance *instance, struct person person, enum place place,
                                                const char *description, const char *request_id, struct status *status);
const Anlan__Hazards__V1__Hazard *assign_hazard(struct instance *instance, struct person person,
                                                const Anlan__Hazards__V1__Hazard *hazard, const char *request_id,
                                                struct status *status);
const Anlan__Hazards__V1__Hazard *get_hazard(struct instance *instance, struct person person, const char *tenant_id,
                                             const char *id, struct status *status);
const Anlan__Hazards__V1__ListHazardsResponse *list_hazards(struct instance *instance, struct person person,
                                                            const char *unit_id, const char *page_token,
                                                            uint32_t page_size, struct status *status);

// Calls a method of hazards with any request.
ProtobufCMessage *call_hazards(struct instance *instance, struct person person, const char *method,
                               const ProtobufCMessage *request, const ProtobufCMessageDescriptor *reply,
                               struct status *status);

// A fresh request_id, in the instance's arena.
char *new_request_id(struct instance *instance);

// The status' reason is as foreseen; tells what it was otherwise.
#define assert_reason(status, wanted)                                                                                  \
    do {                                                                                                               \
        if ((status).reason != REASON(wanted))                                                                         \
            fail_msg("expected %s, got %s: %s", #wanted, status_reason_text((status).reason)->name, (status).message); \
    } while (0)
#define assert_ok(status)                                                                                              \
    do {                                                                                                               \
        if (!status_ok(&(status)))                                                                                     \
            fail_msg("%s: %s", status_reason_text((status).reason)->name, (status).message);                           \
    } while (0)
