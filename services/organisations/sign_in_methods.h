// SPDX-License-Identifier: Apache-2.0
// Records, lists and work of accounts, clients and signing in; their methods' rows stand in organisation_methods.c.
#pragma once

#include "service/service.h"

extern const struct service_record account_record;
extern const struct service_record client_record;
extern const struct service_record revocation_record;

extern const struct service_lists accounts;
extern const struct service_lists clients;

extern const struct service_work sign_in_work;
extern const struct service_work refresh_work;
extern const struct service_work client_work;
extern const struct service_work change_password_work;
extern const struct service_work enrol_work;
extern const struct service_work first_password_work;

// What upkeep forgets.
extern const struct pg_sql *const sign_in_purges[];
