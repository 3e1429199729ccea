/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * How far the run is: a bar that is redrawn on a terminal, plain lines at growing intervals in the
 * log of a batch job, or nothing. Both give done/total, rate, remaining time and failures.
 */
#ifndef GROWCAST_PROGRESS_H
#define GROWCAST_PROGRESS_H

#include "config.h"
#include "log.h"

#include <stdbool.h>
#include <stddef.h>

struct progress {
    struct log *log;    /**< borrowed: where to write, and whether at all */
    const char *unit;   /**< borrowed: what is counted, in the plural: "models" */
    bool bar;           /**< bar or lines */
    bool silent;        /**< neither */
    size_t total;       /**< items of the whole run */
    size_t at_start;    /**< items that were done before, by an earlier run */
    size_t done;        /**< items done, those before included */
    size_t failures;    /**< counted by the caller, e.g. fits without an estimate */
    double began;       /**< seconds of patience_now() */
    double next;        /**< when to write again */
    double line_period; /**< seconds between lines, growing */
};

/**
 * Begins. `auto` is a bar when somebody watches and lines otherwise. launched: this process was
 * started by mpirun or the like, which gives its ranks pipes and pseudo-terminals, so that isatty()
 * answers wrongly both ways; the launcher's own stderr is asked instead (Linux; lines elsewhere).
 * A log that is quiet has no progress.
 */
struct progress progress_begin(struct log *log, enum config_progress style, bool launched,
                               const char *unit, size_t total, size_t done);

/** Writes, when it is time to, that so many items are done. Cheap enough to call for each. */
void progress_update(struct progress *progress, size_t done);

/** Leaves the time since `since` (patience_now()), spent on preparing the items, out of the rate.
 */
void progress_skip(struct progress *progress, double since);

/** Counts failures that the next lines show. */
void progress_fail(struct progress *progress, size_t count);

/** Writes the last state: done, failures, and the time it took. */
void progress_end(struct progress *progress);

#endif
