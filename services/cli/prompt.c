// SPDX-License-Identifier: Apache-2.0
#include "prompt.h"

#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MOST 1024

// A terminal whose echo is off until it is given back; signals wait meanwhile, so that it always is.
struct quiet {
    bool on;
    struct termios before;
    sigset_t signals;
};

static void hush(struct quiet *quiet)
{
    sigset_t held;
    struct termios silent;
    if (tcgetattr(STDIN_FILENO, &quiet->before) != 0)
        return;
    sigemptyset(&held);
    sigaddset(&held, SIGTSTP);
    sigprocmask(SIG_BLOCK, &held, &quiet->signals);
    silent = quiet->before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    quiet->on = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
}

static void restore(const struct quiet *quiet)
{
    if (!quiet->on)
        return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet->before);
    sigprocmask(SIG_SETMASK, &quiet->signals, NULL);
}

char *prompt_line(struct cli *cli, struct cli_text question, bool hidden)
{
    char line[LINE_MOST];
    struct quiet quiet = {0};
    bool person = isatty(STDIN_FILENO);
    if (person) {
        fputs(cli_say(cli, question), stderr);
        fflush(stderr);
    }
    if (person && hidden)
        hush(&quiet);
    const char *read = fgets(line, sizeof(line), stdin);
    restore(&quiet);
    size_t length = read ? strcspn(line, "\r\n") : 0;
    char *kept = read && line[length] ? arena_text(&cli->arena, line, length) : NULL;
    explicit_bzero(line, sizeof(line));
    if (!kept)
        fputs(cli_say(cli, (struct cli_text){"anlan: no answer\n", "anlan：没有输入\n"}), stderr);
    return kept;
}
