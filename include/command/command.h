/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The commands of the program and its command line.
 *
 * A command is one row of command_table with its documentation and its function; the function
 * stands in a file of its own, src/command_NAME.c. The tables of commands and options drive the
 * parser, --help and the man page.
 */
#ifndef GROWCAST_COMMAND_H
#define GROWCAST_COMMAND_H

#include "config.h"
#include "error.h"
#include "log.h"
#include "option.h"
#include "store_read.h"
#include "transport.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** An option of the command line. */
struct command_option {
    const char *name;     /**< long name, without dashes */
    char letter;          /**< short name, or 0 */
    const char *argument; /**< name of its argument in the help, or NULL: it takes none */
    const char *setting;  /**< "section.key" that it sets, or NULL */
    const char *help;
};

struct command_line;

/** A command. */
struct command {
    const char *name;
    const char *usage;                    /**< what follows the name, e.g. "INPUT... -o RUN.nc" */
    const char *summary;                  /**< one line */
    const char *description;              /**< paragraphs, separated by a line break */
    const struct command_option *options; /**< its own options, ended by a NULL name; or NULL */
    size_t fewest_inputs, most_inputs;    /**< how many INPUT arguments it takes */
    bool needs_output;                    /**< -o is required */
    /** Does the work in one process: only the first of several started by mpirun calls it. Results
     *  go to files or stdout, messages to stderr. */
    bool (*run)(const struct command_line *line, const struct config *config, struct error *error);
    /** In place of run, for work that is spread over ranks: collective, every rank calls it with
     * the same config and returns the same. transport and log are borrowed. */
    bool (*run_parallel)(const struct command_line *line, const struct config *config,
                         struct transport *transport, struct log *log, struct error *error);
};

extern const struct command command_table[];
extern const size_t command_count;

/** Options that every command takes. */
enum command_common {
    COMMAND_CONFIG,
    COMMAND_SET,
    COMMAND_OUTPUT,
    COMMAND_SEED,
    COMMAND_INPUT_FORMAT,
    COMMAND_RESUME,
    COMMAND_FORCE,
    COMMAND_PROGRESS,
    COMMAND_QUIET,
    COMMAND_VERBOSE,
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_COMMON_COUNT,
};

extern const struct command_option command_common_options[COMMAND_COMMON_COUNT];

enum { COMMAND_OPTION_MAX = 16 }; /**< most options a command has of its own */

/** What is to be done. */
enum command_action { COMMAND_ACTION_RUN, COMMAND_ACTION_HELP, COMMAND_ACTION_VERSION };

/** The parsed command line. Strings belong to argv, the arrays to it. */
struct command_line {
    enum command_action action;
    const struct command *command; /**< NULL only for help and version of the program */
    int argument_count;            /**< the whole command line, for the history of an output */
    char *const *arguments;
    const char *output; /**< -o, or NULL */
    bool resume;
    bool force;
    int verbosity; /**< -1 for --quiet, 0, or 1 for --verbose */
    size_t file_count;
    const char **file; /**< -c in order */
    size_t setting_count;
    struct option_setting *setting; /**< -s and the options that set a key, in order */
    size_t input_count;
    const char **input;
    const char *own[COMMAND_OPTION_MAX]; /**< value of each own option; NULL: absent, "": given */
};

/**
 * Parses the command line; touches no file. Options may stand before and after the command and
 * between inputs. Errors (ERROR_USAGE): an unknown command or option (with the nearest known), a
 * missing or unexpected argument, too few or too many inputs, a missing -o.
 * command_line_free releases *line in any case.
 */
bool command_line_parse(int argc, char *const *argv, struct command_line *line,
                        struct error *error);

void command_line_free(struct command_line *line);

/** The value of the command's own option: NULL absent, "" given without an argument. */
const char *command_line_own(const struct command_line *line, const char *name);

/** Reads configuration files and settings over the defaults; note as in option_layers_finish. */
bool command_line_configure(const struct command_line *line, struct config *config, char *note,
                            size_t note_size, struct error *error);

/** Writes the help of a command, or of the program for NULL. */
void command_help(FILE *file, const struct command *command);

/** Writes the version and what the program is built with. */
void command_version(FILE *file);

/** Writes the manual page in man(7) format. */
void command_manual(FILE *file);

/** Whether the output, if there is one, is none of the files that are read, which it would replace.
 *  ERROR_USAGE otherwise. */
bool command_output_check(const struct command_line *line, const struct config *config,
                          struct error *error);

/** Opens a result as store_read_open() does, and warns if it has no checksum. */
struct store_reader *command_result_open(const struct command_line *line, const char *path,
                                         struct error *error);

/** growcast config: writes the documented or the effective configuration, or the man page. */
bool command_config(const struct command_line *line, const struct config *config,
                    struct error *error);

/** growcast collect: series from records of the Hugging Face Hub. */
bool command_collect(const struct command_line *line, const struct config *config,
                     struct error *error);

/** growcast fit: the main job, from series to estimates, intervals and organizations. */
bool command_fit(const struct command_line *line, const struct config *config,
                 struct transport *transport, struct log *log, struct error *error);

/** growcast backtest: forecasts from past origins, scored against what came true. */
bool command_backtest(const struct command_line *line, const struct config *config,
                      struct transport *transport, struct log *log, struct error *error);

/** growcast show: tables of a complete output file, to stdout. */
bool command_show(const struct command_line *line, const struct config *config,
                  struct error *error);

/** growcast sweep: fits under all combinations of settings, and what depends on them. */
bool command_sweep(const struct command_line *line, const struct config *config,
                   struct transport *transport, struct log *log, struct error *error);

/** growcast merge: joins the shards of a sweep. */
bool command_merge(const struct command_line *line, const struct config *config,
                   struct error *error);

/** growcast simulate: writes series drawn from known parameters, and their truth beside them. */
bool command_simulate(const struct command_line *line, const struct config *config,
                      struct error *error);

#endif
