/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The ranks of a run and what they say to each other collectively. This module and its sibling
 * transport_mailbox.h hold all of MPI; callers see bytes, doubles and struct error.
 *
 *     signals_install();
 *     struct transport *transport = transport_open(&argc, &argv);
 *     struct error error = {0};
 *     bool succeeded = ...;                                  // rank 0 reads its inputs
 *     succeeded = transport_agree(transport, succeeded, &error);   // now every rank knows
 *     ...
 *     return transport_close(transport, succeeded ? 0 : error.kind);   // the same code everywhere
 *
 * Without mpirun the program is one rank ("singleton"); MPI still starts, which
 * takes about as long as the rest of a small run (0.1 s on an idle machine).
 *
 * A rank that waits sleeps in short naps (patience.h). Rank 0 waits for the others at most as long
 * as transport_set_patience() says; then the run ends with a message and exit code 1. The others
 * wait for rank 0 as long as it lives, since it may be writing a large file; when it or the
 * launcher dies, the launcher ends them. An error inside MPI ends the run with a message and exit
 * code 1: with Open MPI 4 nothing can be sent after one.
 */
#ifndef GROWCAST_TRANSPORT_H
#define GROWCAST_TRANSPORT_H

#include "buffer.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct transport;

/** Starts MPI and learns the ranks' hosts; collective. Ends with transport_close(). */
struct transport *transport_open(int *argc, char ***argv);

/**
 * Ends MPI and releases transport; returns exit_code, which main() returns. Collective: every rank
 * passes the same code, and all files are finished before, because the launcher kills the other
 * ranks as soon as one has ended with a code other than 0. After transport_declare_lost() it ends
 * all ranks at once, with exit_code, and does not return.
 */
int transport_close(struct transport *transport, int exit_code);

size_t transport_rank(const struct transport *transport);
size_t transport_size(const struct transport *transport);

/** Host name of a rank, known on every rank; lives as long as transport. */
const char *transport_host(const struct transport *transport, size_t rank);

/** Name and version of the MPI library; lives as long as transport. */
const char *transport_library(const struct transport *transport);

/** True when mpirun, srun or the like started this process, false when it runs by itself. */
bool transport_launched(const struct transport *transport);

/** Rank 0 waits at most so many seconds (> 0) for other ranks from now on; 600 at first. */
void transport_set_patience(struct transport *transport, double seconds);
double transport_patience(const struct transport *transport);

/**
 * Rank 0 gives up on a rank that does not answer. From then on nothing collective is tried:
 * transport_agree() returns what the caller thinks, and transport_close() ends all ranks.
 */
void transport_declare_lost(struct transport *transport);

/** Copies size bytes of rank 0 to all ranks; any size. Collective. */
void transport_broadcast(struct transport *transport, void *bytes, size_t size);

/** Makes every rank's buffer a copy of rank 0's; any size. Collective. */
void transport_broadcast_buffer(struct transport *transport, struct buffer *buffer);

/**
 * Adds up values element by element over all ranks: rank 0 gets the sums in place, on the other
 * ranks the values become 0, so that the sums have moved to rank 0 and none is counted twice by a
 * later call. The order of addition depends on the number of ranks: the caller guarantees that the
 * additions are exact, then the bits do not. count doubles, the same on every rank. Collective.
 */
void transport_sum(struct transport *transport, double *values, size_t count);

/**
 * Appends every rank's size bytes (sizes may differ) to rank 0's buffer `all`, in rank order, and
 * writes their sizes to sizes[transport_size()]; both are ignored on other ranks. Collective.
 */
void transport_gather(struct transport *transport, const void *bytes, size_t size,
                      struct buffer *all, size_t *sizes);

/**
 * Agreement on success: true when every rank passed true. Otherwise false on every rank, with
 * *error a copy of the error of the lowest rank that failed. Collective.
 */
bool transport_agree(struct transport *transport, bool succeeded, struct error *error);

#endif
