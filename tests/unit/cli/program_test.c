// SPDX-License-Identifier: Apache-2.0
// The client program without a service: help for each command in both languages, with an example, and exit statuses.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define COMMANDS_LEAST 100

static char output[1 << 17];

// Runs the program; answers its exit status, and in `output` what it says.
static int run(const char *language, const char *arguments)
{
    char command[1024];
    snprintf(
        command, sizeof(command),
        "unset ANLAN_TOKEN ANLAN_HAZARDS ANLAN_ORGANISATIONS; XDG_STATE_HOME=/nonexistent LC_ALL=%s \"$ANLAN_BIN\"/"
        "anlan %s 2>&1 </dev/null",
        language, arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    output[fread(output, 1, sizeof(output) - 1, pipe)] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void exits(int expected, const char *arguments, const char *says)
{
    int status = run("C.UTF-8", arguments);
    if (status != expected || !strstr(output, says))
        fail_msg("anlan %s: %d, '%s' missing:\n%s", arguments, status, says, output);
}

// The line of what a command does: the second of its help.
static void purpose_of(const char *language, const char *name, char line[256])
{
    char arguments[128];
    char example[128];
    snprintf(arguments, sizeof(arguments), "help %s", name);
    snprintf(example, sizeof(example), "\n    anlan %s", name);
    if (run(language, arguments) != 0 || strncmp(output, "anlan ", 6) != 0 || !strstr(output, example))
        fail_msg("help %s has no example:\n%s", name, output);
    assert_int_equal(sscanf(output, "%*[^\n]\n    %255[^\n]", line), 1);
}

static void every_command_has_help_in_both_languages_and_an_example(void **state)
{
    (void)state;
    char names[400][64];
    size_t count = 0;
    assert_int_equal(run("C.UTF-8", "help"), 0);
    for (const char *at = strstr(output, "\n  anlan "); at && count < 400; at = strstr(at + 1, "\n  anlan ")) {
        size_t length = strstr(at + 9, "  ") ? (size_t)(strstr(at + 9, "  ") - (at + 9)) : 26;
        snprintf(names[count++], sizeof(names[0]), "%.*s", (int)(length < 26 ? length : 26), at + 9);
    }
    assert_true(count > COMMANDS_LEAST && count < 400);
    for (size_t i = 0; i < count; i++) {
        char en[256];
        char zh[256];
        purpose_of("C.UTF-8", names[i], en);
        purpose_of("zh_CN.UTF-8", names[i], zh);
        if (strcmp(en, zh) == 0)
            fail_msg("%s has one language: %s", names[i], en);
    }
}

static void a_group_and_a_language_may_be_named(void **state)
{
    (void)state;
    exits(0, "help hazards", "anlan hazards counts");
    assert_null(strstr(output, "anlan units"));
    exits(0, "--lang zh help hazards list", "列出台账");
    assert_int_equal(run("zh_CN.UTF-8", "--lang en help hazards list"), 0);
    assert_non_null(strstr(output, "lists the ledger"));
}

static void exit_statuses_tell_what_happened(void **state)
{
    (void)state;
    exits(0, "--version", "anlan ");
    exits(2, "", "anlan hazards list");
    exits(2, "hazards lists", "anlan hazards list");
    exits(2, "hazards list --colour red", "no such option");
    exits(2, "hazards list --unit", "no such option here, or its value is missing");
    exits(2, "hazards list", "hazards");
    exits(2, "--timeout 0 --hazards ipc:///nonexistent --token YQ hazards list", "--timeout");
    exits(2, "--hazards ipc:///nonexistent --token ! hazards list", "token");
    exits(4, "--timeout 300 --hazards ipc:///nonexistent --token YQ hazards list", "UNREACHABLE");
    assert_int_equal(run("zh_CN.UTF-8", "--timeout 300 --hazards ipc:///nonexistent --token YQ hazards list"), 4);
    assert_non_null(strstr(output, "无法"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_help_in_both_languages_and_an_example),
        cmocka_unit_test(a_group_and_a_language_may_be_named),
        cmocka_unit_test(exit_statuses_tell_what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
