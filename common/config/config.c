// SPDX-License-Identifier: Apache-2.0
#include "config/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static size_t index_of(const struct config *config, const char *name, size_t length)
{
    size_t i = 0;
    while (i < config->count &&
           (strlen(config->settings[i].name) != length || memcmp(config->settings[i].name, name, length) != 0))
        i++;
    return i;
}

// ANLAN_LOG_LEVEL for log-level.
static const char *from_environment(const char *name)
{
    char variable[128];
    int used = snprintf(variable, sizeof(variable), "ANLAN_%s", name);
    CHECK(used > 0 && (size_t)used < sizeof(variable));
    for (char *at = variable; *at; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    return getenv(variable);
}

static bool read_arguments(struct config *config, int *argc, char **argv, FILE *errors)
{
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        const char *argument = argv[i];
        if (strncmp(argument, "--", 2) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        const char *equals = strchr(argument, '=');
        size_t length = equals ? (size_t)(equals - argument) - 2 : 0;
        size_t at = index_of(config, argument + 2, length);
        if (!equals || at == config->count) {
            fprintf(errors, "%s: no such setting, or not of the form --name=value\n", argument);
            return false;
        }
        config->values[at] = equals + 1;
    }
    *argc = kept;
    return true;
}

bool config_read(struct config *config, const struct config_setting *settings, size_t count, const char **values,
                 int *argc, char **argv, FILE *errors)
{
    *config = (struct config){.settings = settings, .count = count, .values = values};
    for (size_t i = 0; i < count; i++)
        values[i] = NULL;
    if (!read_arguments(config, argc, argv, errors))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!values[i])
            values[i] = from_environment(settings[i].name);
        if (!values[i])
            values[i] = settings[i].fallback;
        if (!values[i]) {
            fprintf(errors, "--%s=%s is missing: %s\n", settings[i].name, settings[i].value_name, settings[i].help);
            return false;
        }
    }
    return true;
}

const char *config_text(const struct config *config, const char *name)
{
    size_t at = index_of(config, name, strlen(name));
    CHECK(at < config->count);
    return config->values[at];
}

bool config_integer(const struct config *config, const char *name, long least, long most, long *value, FILE *errors)
{
    const char *text = config_text(config, name);
    char *end = NULL;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < least || number > most) {
        fprintf(errors, "--%s=%s: a number from %ld to %ld\n", name, text, least, most);
        return false;
    }
    *value = number;
    return true;
}

void config_help(const struct config_setting *settings, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        const struct config_setting *setting = &settings[i];
        fprintf(out, "  --%s=%s\n      %s", setting->name, setting->value_name, setting->help);
        if (!setting->fallback)
            fprintf(out, " Required.");
        else if (*setting->fallback)
            fprintf(out, " Default: %s.", setting->fallback);
        fprintf(out, "\n");
    }
}
