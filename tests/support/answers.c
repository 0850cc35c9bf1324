// SPDX-License-Identifier: Apache-2.0
#include "support/answers.h"

#include <string.h>

#include "base/check.h"

static void keep_violations(struct answers *answers, const struct status *status)
{
    size_t size = STATUS_VIOLATIONS * sizeof(struct status_violation);
    answers->status.violations = NULL;
    if (status->violation_count > 0 && answers->arena)
        answers->status.violations = memcpy(arena_alloc(answers->arena, size), status->violations, size);
}

void answers_note(void *user, const struct rpc_result *result)
{
    struct answers *answers = user;
    pthread_mutex_lock(&answers->mutex);
    bool matches = result->status.reason == answers->wanted;
    if (matches || answers->matching == 0) {
        answers->status = result->status;
        keep_violations(answers, &result->status);
    }
    answers->matching += matches;
    answers->ended++;
    pthread_cond_signal(&answers->cond);
    pthread_mutex_unlock(&answers->mutex);
}

void answers_wait(struct answers *answers, size_t count)
{
    pthread_mutex_lock(&answers->mutex);
    while (answers->ended < count)
        pthread_cond_wait(&answers->cond, &answers->mutex);
    pthread_mutex_unlock(&answers->mutex);
}

void answers_wait_wanted(struct answers *answers, size_t count)
{
    pthread_mutex_lock(&answers->mutex);
    while (answers->matching == 0 && answers->ended < count)
        pthread_cond_wait(&answers->cond, &answers->mutex);
    pthread_mutex_unlock(&answers->mutex);
}

struct rpc_client *answers_dial(const char *addresses, unsigned attempts, unsigned lanes)
{
    struct rpc_client *client = NULL;
    struct status status = {0};
    struct rpc_client_options options;
    rpc_client_options_init(&options, addresses);
    options.attempts = attempts;
    options.lanes = lanes;
    CHECK(rpc_client_open(&client, &options, &status));
    return client;
}

struct status answers_call(const char *address, struct rpc_client_call call, unsigned attempts, struct arena *arena)
{
    struct answers answers = ANSWERS_INIT(arena, REASON(UNSPECIFIED));
    struct rpc_client *client = answers_dial(address, attempts, 1);
    call.done = answers_note;
    call.user = &answers;
    call.timeout_ms = call.timeout_ms ? call.timeout_ms : 10000;
    rpc_client_send(client, &call);
    answers_wait(&answers, 1);
    rpc_client_close(client);
    return answers.status;
}
