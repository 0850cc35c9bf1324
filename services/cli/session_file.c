// SPDX-License-Identifier: Apache-2.0
#include "session_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "json.h"
#include "service/values.h"

typedef Anlan__Organisations__V1__Session session;

// So long before its end a token is renewed.
#define RENEW_BEFORE (60 * CLOCK_SECOND)
#define DEVICE_MOST 1024

// Directories down to the file's, made where they are missing.
static bool make_folders(char *path)
{
    for (char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        bool good = mkdir(path, 0700) == 0 || errno == EEXIST;
        *at = '/';
        if (!good)
            return false;
    }
    return true;
}

// A file for each instance that this person talks to. NULL where there is no home.
static char *file_of(struct cli *cli, const char *addresses)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char name[TEXT_BASE64URL_SIZE(12)];
    const struct bytes part = {(const uint8_t *)addresses, strlen(addresses)};
    crypto_sha256(&part, 1, digest);
    text_base64url(digest, 12, name);
    if (state && *state == '/')
        return arena_printf(&cli->arena, "%s/anlan/%s.json", state, name);
    return home && *home == '/' ? arena_printf(&cli->arena, "%s/.local/state/anlan/%s.json", home, name) : NULL;
}

static json_t *read_file(struct cli *cli, const char *addresses)
{
    const char *path = file_of(cli, addresses);
    struct stat seen;
    if (!path || stat(path, &seen) != 0)
        return NULL;
    // A file that others may read or write is nobody's session.
    if (seen.st_uid != geteuid() || (seen.st_mode & 077) != 0) {
        fprintf(stderr,
                cli_say(cli, (struct cli_text){"anlan: %s must be yours alone (mode 0600): it is not used\n",
                                               "anlan：%s 须仅本人可读写（0600），已忽略\n"}),
                path);
        return NULL;
    }
    return json_load_file(path, 0, NULL);
}

// In the place of the old file, whole or not at all.
static bool write_file(struct cli *cli, const char *addresses, json_t *json)
{
    char *path = file_of(cli, addresses);
    const char *made = path ? arena_printf(&cli->arena, "%s.new.%d", path, (int)getpid()) : NULL;
    bool good = made && make_folders(path);
    int descriptor = good ? open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    good = descriptor >= 0 && json_dumpfd(json, descriptor, JSON_INDENT(1)) == 0 && fsync(descriptor) == 0;
    if (descriptor >= 0)
        good = close(descriptor) == 0 && good;
    good = good && rename(made, path) == 0;
    if (!good)
        fprintf(stderr, "anlan: %s: %s\n", path ? path : "HOME", strerror(errno));
    return good;
}

static session *session_of(struct cli *cli, const json_t *json)
{
    struct status status = {0};
    const json_t *kept = json_object_get(json, "session");
    return kept ? (session *)json_to_message(kept, &anlan__organisations__v1__session__descriptor, &cli->arena, &status)
                : NULL;
}

session *session_file_read(struct cli *cli, const char *addresses)
{
    json_t *json = read_file(cli, addresses);
    session *read = session_of(cli, json);
    json_decref(json);
    return read;
}

bool session_file_write(struct cli *cli, const char *addresses, const session *kept)
{
    json_t *json = read_file(cli, addresses);
    if (!json)
        json = json_object();
    if (kept)
        json_object_set_new(json, "session", json_from_message(&kept->base, false));
    else
        json_object_del(json, "session");
    bool good = write_file(cli, addresses, json);
    json_decref(json);
    return good;
}

ProtobufCBinaryData session_file_device(struct cli *cli, const char *addresses, const char *name)
{
    json_t *json = read_file(cli, addresses);
    const char *text = json_string_value(json_object_get(json_object_get(json, "devices"), name));
    ProtobufCBinaryData device = {.data = arena_alloc(&cli->arena, DEVICE_MOST)};
    if (!text || !device.data || !text_base64url_parse(text, device.data, DEVICE_MOST, &device.len))
        device.len = 0;
    json_decref(json);
    return device;
}

bool session_file_keep_device(struct cli *cli, const char *addresses, const char *name, ProtobufCBinaryData device)
{
    json_t *json = read_file(cli, addresses);
    if (!json)
        json = json_object();
    json_t *devices = json_object_get(json, "devices");
    if (!devices && json_object_set_new(json, "devices", devices = json_object()) != 0)
        return false;
    char *text = arena_alloc(&cli->arena, TEXT_BASE64URL_SIZE(device.len));
    CHECK(text);
    text_base64url(device.data, device.len, text);
    json_object_set_new(devices, name, json_string(text));
    bool good = write_file(cli, addresses, json);
    json_decref(json);
    return good;
}

static bool is_fresh(const session *kept)
{
    return kept->expires_at && service_time(kept->expires_at) > clock_now() + RENEW_BEFORE;
}

// Renews the session, whose file is locked. The caller's own clients are used: it may be in the middle of a call.
static session *renew(struct cli *cli, const char *addresses, const session *old)
{
    int exit_status = CLI_OK;
    Anlan__Organisations__V1__RefreshRequest request = ANLAN__ORGANISATIONS__V1__REFRESH_REQUEST__INIT;
    request.request_id = cli_request_id(cli);
    request.refresh_token = old->refresh_token;
    const Anlan__Organisations__V1__RefreshResponse *reply = (const void *)cli_call(
        cli, CLI_ORGANISATIONS, "anlan.organisations.v1.SignInService/Refresh", &request.base, &exit_status);
    if (reply && reply->session && session_file_write(cli, addresses, reply->session))
        return reply->session;
    if (exit_status == CLI_FAILED)
        session_file_write(cli, addresses, NULL);
    return NULL;
}

bool session_file_token(struct cli *cli, const char *addresses, struct bytes *token)
{
    session *kept = session_file_read(cli, addresses);
    if (!kept)
        return false;
    if (!is_fresh(kept)) {
        const char *path = arena_printf(&cli->arena, "%s.lock", file_of(cli, addresses));
        int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        bool locked = lock >= 0 && flock(lock, LOCK_EX) == 0;
        // Another run may have renewed it meanwhile.
        kept = locked ? session_file_read(cli, addresses) : NULL;
        if (kept && !is_fresh(kept))
            kept = renew(cli, addresses, kept);
        if (lock >= 0)
            close(lock);
    }
    if (!kept)
        return false;
    *token = (struct bytes){kept->token.data, kept->token.len};
    return token->length > 0;
}
