/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The coordinator: many independent items of work, done by all ranks, collected on rank 0.
 *
 * Rank 0 hands out chunks of consecutive items, sized by estimated work, two per worker so that
 * none waits for its next one, and smaller towards the end. Whenever no message is waiting it also
 * works itself, an item at a time: with one or two ranks all cores are busy, and with many ranks
 * it does nothing but coordinate. What an item yields depends on its input alone, never on who
 * does it or when, so the results do not depend on the number of ranks.
 *
 * Calling sequence, the same on every rank, under mpirun or without:
 *
 *     struct run run = {...};                  // rank 0: catalog, journal; every rank: workspaces
 *     struct queue_job job = {
 *         .context = &run,
 *         .item_count = catalog.series_count,  // rank 0
 *         .row_length = layout.length,
 *         .cost = run_cost, .done = run_done, .pack = run_pack,   // rank 0
 *         .work = run_work,                                        // every rank
 *         .collect = run_collect, .checkpoint = run_checkpoint,    // rank 0
 *         .sums = run.sums, .sum_length = run.sum_length,          // every rank
 *     };
 *     struct queue_options options = {.chunk_deadline = 600, .checkpoint_interval = 60,
 *                                     .grace_time = 30, .limit = signals_limit_begin(0, 30)};
 *     struct progress progress = progress_begin(...);
 *     bool succeeded = queue_run(transport, &job, &options, &log, &progress, NULL, &error);
 *
 * with, on rank 0, run_done = journal_has(), run_collect = journal_append() and run_checkpoint =
 * journal_checkpoint() (journal.h). A resumed run loads the sums of the last checkpoint into rank
 * 0's `sums` before queue_run(); the other ranks start from 0.
 *
 * Sums. `work` may also add to the array `sums` of its rank. At intervals, when no item is under
 * way, all ranks' sums are added up and moved to rank 0's array (transport_sum(): the additions
 * must be exact), and `checkpoint` saves them; they then cover exactly the items collected so far.
 * The same happens at the end and when the run is stopped. When queue_run() returns true, rank 0's
 * array holds the sums over all items.
 *
 * Stopping. A signal to any rank or the time limit make rank 0 stop handing out. What is under way
 * is collected within grace_time, the checkpoint is saved, and every rank returns ERROR_STOPPED. A
 * worker that does not answer for chunk_deadline seconds, or not within grace_time when stopping,
 * is given up (transport_declare_lost()): rank 0 returns at once with everything collected, and its
 * transport_close() ends all ranks.
 */
#ifndef GROWCAST_QUEUE_H
#define GROWCAST_QUEUE_H

#include "buffer.h"
#include "error.h"
#include "log.h"
#include "progress.h"
#include "signals.h"
#include "transport.h"

#include <stdbool.h>
#include <stddef.h>

/** A kind of work: function pointers and their context, one per rank. */
struct queue_job {
    void *context;     /**< handed to every function below */
    size_t item_count; /**< rank 0: number of items, 0 .. item_count - 1 */
    size_t row_length; /**< doubles that an item yields, the same on every rank */

    /** Rank 0: estimated work of an item in any unit, > 0. Called before everything else. */
    double (*cost)(void *context, size_t item);
    /** Rank 0: whether the item was done by an earlier run. NULL: none was. */
    bool (*done)(void *context, size_t item);
    /** Rank 0: appends the item's input to input, at most TRANSPORT_MAILBOX_LIMIT / 2 bytes. */
    void (*pack)(void *context, size_t item, struct buffer *input);
    /** Any rank: reads the size bytes that pack() wrote (aligned for doubles), writes
     *  row[row_length] and may add to this rank's sums. */
    void (*work)(void *context, const void *input, size_t size, double *row);
    /** Rank 0: takes rows[count][row_length] of the items first, first + 1, ...; chunks come in any
     *  order, every item once. False, with *error filled, ends the run. */
    bool (*collect)(void *context, size_t first, size_t count, const double *rows,
                    struct error *error);
    /** Rank 0: saves rank 0's sums, which cover exactly what was collected. NULL: not wanted. */
    bool (*checkpoint)(void *context, struct error *error);

    double *sums;      /**< [sum_length] of this rank, borrowed; NULL when sum_length is 0 */
    size_t sum_length; /**< the same on every rank */
};

struct queue_options {
    size_t chunk;               /**< most items in one message; 0: chosen by the coordinator */
    double chunk_deadline;      /**< seconds without an answer before a worker is given up */
    double checkpoint_interval; /**< seconds between checkpoints */
    double grace_time;          /**< seconds to collect what is under way when stopping */
    struct signals_limit limit; /**< when to stop by the clock */
    bool forgets;               /**< what is collected is lost when the run ends early */
};

/** What one rank did. */
struct queue_share {
    size_t items;
    double busy; /**< seconds in work() */
};

/**
 * Does all items that are not done. Collective. log and progress are used on rank 0 only, progress
 * may be NULL. shares: on rank 0 NULL or [transport_size()], written; ignored elsewhere.
 * Returns true when all items are done; otherwise false on every rank, with the same *error:
 * ERROR_STOPPED, what collect() or checkpoint() said, or ERROR_RUN for a lost worker.
 */
bool queue_run(struct transport *transport, const struct queue_job *job,
               const struct queue_options *options, struct log *log, struct progress *progress,
               struct queue_share *shares, struct error *error);

#endif
