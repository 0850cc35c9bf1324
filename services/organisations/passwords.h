// SPDX-License-Identifier: Apache-2.0
// Passwords: which may be chosen, and how they are hashed and held against their hashes.
#pragma once

#include "anlan/organisations/v1/accounts.pb-c.h"
#include "crypto/passwords.h"
#include "organisations/facts.pb-c.h"
#include "service/service.h"

// The parameters of the rules in force.
struct crypto_scrypt password_parameters(const Anlan__Organisations__Facts__SignInAsked *asked);

// A password may be chosen: long enough, neither the account's name nor one of the commonest. FIELD_INVALID otherwise,
// on `field`. NIST SP 800-63B, 5.1.1.2: no rules of composition.
bool password_check(const char *password, const char *name, int32_t min_chars, const char *field, struct arena *arena,
                    struct status *status);

// Hashes a password with a fresh salt; takes as long as the parameters say. NULL where memory is out.
Anlan__Organisations__V1__PasswordHash *password_hash(const char *password, const struct crypto_scrypt *parameters,
                                                      struct arena *arena);

// True if it is the account's password. Hashes once, whether there is an account or not.
bool password_right(const Anlan__Organisations__Facts__SignInAsked *asked, const char *password);

// A name of an account as it is kept: capital letters become small ones. NULL where memory is out.
char *password_account_name(const char *name, struct arena *arena);
