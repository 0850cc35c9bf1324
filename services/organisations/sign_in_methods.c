// SPDX-License-Identifier: Apache-2.0
#include "sign_in_methods.h"

#include "anlan/organisations/v1/accounts.pb-c.h"
#include "anlan/organisations/v1/clients.pb-c.h"
#include "base/check.h"
#include "organisations/facts.pb-c.h"
#include "organisations_sql_statements.h"
#include "sessions.h"
#include "sign_in.h"

static const char *const parties[] = {"unit_id"};

const struct service_record account_record = {
    .message = &anlan__organisations__v1__account__descriptor,
    .insert = &organisations_sql_account_insert,
    .update = &organisations_sql_account_update,
    .rows = &organisations_sql_account_rows,
    .sector_field = "",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
    .located_by = "unit_id",
    .withheld_field = "secrets",
};

const struct service_record client_record = {
    .message = &anlan__organisations__v1__client__descriptor,
    .insert = &organisations_sql_client_insert,
    .update = &organisations_sql_client_update,
    .rows = &organisations_sql_client_rows,
    .sector_field = "",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
    .located_by = "unit_id",
};

const struct service_record revocation_record = {
    .message = &anlan__organisations__v1__token_revocation__descriptor,
    .insert = &organisations_sql_revocation_insert,
    .rows = &organisations_sql_revocation_rows,
    .sector_field = "",
    .party_fields = parties,
    .party_count = COUNT_OF(parties),
};

static const struct service_list of_unit = {.pairs = &organisations_sql_account_list};
static const struct service_list answered_for = {.pairs = &organisations_sql_client_list};
const struct service_lists accounts = {.list = {&of_unit}, .page_default = 50, .page_most = 500};
const struct service_lists clients = {.list = {&answered_for}, .page_default = 50, .page_most = 500};

#define ASKED (&anlan__organisations__facts__sign_in_asked__descriptor)
#define KEPT (&anlan__organisations__facts__sign_in_kept__descriptor)

// What signing in by password, changing it and setting up a second factor share.
#define BY_PASSWORD(what)                                                                                              \
    {                                                                                                                  \
        .key = sign_in_key, .ask = &organisations_sql_sign_in_ask, .asked = ASKED, .run = (what),                      \
        .effect = &organisations_sql_sign_in_keep, .effected = KEPT, .undone = REASON(SECOND_FACTOR_REFUSED)           \
    }

const struct service_work sign_in_work = BY_PASSWORD(sign_in_person);
const struct service_work change_password_work = BY_PASSWORD(sign_in_change_password);
const struct service_work enrol_work = BY_PASSWORD(sign_in_enrol);

const struct service_work refresh_work = {
    .key = session_key,
    .ask = &organisations_sql_refresh_ask,
    .asked = ASKED,
    .run = session_refresh,
    .effect = &organisations_sql_refresh_keep,
    .effected = &anlan__organisations__facts__refresh_kept__descriptor,
    .undone = REASON(SIGN_IN_REFUSED),
};

const struct service_work client_work = {
    .key = sign_in_client_key,
    .ask = &organisations_sql_client_ask,
    .asked = &anlan__organisations__facts__client_asked__descriptor,
    .run = sign_in_client,
    .effect = &organisations_sql_client_keep,
    .effected = &anlan__organisations__facts__client_kept__descriptor,
    .undone = REASON(SIGN_IN_REFUSED),
};

const struct service_work first_password_work = {
    .ask = &organisations_sql_rules_ask,
    .asked = ASKED,
    .run = sign_in_first_password,
};

const struct pg_sql *const sign_in_purges[] = {&organisations_sql_purge_sign_in_attempts,
                                               &organisations_sql_purge_sessions,
                                               &organisations_sql_purge_client_nonces, NULL};
