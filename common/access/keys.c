// SPDX-License-Identifier: Apache-2.0
#include "access/keys.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

#define KEYS_MOST 64
#define PATH_SIZE 4096
// An unknown period makes the directory be read at most so often.
#define ASK_EVERY CLOCK_SECOND

static const struct {
    access_purpose purpose;
    const char *word;
} purposes[] = {
    {ACCESS_PURPOSE(TOKEN), "token"},
    {ACCESS_PURPOSE(SERVICE), "service"},
    {ACCESS_PURPOSE(SESSION), "session"},
};

struct access_key {
    access_purpose purpose;
    uint32_t period;
    clock_time from;
    clock_time until;
    struct crypto_key *public_half;
    struct crypto_key *private_half;    // NULL where it is not here
};

struct key_set {
    struct access_key list[KEYS_MOST];
    size_t count;
    struct timespec changed;    // of the directory, when they were read
};

struct access_keys {
    char *directory;
    pthread_rwlock_t lock;      // of set
    pthread_mutex_t reading;    // one thread reads the directory
    struct key_set *set;
    atomic_uint changes;
    _Atomic int64_t asked_at;
};

const char *access_purpose_word(access_purpose purpose)
{
    for (size_t i = 0; i < COUNT_OF(purposes); i++)
        if (purposes[i].purpose == purpose)
            return purposes[i].word;
    return "";
}

// Purpose and period of a public key's file name: token-1.pub.
static bool parse_name(const char *name, access_purpose *purpose, uint32_t *period)
{
    const char *dash = strchr(name, '-');
    unsigned number = 0;
    int end = 0;
    if (!dash || sscanf(dash, "-%9u.pub%n", &number, &end) != 1 || end == 0 || dash[end] != '\0' || number == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(purposes); i++)
        if (strlen(purposes[i].word) == (size_t)(dash - name) &&
            strncmp(purposes[i].word, name, (size_t)(dash - name)) == 0) {
            *purpose = purposes[i].purpose;
            *period = number;
            return true;
        }
    return false;
}

bool access_keys_times(const char *path, clock_time *from, clock_time *until)
{
    char line[128];
    bool good = true;
    FILE *file = fopen(path, "re");
    *from = CLOCK_FIRST;
    *until = CLOCK_LAST;
    if (!file)
        return false;
    while (good && fgets(line, sizeof(line), file) && strncmp(line, "-----BEGIN", 10) != 0) {
        line[strcspn(line, "\r\n")] = '\0';
        if (strncmp(line, "Valid-From: ", 12) == 0)
            good = clock_parse(line + 12, from);
        else if (strncmp(line, "Valid-Until: ", 13) == 0)
            good = clock_parse(line + 13, until);
    }
    fclose(file);
    return good;
}

static bool read_key(const char *directory, const char *name, struct access_key *key, struct status *status)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (!access_keys_times(path, &key->from, &key->until) ||
        !crypto_key_read(path, false, key->period, &key->public_half))
        return status_set(status, REASON(INTERNAL), "%s: not a public key", path);
    snprintf(path, sizeof(path), "%s/%.*s.key", directory, (int)(strlen(name) - strlen(".pub")), name);
    if (access(path, R_OK) == 0)
        crypto_key_read(path, true, key->period, &key->private_half);
    return true;
}

static void free_set(struct key_set *set)
{
    for (size_t i = 0; set && i < set->count; i++) {
        crypto_key_free(set->list[i].public_half);
        crypto_key_free(set->list[i].private_half);
    }
    free(set);
}

static bool read_keys(struct key_set *set, DIR *folder, const char *directory, struct status *status)
{
    for (const struct dirent *file = readdir(folder); file; file = readdir(folder)) {
        struct access_key key = {0};
        if (!parse_name(file->d_name, &key.purpose, &key.period))
            continue;
        if (set->count == KEYS_MOST)
            return status_set(status, REASON(INTERNAL), "%s: more than %d keys", directory, KEYS_MOST);
        if (!read_key(directory, file->d_name, &key, status))
            return false;
        set->list[set->count++] = key;
    }
    return set->count > 0 || status_set(status, REASON(INTERNAL), "%s: no public key", directory);
}

// The keys of a directory as they are now; NULL with INTERNAL.
static struct key_set *read_set(const char *directory, struct status *status)
{
    struct stat seen;
    struct key_set *set = calloc(1, sizeof(*set));
    CHECK(set);
    DIR *folder = stat(directory, &seen) == 0 ? opendir(directory) : NULL;
    bool good = folder ? read_keys(set, folder, directory, status)
                       : status_set(status, REASON(INTERNAL), "%s: cannot be read", directory);
    if (folder)
        closedir(folder);
    if (good) {
        set->changed = seen.st_mtim;
        return set;
    }
    free_set(set);
    return NULL;
}

bool access_keys_open(struct access_keys **keys, const char *directory, struct status *status)
{
    struct key_set *set = read_set(directory, status);
    if (!set)
        return false;
    struct access_keys *made = calloc(1, sizeof(*made));
    CHECK(made && pthread_rwlock_init(&made->lock, NULL) == 0 && pthread_mutex_init(&made->reading, NULL) == 0);
    made->directory = strdup(directory);
    CHECK(made->directory);
    made->set = set;
    *keys = made;
    return true;
}

void access_keys_close(struct access_keys *keys)
{
    if (!keys)
        return;
    free_set(keys->set);
    free(keys->directory);
    pthread_rwlock_destroy(&keys->lock);
    pthread_mutex_destroy(&keys->reading);
    free(keys);
}

// The directory has changed since it was read.
static bool is_changed(struct access_keys *keys)
{
    struct stat seen;
    pthread_rwlock_rdlock(&keys->lock);
    struct timespec had = keys->set->changed;
    pthread_rwlock_unlock(&keys->lock);
    return stat(keys->directory, &seen) == 0 &&
           (seen.st_mtim.tv_sec != had.tv_sec || seen.st_mtim.tv_nsec != had.tv_nsec);
}

bool access_keys_refresh(struct access_keys *keys, struct status *status)
{
    if (!is_changed(keys))
        return false;
    pthread_mutex_lock(&keys->reading);
    struct key_set *set = is_changed(keys) ? read_set(keys->directory, status) : NULL;
    struct key_set *old = NULL;
    if (set) {
        pthread_rwlock_wrlock(&keys->lock);
        old = keys->set;
        keys->set = set;
        atomic_fetch_add(&keys->changes, 1);
        pthread_rwlock_unlock(&keys->lock);
    }
    pthread_mutex_unlock(&keys->reading);
    free_set(old);
    return set != NULL;
}

unsigned access_keys_changes(struct access_keys *keys)
{
    return atomic_load(&keys->changes);
}

static const struct access_key *key_named(const struct key_set *set, const Anlan__Rpc__V1__KeyName *name)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->list[i].purpose == name->purpose && set->list[i].period == name->period &&
            crypto_key_algorithm(set->list[i].public_half) == name->algorithm)
            return &set->list[i];
    return NULL;
}

// True for one caller in a second.
static bool may_ask(struct access_keys *keys)
{
    int64_t now = clock_monotonic();
    int64_t asked = atomic_load(&keys->asked_at);
    return now - asked >= ASK_EVERY && atomic_compare_exchange_strong(&keys->asked_at, &asked, now);
}

bool access_keys_verify(struct access_keys *keys, const Anlan__Rpc__V1__KeyName *name, const struct bytes *parts,
                        size_t count, struct bytes signature, clock_time *from, clock_time *until)
{
    struct status ignored = {0};
    bool good = false;
    if (!name)
        return false;
    for (int try = 0; try < 2; try++) {
        pthread_rwlock_rdlock(&keys->lock);
        const struct access_key *key = key_named(keys->set, name);
        if (key) {
            good = crypto_verify(key->public_half, parts, count, signature);
            *from = key->from;
            *until = key->until;
        }
        pthread_rwlock_unlock(&keys->lock);
        if (key || !may_ask(keys) || !access_keys_refresh(keys, &ignored))
            break;
    }
    return good;
}

bool access_keys_sign(struct access_keys *keys, access_purpose purpose, clock_time now, const struct bytes *parts,
                      size_t count, Anlan__Rpc__V1__KeyName *name, uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    const struct access_key *best = NULL;
    pthread_rwlock_rdlock(&keys->lock);
    for (size_t i = 0; i < keys->set->count; i++) {
        const struct access_key *key = &keys->set->list[i];
        if (key->purpose == purpose && key->private_half && now >= key->from && now < key->until &&
            (!best || key->period > best->period))
            best = key;
    }
    bool good = best && crypto_sign(best->private_half, parts, count, signature);
    if (good) {
        name->algorithm = crypto_key_algorithm(best->private_half);
        name->period = best->period;
        name->purpose = purpose;
    }
    pthread_rwlock_unlock(&keys->lock);
    return good;
}

bool access_keys_latest(const char *directory, access_purpose purpose, uint32_t *period, clock_time *from)
{
    DIR *folder = opendir(directory);
    *period = 0;
    *from = CLOCK_FIRST;
    if (!folder)
        return false;
    bool good = true;
    for (const struct dirent *file = readdir(folder); file && good; file = readdir(folder)) {
        access_purpose found = ACCESS_PURPOSE(UNSPECIFIED);
        uint32_t number = 0;
        char path[PATH_SIZE];
        clock_time until = 0;
        if (!parse_name(file->d_name, &found, &number) || found != purpose || number < *period)
            continue;
        *period = number;
        snprintf(path, sizeof(path), "%s/%s", directory, file->d_name);
        good = access_keys_times(path, from, &until);
    }
    closedir(folder);
    return good;
}
