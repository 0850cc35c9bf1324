// SPDX-License-Identifier: Apache-2.0
#include "support/signing.h"

#include "support/ask.h"

static const struct person nobody;

#define at(reply, path) reply_at(instance, reply, path)

static struct person admin(struct instance *instance)
{
    return as_at(instance, "administrator", instance->instance_id, "系统管理员");
}

// A person of 林西县 with a post there.
const char *signing_employ(struct instance *instance, const char *name)
{
    const char *made = ask_well(instance, admin(instance), "CreatePerson", "{'unitId': '%s', 'name': '%s'}",
                                instance->ids[COUNTY_150424], name);
    const char *person = at(made, "person.id");
    ask_well(instance, admin(instance), "CreatePost",
             "{'personId': '%s', 'unitId': '%s', 'role': 'county_officer', 'document': '林政任〔2026〕1号'}", person,
             instance->ids[COUNTY_150424]);
    return person;
}

const char *signing_open(struct instance *instance, const char *person, const char *name, bool second_factor)
{
    const char *made =
        ask_well(instance, admin(instance), "CreateAccount",
                 "{'personId': '%s', 'name': '%s', 'password': '" SIGNING_FIRST "', 'needsSecondFactor': %s}", person,
                 name, second_factor ? "true" : "false");
    return at(made, "account.id");
}

// An account whose password its person has chosen himself: SECOND.
const char *signing_person(struct instance *instance, const char *name, const char *account)
{
    const char *person = signing_employ(instance, name);
    signing_open(instance, person, account, false);
    ask_well(instance, nobody, "ChangePassword",
             "{'name': '%s', 'password': '" SIGNING_FIRST "', 'newPassword': '" SIGNING_CHOSEN "'}", account);
    return person;
}

const char *signing_in(struct instance *instance, const char *name, const char *password, const char *device,
                       struct status *status)
{
    return ask(instance, nobody, "SignIn", status, "{'name': '%s', 'password': '%s', 'device': '%s'}", name, password,
               device);
}

const char *signing_in_well(struct instance *instance, const char *name)
{
    return ask_well(instance, nobody, "SignIn", "{'name': '%s', 'password': '" SIGNING_CHOSEN "'}", name);
}

struct person signing_bearer(struct instance *instance, const char *session)
{
    return (struct person){.credential = reply_bytes(instance, session, "session.token")};
}

// What the ledger answers to who bears a token.
status_reason signing_ledger_says(struct instance *instance, struct person person)
{
    struct status status = {0};
    list_hazards(instance, person, instance->ids[COUNTY_150424], "", 1, &status);
    return status.reason;
}

status_reason signing_directory_says(struct instance *instance, struct person person)
{
    struct status status = {0};
    ask(instance, person, "GetUnit", &status, "{'code': '150424'}");
    return status.reason;
}
