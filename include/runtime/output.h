/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Files that appear complete or not at all: written under a temporary name in the folder of the
 * output, flushed to disk and renamed.
 */
#ifndef GROWCAST_OUTPUT_H
#define GROWCAST_OUTPUT_H

#include "error.h"

#include <stdbool.h>
#include <stdio.h>

/**
 * Whether an output can be written to path: its folder exists and takes new files, and path is
 * not there yet or force is given and it is a plain file. To be asked before work starts.
 * Leaves no trace. ERROR_USAGE with the reason otherwise.
 */
bool output_check(const char *path, bool force, struct error *error);

/**
 * Creates an empty file beside path that no other process uses, with the permissions that the
 * user's umask asks for. Returns its name, owned by the caller, or NULL with errno set.
 */
char *output_temporary(const char *path);

/** Removes what killed runs have left of output_temporary() for this path. Only for the one run
 * that may write it: those of others would go, too. */
void output_clean(const char *path);

/** Flushes temporary to disk and renames it to path. ERROR_RUN otherwise, and the file is gone. */
bool output_publish(const char *temporary, const char *path, struct error *error);

/** A text file on its way. */
struct output {
    char *path;      /**< the name it takes in the end */
    char *temporary; /**< the name it has now */
    FILE *stream;    /**< where to write; write errors are found by output_complete() */
};

/**
 * Creates the temporary file. Errors (ERROR_USAGE): path exists and force is false, is no plain
 * file, or its folder cannot be written. On success *output is released by output_complete() or
 * output_discard().
 */
bool output_create(struct output *output, const char *path, bool force, struct error *error);

/** Closes, flushes to disk and renames; ERROR_RUN if a write failed, and then nothing is left. */
bool output_complete(struct output *output, struct error *error);

/** Gives up: removes the temporary file. A zeroed *output is allowed. */
void output_discard(struct output *output);

#endif
