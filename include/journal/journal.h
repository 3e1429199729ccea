/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The journal of a run: every finished row, appended to a file beside the output, from which an
 * interrupted run continues and from which the output is built. Rank 0 only.
 *
 *     struct journal_request request = {.output = "run.nc", .identity = text, ...};
 *     struct journal_report report;
 *     struct journal *journal = journal_open(&request, &report, &error);   // NULL: error
 *     ... queue_run() with done = journal_has(), collect = journal_append(),
 *         checkpoint = journal_checkpoint() ...
 *     ... journal_read() in slabs of items, write and rename the output ...
 *     journal_remove(journal, &error);      // success; journal_close(journal) otherwise
 *
 * Files. OUTPUT.journal: a header with the identity of the run, then records, each with its
 * length, sequence number and a CRC-32 that also covers the CRC of the record before, so that a
 * record is only valid in its place. Reading back stops at the first record that is not valid;
 * what follows it is dropped and its size reported. OUTPUT.journal.sums: the sums over all ranks
 * (queue.h) at the last checkpoint and the place in the journal up to which they cover it. It is
 * written beside itself, synchronised and renamed, so that there is always one good checkpoint.
 * Records after it are not used when a run with sums resumes: their items are done again, because
 * what they added to the sums is lost. Without sums every record counts.
 *
 * Durability. Killing any process at any moment costs nothing that was appended. A power loss
 * costs at most the results of one second of the run with JOURNAL_SYNC (fdatasync() once a second
 * at most), and what the system had not written yet with JOURNAL_FLUSH, some 30 s on Linux.
 * Checkpoints are synchronised in both. With JOURNAL_NONE the rows go to a file in the same folder
 * that has no name; nothing can be resumed.
 *
 * The file is locked (fcntl(), which also works between the nodes of a cluster on NFS) as long as
 * it is open. A process holds its lock until it closes any descriptor of the file, so nobody else
 * in the program may open it.
 *
 * Every write is checked. After a failure the journal holds everything up to the failed record.
 * Memory: eight bytes an item.
 */
#ifndef GROWCAST_JOURNAL_H
#define GROWCAST_JOURNAL_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct journal;

/** What to do when there is a journal from an earlier run. */
enum journal_existing {
    JOURNAL_REFUSE, /**< neither option: an error that names the options */
    JOURNAL_RESUME, /**< --resume: continue it, if it is of the same run; begin one if there is none
                     */
    JOURNAL_REPLACE, /**< --force: discard it */
};

/** All pointers are borrowed during journal_open(), sums as long as the journal is open. */
struct journal_request {
    const char *output; /**< path of the output */
    /** What makes results interchangeable: one "name = value" line each for version, seed,
     *  instruction set, every input's hash, every configuration key that matters. A resumed run
     *  must have the same text; the first line that differs is reported. */
    const char *identity;
    size_t item_count;
    size_t row_length; /**< doubles */
    double *sums;      /**< [sum_length] set to those of the last checkpoint, or to 0 */
    size_t sum_length; /**< 0: the run has no sums */
    enum config_journal policy;
    enum journal_existing existing;
    double lock_wait; /**< seconds to wait for a lock: ranks outlive a killed mpirun by a moment */
};

/** Whether there is a journal beside an output: a run has not ended well. */
bool journal_exists(const char *output);

/** What journal_open() found. */
struct journal_report {
    bool resumed;         /**< there was a journal to continue */
    size_t rows;          /**< items whose rows are used */
    size_t rows_redone;   /**< items whose rows came after the last checkpoint, or without one */
    size_t bytes_dropped; /**< size of the damaged or torn tail */
};

/**
 * Opens, locks and if need be reads back the journal. Returns NULL with *error filled:
 * ERROR_USAGE when it exists and is neither resumed nor replaced, is of another run (the message
 * says how it differs), is not a journal, is locked by another process, or cannot be created;
 * ERROR_RUN when reading or writing fails.
 */
struct journal *journal_open(const struct journal_request *request, struct journal_report *report,
                             struct error *error);

/** Whether the row of an item is there. */
bool journal_has(const struct journal *journal, size_t item);

/** Number of items whose rows are there. */
size_t journal_count(const struct journal *journal);

/** Appends rows[count][row_length] of the items first, first + 1, ... ERROR_RUN with what the
 *  system said and what to do. */
bool journal_append(struct journal *journal, size_t first, size_t count, const double *rows,
                    struct error *error);

/** Saves the sums, which cover exactly what has been appended, and synchronises the journal. */
bool journal_checkpoint(struct journal *journal, struct error *error);

/** Copies the rows of the items first .. first + count - 1, all of which must be there, to
 *  rows[count][row_length]. ERROR_RUN when reading fails. */
bool journal_read(const struct journal *journal, size_t first, size_t count, double *rows,
                  struct error *error);

/** Closes the journal and keeps its files for a run that resumes; one without any row is removed.
 *  NULL is allowed. */
void journal_close(struct journal *journal);

/** Removes the files and closes the journal: the output is complete. */
bool journal_remove(struct journal *journal, struct error *error);

#endif
