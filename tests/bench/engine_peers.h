/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Least-squares solvers that the engine benchmark compares with, one replicate at a time. */
#ifndef GROWCAST_ENGINE_PEERS_H
#define GROWCAST_ENGINE_PEERS_H

#include "growth.h"

#include <stddef.h>

/** Reduction of the cost, relative, at which a peer stops. */
#define PEER_TOLERANCE 1e-8

enum peer { PEER_GSL_QR, PEER_GSL_CHOLESKY, PEER_LMDER, PEER_COUNT };

/** One replicate; arrays are borrowed. The curve is fitted in (ln lambda, mu, ln sigma). */
struct peer_problem {
    size_t count;
    const double *log_time; /**< [count] -infinity at t = 0 */
    const double *observed; /**< [count] */
    double scale;
    const struct growth_parameters *start;
};

struct peer_workspace;

const char *peer_name(enum peer peer);

/** A workspace for replicates of `count` points. */
struct peer_workspace *peer_create(enum peer peer, size_t count);
void peer_free(struct peer_workspace *workspace);

/** Fits; returns half the sum of squares. */
double peer_fit(struct peer_workspace *workspace, struct peer_problem *problem);

#endif
