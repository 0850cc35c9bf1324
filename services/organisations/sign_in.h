// SPDX-License-Identifier: Apache-2.0
// Work of signing in: names, passwords, second factors.
#pragma once

#include "service/service.h"

// The key is the account's name, the part the device, where the request's credential for it is good.
bool sign_in_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status);

bool sign_in_person(const struct service_work_input *input, struct service_work_output *output, struct status *status);
bool sign_in_change_password(const struct service_work_input *input, struct service_work_output *output,
                             struct status *status);
bool sign_in_enrol(const struct service_work_input *input, struct service_work_output *output, struct status *status);

// Work of an administrator's CreateAccount and ResetAccount: the first password is checked and hashed.
bool sign_in_first_password(const struct service_work_input *input, struct service_work_output *output,
                            struct status *status);

// Work of SignInClient: the key is the client's id.
bool sign_in_client_key(const struct service_work_input *input, struct service_work_rows *rows, struct status *status);
bool sign_in_client(const struct service_work_input *input, struct service_work_output *output, struct status *status);

// Work of SignInInstance: strangers are refused before anything is read.
bool sign_in_instance_key(const struct service_work_input *input, struct service_work_rows *rows,
                          struct status *status);
bool sign_in_instance(const struct service_work_input *input, struct service_work_output *output,
                      struct status *status);
