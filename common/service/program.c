// SPDX-License-Identifier: Apache-2.0
// A service as a program: its settings and subcommands.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "config/config.h"
#include "log/log.h"
#include "service/engine.h"

static const struct config_setting settings[] = {
    {"database", "CONNINFO", NULL, "The service's database, as libpq's connection string."},
    {"keys", "DIR", "",
     "Directory with instance.id, the instance's public keys and the service's private ones (serve)."},
    {"listen", "ADDRESSES", "",
     "Addresses for calls, separated by commas: ipc:// and an absolute path; tls+tcp://HOST:PORT for other hosts "
     "(serve)."},
    {"feed", "ADDRESSES", "", "Addresses for Pull, likewise (serve)."},
    {"health", "ADDRESS", "", "Address for health checks: ipc:// (serve)."},
    {"directory", "ADDRESSES", "", "Feed addresses of organisations, separated by commas (serve)."},
    {"pulls-per-minute", "N", "600", "Pulls of streams that one reader may make of this process in a minute."},
    {"pull-bytes-per-minute", "BYTES", "67108864", "Bytes that they may bring him."},
    {"metrics", "ADDRESS", "",
     "Where Prometheus finds GET /metrics: IP:PORT, [IP]:PORT, or PORT on 127.0.0.1. Plain HTTP, for this host or a "
     "network "
     "of the instance's own (serve)."},
    {"tls-certificate", "FILE", "",
     "Our certificate in PEM, for tls+tcp:// addresses, its own and others'. SIGHUP reads it anew, as all of these."},
    {"tls-key", "FILE", "", "Its private key."},
    {"tls-ca", "FILE", "", "Certificates of the authority whose clients and services we trust."},
    {"tls-crl", "FILE", "", "The authority's revocation list; renew it before it ends, or nobody gets in."},
    {"tls-min-version", "1.2|1.3", "1.3", "Least version of TLS; 1.2 only for clients that have no 1.3."},
    {"log-level", "LEVEL", "info", "Least level of log lines: debug, info, warning or error."},
};

// Settings of a program: those of all services, whom it follows and calls, and its own.
#define OWN_MOST 16
#define ROWS_MOST (COUNT_OF(settings) + 2 * SERVICE_FOLLOWS_MOST + OWN_MOST)
struct program_settings {
    struct config_setting rows[ROWS_MOST];
    const char *values[ROWS_MOST];
    char texts[2 * SERVICE_FOLLOWS_MOST][2][160];
    size_t count;
};

static void add_setting(struct program_settings *all, const char *kind, const char *service, const char *before,
                        const char *behind)
{
    char(*text)[160] = all->texts[all->count - COUNT_OF(settings)];
    snprintf(text[0], sizeof(text[0]), "%s-%s", kind, service);
    snprintf(text[1], sizeof(text[1]), "%s %s, %s (serve).", before, service, behind);
    all->rows[all->count++] =
        (struct config_setting){.name = text[0], .value_name = "ADDRESSES", .fallback = "", .help = text[1]};
}

static void make_settings(const struct service_definition *definition, struct program_settings *all)
{
    memcpy(all->rows, settings, sizeof(settings));
    all->count = COUNT_OF(settings);
    for (size_t i = 0; i < definition->follow_count; i++) {
        const struct service_follow *follow = &definition->follows[i];
        add_setting(all, "follow", follow->source, "Feed addresses of", "whose logs are followed; none: they are not");
        if (follow->calls)
            add_setting(all, "call", follow->calls, "Addresses of", "for what follows from logs");
    }
    CHECK(definition->setting_count <= OWN_MOST);
    for (size_t i = 0; i < definition->setting_count; i++)
        all->rows[all->count++] = definition->settings[i];
}

static int usage(const struct service_definition *definition, const struct config *config, FILE *out)
{
    fprintf(out,
            "usage: anlan-%s COMMAND [--SETTING=VALUE]...\n\n"
            "  serve               serves calls until SIGTERM\n"
            "  migrate [--status]  brings the database up to this program's version, or tells how far it is;\n"
            "                      connect as the owner of the tables\n"
            "  verify              holds the tables against the log; exit status 1 where they differ\n"
            "  rebuild             makes empty tables anew from the log, then verifies; connect as the owner\n"
            "%s"
            "  help                this page\n\n"
            "Settings, also read from the environment as ANLAN_NAME:\n",
            definition->name,
            definition->follow_count == 0
                ? ""
                : "  follows             tells how far others' logs have been followed or copied, and what is stuck\n"
                  "                      or has stopped, with exit status 1 then\n"
                  "  retry               has what is stuck or has stopped tried again at once\n");
    config_help(config->settings, config->count, out);
    return out == stdout ? EXIT_SUCCESS : 2;
}

static bool read_level(const char *text, enum log_level *level)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], text) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    return false;
}

static bool complain(const struct status *status)
{
    fprintf(stderr, "%s: %s\n", status_reason_text(status->reason)->name, status->message);
    return false;
}

static bool read_instance(const char *keys, struct uuid *instance_id)
{
    char path[4096];
    char text[64] = "";
    snprintf(path, sizeof(path), "%s/instance.id", keys);
    FILE *file = fopen(path, "r");
    bool read = file && fgets(text, sizeof(text), file);
    if (file)
        fclose(file);
    text[strcspn(text, "\n")] = '\0';
    if (read && uuid_parse(text, instance_id))
        return true;
    fprintf(stderr, "%s: not the id of an instance\n", path);
    return false;
}

static bool may_sign(struct service *service, const char *directory, access_purpose purpose)
{
    Anlan__Rpc__V1__KeyName name = ANLAN__RPC__V1__KEY_NAME__INIT;
    uint8_t signature[CRYPTO_SIGNATURE_SIZE];
    if (access_keys_sign(service->secrets.keys, purpose, clock_now(), NULL, 0, &name, signature))
        return true;
    fprintf(stderr, "%s: no private key %s-N.key that is good now: anlan keys rotate --kind %s\n", directory,
            access_purpose_word(purpose), access_purpose_word(purpose));
    return false;
}

// What a service signs with, and what signing people in needs: it does not start without.
static bool read_secrets(struct service *service, const char *directory)
{
    struct service_secrets *secrets = &service->secrets;
    secrets->keys = access_verifier_keys(service->verifier);
    if (!may_sign(service, directory, ACCESS_PURPOSE(SERVICE)))
        return false;
    if (!service->definition->signs_in)
        return true;
    for (uint32_t period = 1; period <= SERVICE_SEALS_MOST; period++) {
        char path[4096];
        struct crypto_seal_key *key = NULL;
        snprintf(path, sizeof(path), "%s/seal-%u.key", directory, period);
        if (!crypto_seal_key_read(path, period, &key))
            break;
        secrets->seals[secrets->seal_count++] = key;
    }
    if (!may_sign(service, directory, ACCESS_PURPOSE(TOKEN)) || !may_sign(service, directory, ACCESS_PURPOSE(SESSION)))
        return false;
    if (secrets->seal_count > 0)
        return true;
    fprintf(stderr, "%s: no seal-1.key: anlan keys rotate --kind seal\n", directory);
    return false;
}

static bool read_keys(struct service *service, const char *directory)
{
    struct status status = {0};
    struct access_keys *keys = NULL;
    if (!read_instance(directory, &service->instance_id))
        return false;
    if (!access_keys_open(&keys, directory, &status))
        return complain(&status);
    service->verifier = access_verifier_new(keys, &service->instance_id, LIMIT_TOKENS_REMEMBERED);
    return read_secrets(service, directory);
}

static bool prepare(struct service *service, const struct service_definition *definition)
{
    struct status status = {0};
    service->definition = definition;
    pthread_mutex_init(&service->parked_mutex, NULL);
    return service_slots_make(service, &status) || complain(&status);
}

static bool read_tls(struct service *service, const struct config *config)
{
    struct status status = {0};
    const char *version = config_text(config, "tls-min-version");
    const struct crypto_tls_files files = {
        .ca = config_text(config, "tls-ca"),
        .crl = config_text(config, "tls-crl"),
        .certificate = config_text(config, "tls-certificate"),
        .key = config_text(config, "tls-key"),
        .allow_1_2 = strcmp(version, "1.2") == 0,
    };
    if (!files.allow_1_2 && strcmp(version, "1.3") != 0) {
        fprintf(stderr, "tls-min-version: 1.2 or 1.3\n");
        return false;
    }
    if (!*files.ca && !*files.certificate && !*files.key && !*files.crl)
        return true;
    if (!*files.ca || !*files.certificate || !*files.key) {
        fprintf(stderr, "TLS needs --tls-certificate, --tls-key and --tls-ca\n");
        return false;
    }
    return service_tls_open(service, &files, &status) || complain(&status);
}

static int migrate(const struct service *service, bool status_only)
{
    const struct service_definition *definition = service->definition;
    struct status status = {0};
    size_t pending = 0;
    bool done = status_only ? pg_migrate_status(service->conninfo, definition->migrations, *definition->migration_count,
                                                stdout, &pending, &status)
                            : pg_migrate(service->conninfo, definition->migrations, *definition->migration_count,
                                         stdout, &status);
    if (!done)
        complain(&status);
    return done && pending == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// Where its followed services are. False, told, where one is to be followed and nobody knows whom to call then.
static bool read_follows(const struct service_definition *definition, const struct config *config,
                         struct service_addresses *addresses)
{
    char name[64];
    for (size_t i = 0; i < definition->follow_count; i++) {
        const struct service_follow *follow = &definition->follows[i];
        snprintf(name, sizeof(name), "follow-%s", follow->source);
        addresses->follow[i] = config_text(config, name);
        addresses->call[i] = "";
        if (!follow->calls)
            continue;
        snprintf(name, sizeof(name), "call-%s", follow->calls);
        addresses->call[i] = config_text(config, name);
        if (*addresses->follow[i] && !*addresses->call[i]) {
            fprintf(stderr, "--follow-%s needs --%s\n", follow->source, name);
            return false;
        }
    }
    return true;
}

static int serve(struct service *service, const struct config *config)
{
    struct service_addresses addresses = {
        .listen = config_text(config, "listen"),
        .feed = config_text(config, "feed"),
        .health = config_text(config, "health"),
        .directory = config_text(config, "directory"),
        .metrics = config_text(config, "metrics"),
    };
    if (!*addresses.listen || !*addresses.feed || !*addresses.health || !*addresses.directory) {
        fprintf(stderr, "serve needs --listen, --feed, --health and --directory\n");
        return 2;
    }
    if (!read_follows(service->definition, config, &addresses) ||
        !config_integer(config, "pulls-per-minute", 1, 1000000, &addresses.pulls_per_minute, stderr) ||
        !config_integer(config, "pull-bytes-per-minute", 65536, 1L << 40, &addresses.pull_bytes_per_minute, stderr))
        return 2;
    if (!read_keys(service, config_text(config, "keys")) || !read_tls(service, config))
        return EXIT_FAILURE;
    service->config = config;
    struct status refused = {0};
    if (!service_outlets_open(service, &refused))
        return complain(&refused), EXIT_FAILURE;
    service->directory = directory_new(&service->instance_id);
    if (service->definition->keeps_duties)
        directory_keep_duties(service->directory);
    service->access = (struct access_policy){.directory = service->directory,
                                             .roles = service->definition->roles,
                                             .role_count = *service->definition->role_count};
    int status = service_serve(service, &addresses);
    access_verifier_free(service->verifier);
    directory_free(service->directory);
    for (size_t i = 0; i < service->secrets.seal_count; i++)
        crypto_seal_key_free((struct crypto_seal_key *)service->secrets.seals[i]);
    return status;
}

static int run(struct service *service, const struct config *config, const char *command, const char *option)
{
    service->conninfo = config_text(config, "database");
    bool status_only = strcmp(option, "--status") == 0;
    if (strcmp(command, "migrate") == 0 && (status_only || !*option))
        return migrate(service, status_only);
    if (*option)
        return usage(service->definition, config, stderr);
    if (strcmp(command, "serve") == 0)
        return serve(service, config);
    if (strcmp(command, "verify") == 0)
        return service_verify(service, false, stdout);
    if (strcmp(command, "rebuild") == 0)
        return service_verify(service, true, stdout);
    if (strcmp(command, "follows") == 0)
        return service_follow_report(service, stdout);
    if (strcmp(command, "retry") == 0)
        return service_follow_retry(service, stdout);
    return usage(service->definition, config, stderr);
}

// Takes --status away from what config_read sees: it is the subcommand's own.
static const char *take_status(int *argc, char **argv)
{
    for (int i = 2; i < *argc; i++)
        if (strcmp(argv[i], "--status") == 0) {
            memmove(&argv[i], &argv[i + 1], (size_t)(*argc - i) * sizeof(char *));
            (*argc)--;
            return "--status";
        }
    return "";
}

// Replies come and go by the hundred kilobytes: memory that was given back to the system for each of them cost a
// quarter of a list's time in page faults.
#define KEPT_BYTES (32 * 1024 * 1024)

static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

int service_main(const struct service_definition *definition, int argc, char **argv)
{
    struct program_settings all = {0};
    make_settings(definition, &all);
    struct config config = {.settings = all.rows, .count = all.count};
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return usage(definition, &config, argc < 2 ? stderr : stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("anlan-%s %s\n", definition->name, ANLAN_VERSION);
        return EXIT_SUCCESS;
    }
    enum log_level level = LOG_INFO;
    const char *option = take_status(&argc, argv);
    if (!config_read(&config, all.rows, all.count, all.values, &argc, argv, stderr) || argc != 2)
        return 2;
    if (!read_level(config_text(&config, "log-level"), &level)) {
        fprintf(stderr, "log-level: debug, info, warning or error\n");
        return 2;
    }
    char name[64];
    snprintf(name, sizeof(name), "anlan-%s", definition->name);
    log_start(name, level);
    keep_memory();
    struct service service = {0};
    int status = prepare(&service, definition) ? run(&service, &config, argv[1], option) : EXIT_FAILURE;
    service_slots_free(&service);
    return status;
}
