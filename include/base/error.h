/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Failures that a user can cause or cure.
 *
 * Failures come in three classes. A bug is an assert(). A broken environment (no memory) is a
 * message and an immediate end, see memory.h. Everything else, from a misspelled key to a full
 * disk, is a struct error handed up to main(), which prints it once and exits with its kind.
 * A fit that does not converge is none of these: it is a status in the results (fit.h).
 *
 * A function that can fail takes `struct error *error` last and returns true on success. On
 * failure it returns false and has filled *error; on success *error is untouched.
 */
#ifndef GROWCAST_ERROR_H
#define GROWCAST_ERROR_H

#include <stdbool.h>

/** What failed; the value is the exit code of the program. */
enum error_kind {
    ERROR_NONE = 0,     /**< no failure: there was nothing to do, and the message says why */
    ERROR_RUN = 1,      /**< failed while running: MPI, memory, a worker, the disk */
    ERROR_USAGE = 2,    /**< command line, configuration, or an output that cannot be written */
    ERROR_INPUT = 3,    /**< bad, missing or unreadable input data */
    ERROR_STOPPED = 75, /**< stopped early, all that was finished is saved */
};

enum { ERROR_MESSAGE_SIZE = 2048 };

/** A plain value: no ownership, may be copied and sent between ranks as bytes. */
struct error {
    enum error_kind kind;
    char message[ERROR_MESSAGE_SIZE];
};

/**
 * Fills *error with a printf-style message and returns false, so that a caller can write
 * `return error_set(error, ERROR_INPUT, "%s:%zu: ...", ...)`. A message that is too long is cut.
 */
bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
