/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "error.h"
#include "launch.h"
#include "log.h"
#include "signals.h"
#include "transport.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static bool configure(const struct command_line *line, struct log *log, struct config *config,
                      struct error *error)
{
    char note[ERROR_MESSAGE_SIZE];
    if (!command_line_configure(line, config, note, sizeof note, error) ||
        !command_output_check(line, config, error)) {
        return false;
    }
    if (note[0] != '\0') {
        log_stage(log, "%s", note);
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

/* A command in one process. Of several started by mpirun, the others have nothing to do. */
static int run_alone(const struct command_line *line, struct log *log)
{
    struct error error = {.kind = ERROR_NONE};
    struct config config;
    bool done = false;
    switch (line->action) {
    case COMMAND_ACTION_HELP:
        command_help(stdout, line->command);
        done = true;
        break;
    case COMMAND_ACTION_VERSION:
        command_version(stdout);
        done = true;
        break;
    case COMMAND_ACTION_RUN:
        done = configure(line, log, &config, &error) && line->command->run(line, &config, &error);
        break;
    }
    done = done && close_stdout(&error);
    if (!done) {
        log_error(log, "%s", error.message);
    }
    return done ? 0 : (int)error.kind;
}

/* A command on all ranks, which end with the same code. Only rank 0 reads the configuration. */
static int run_on_ranks(int argc, char **argv, const struct command_line *line, struct log *log)
{
    signals_install();
    (void)signal(SIGPIPE, SIG_IGN); /* a pipe that closes must not end a rank in mid-run */
    struct transport *transport = transport_open(&argc, &argv);
    struct error error = {.kind = ERROR_NONE};
    struct config config;
    memset(&config, 0, sizeof config);
    bool first = transport_rank(transport) == 0;
    bool done = transport_agree(transport, !first || configure(line, log, &config, &error), &error);
    if (done) {
        transport_broadcast(transport, &config, sizeof config);
        done = line->command->run_parallel(line, &config, transport, log, &error);
        done = transport_agree(transport, done && close_stdout(&error), &error);
    }
    if (!done && error.kind == ERROR_NONE) {
        log_stage(log, "%s", error.message);
    } else if (!done) {
        log_error(log, "%s", error.message);
    }
    return transport_close(transport, done ? 0 : (int)error.kind);
}

static int run(int argc, char **argv, const struct command_line *line, struct log *log)
{
    if (line->action == COMMAND_ACTION_RUN && line->command->run_parallel != NULL) {
        return run_on_ranks(argc, argv, line, log);
    }
    return launch_is_first() ? run_alone(line, log) : 0;
}

int main(int argc, char **argv)
{
    /* A file that grows too large is an error of the write that meets it. */
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)gsl_set_error_handler_off();

    struct error error = {.kind = ERROR_NONE};
    struct command_line line;
    bool understood = command_line_parse(argc, argv, &line, &error);
    bool quiet = line.verbosity < 0;
    bool verbose = line.verbosity > 0;
    struct log log = log_make(stderr, launch_is_first(), quiet, verbose);
    int code = 0;
    if (understood) {
        code = run(argc, argv, &line, &log);
    } else if (launch_is_first()) {
        /* The others end with 0: as soon as one process fails, mpirun ends the rest, perhaps before
           the first has said why. */
        log_error(&log, "%s", error.message);
        code = (int)error.kind;
    }
    command_line_free(&line);
    return code;
}
