/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What commands that read series and work through a queue with a journal do alike. Rank 0 only,
 * except for session_queue_options().
 */
#ifndef GROWCAST_SESSION_H
#define GROWCAST_SESSION_H

#include "command.h"
#include "instruction_set.h"
#include "journal.h"
#include "provenance.h"
#include "queue.h"
#include "reader.h"

#include <stdbool.h>

/** Checks that the output can be written, reads the inputs, and says what they held. *catalog and
 *  *report, empty before, are the caller's, also after a failure. */
bool session_read(const struct command_line *line, const struct config *config, struct log *log,
                  struct catalog *catalog, struct reader_report *report, struct error *error);

/** Opens the journal of the job's rows beside the output and says what it held of an earlier run.
 *  unit: what items are, in the plural. NULL with *error filled on failure. */
struct journal *session_journal(const struct command_line *line, const struct config *config,
                                const struct reader_report *report, enum instruction_set set,
                                const struct queue_job *job, const char *unit, struct log *log,
                                struct error *error);

/** The configured options of the queue; the time limit counts from now. */
struct queue_options session_queue_options(const struct config_run *config);

/** Where the results come from; release with provenance_free(). */
struct provenance session_provenance(const struct transport *transport, const struct config *config,
                                     const struct reader_report *report);

#endif
