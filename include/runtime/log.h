/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Messages to people, on stderr. Only rank 0 speaks: on the other ranks the level is LOG_NOTHING.
 * A struct log is a plain value, passed by address to whoever has something to say.
 */
#ifndef GROWCAST_LOG_H
#define GROWCAST_LOG_H

#include <stdbool.h>
#include <stdio.h>

enum log_level {
    LOG_NOTHING, /**< another rank speaks */
    LOG_ERROR,   /**< --quiet: only why the run ends, and warnings */
    LOG_STAGE,   /**< the default: also what the program is doing */
    LOG_DETAIL,  /**< --verbose: also numbers for those who want to know */
};

struct log {
    FILE *stream; /**< borrowed */
    enum log_level level;
    bool line_open; /**< a progress bar stands on the current line and must be ended first */
};

/** The log of a rank that speaks (rank 0) or does not, with the given options. */
struct log log_make(FILE *stream, bool speaks, bool quiet, bool verbose);

/** "growcast: error: ..." */
void log_error(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** "growcast: warning: ..." */
void log_warning(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** "growcast: ...", one line for each stage of the run. */
void log_stage(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** "growcast: ...", only with --verbose. */
void log_detail(struct log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
