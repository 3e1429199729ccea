/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Requests to stop: SIGUSR1, SIGTERM and SIGINT set a flag; the coordinator (queue.h) looks at the
 * flags of all ranks and decides for all. SIGUSR1 is what batch systems send ahead of a time
 * limit. A second SIGINT ends the process at once. SIGXFSZ is ignored, so that a file that
 * reaches its size limit is a failed write with EFBIG, reported like a full disk.
 *
 * The flag is the program's one variable outside any function's scope: a signal handler receives
 * no argument, so there is no other place for it. Only signals.c sees it.
 */
#ifndef GROWCAST_SIGNALS_H
#define GROWCAST_SIGNALS_H

#include <stdbool.h>

/** Installs the handlers. Call it first in main(), before MPI starts: mpirun passes SIGUSR1 on to
 *  every rank, and whoever has no handler yet dies of it. */
void signals_install(void);

/** The latest request to stop that this process received: a signal number, or 0. */
int signals_received(void);

/** The same, and forgets it: for a rank that passes the request on to rank 0. */
int signals_take(void);

/** Name of one of the three signals, "SIGTERM"; "signal" for any other number. */
const char *signals_name(int number);

/** When a run has to stop by the clock. A plain value. */
struct signals_limit {
    double stop_at;     /**< on the clock of patience_now(), infinite: never */
    const char *reason; /**< for people; a string constant */
};

/**
 * The earlier of time_limit seconds from now (0: no limit) and the end of the SLURM job, read from
 * SLURM_JOB_END_TIME (Unix time) where that is set. Before the job's end a margin is kept for
 * collecting and saving: twice grace_time, but at most a tenth of the time that is left, so that
 * short jobs also get something done.
 */
struct signals_limit signals_limit_begin(double time_limit, double grace_time);

bool signals_limit_reached(const struct signals_limit *limit);

#endif
