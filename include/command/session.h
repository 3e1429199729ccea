/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What commands that read series and work through a queue with a journal do alike.
 *
 *     struct session session = session_make(line, config, transport, log);
 *     session_read()          rank 0
 *     session_begin()         all ranks; then queue_run() with session.journal and session.progress
 *     session_provenance(), session_history(), the output itself         rank 0
 *     session_complete()      rank 0
 *     session_free()
 */
#ifndef GROWCAST_SESSION_H
#define GROWCAST_SESSION_H

#include "command.h"
#include "instruction_set.h"
#include "journal.h"
#include "progress.h"
#include "provenance.h"
#include "queue.h"
#include "reader.h"

#include <stdbool.h>

/** One rank's part. */
struct session {
    const struct command_line *line; /**< borrowed, like the next three */
    const struct config *config;
    struct transport *transport;
    struct log *log;

    enum instruction_set set; /**< of session_begin() */
    const char *part; /**< borrowed: a sweep's shard "2/4", the model of --only; NULL: all */
    struct reader_report report; /**< rank 0: of session_read(); owned */
    struct journal *journal;     /**< rank 0: of session_begin(); owned */
    struct progress progress;    /**< rank 0 */
};

/** A session that has read and begun nothing. Release with session_free(). */
struct session session_make(const struct command_line *line, const struct config *config,
                            struct transport *transport, struct log *log);
void session_free(struct session *session);

/** Whether this is rank 0. */
bool session_is_first(const struct session *session);

/** Rank 0: checks that the output can be written, reads the inputs, and says what they held.
 *  *catalog, empty before, is the caller's, also after a failure. */
bool session_read(struct session *session, struct catalog *catalog, struct error *error);

/**
 * Opens the journal of the job's rows beside the output, says what it held of an earlier run, and
 * begins the progress of `total` items, named `unit` in the plural. Collective; the same on every
 * rank.
 */
bool session_begin(struct session *session, enum instruction_set set, const struct queue_job *job,
                   const char *unit, size_t total, struct error *error);

/** The configured options of the queue; the time limit counts from now. */
struct queue_options session_queue_options(const struct config_run *config);

/** Where the results come from; release with provenance_free(). */
struct provenance session_provenance(const struct session *session);

/** The line of history of this execution; the caller frees it. */
char *session_history(const struct session *session);

/** Rank 0: the output is complete, so the journal goes. */
bool session_complete(struct session *session, struct error *error);

#endif
