/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "error.h"
#include "launch.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A closed pipe and a file that grows too large are errors of the write that meets them. */
static void prepare_process(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)gsl_set_error_handler_off();
}

static bool run(const struct command_line *line, struct error *error)
{
    struct config config;
    char note[ERROR_MESSAGE_SIZE];
    if (!command_line_configure(line, &config, note, sizeof note, error)) {
        return false;
    }
    if (note[0] != '\0' && line->verbosity >= 0) {
        (void)fprintf(stderr, "growcast: %s\n", note);
    }
    return line->command->run(line, &config, error);
}

static bool act(const struct command_line *line, struct error *error)
{
    switch (line->action) {
    case COMMAND_ACTION_HELP:
        command_help(stdout, line->command);
        return true;
    case COMMAND_ACTION_VERSION:
        command_version(stdout);
        return true;
    case COMMAND_ACTION_RUN:
        return run(line, error);
    }
    return true;
}

/* What was printed counts as done only when it has left. */
static bool close_stdout(struct error *error)
{
    bool failed = ferror(stdout) != 0;
    if (fclose(stdout) == 0 && !failed) {
        return true;
    }
    return error_set(error, ERROR_USAGE, "cannot write to standard output: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    prepare_process();
    if (!launch_is_first()) {
        return 0;
    }
    struct error error = {.kind = ERROR_NONE};
    struct command_line line;
    bool done =
        command_line_parse(argc, argv, &line, &error) && act(&line, &error) && close_stdout(&error);
    if (!done) {
        (void)fprintf(stderr, "growcast: %s\n", error.message);
    }
    command_line_free(&line);
    return (int)error.kind;
}
