/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The batched engine's kernel: one source, batch_kernel.c, compiled once per instruction set.
 */
#ifndef GROWCAST_BATCH_KERNEL_H
#define GROWCAST_BATCH_KERNEL_H

#include "engine.h"

#include <stddef.h>

/** The vector functions, as far as tests and benchmarks call them one by one. */
enum batch_function {
    BATCH_EXP,
    BATCH_EXP_BOUNDED,
    BATCH_LOG,
    BATCH_LOG1P,
    BATCH_MILLS,
    BATCH_NORMAL_DENSITY,
    BATCH_NORMAL_DISTRIBUTION,
    BATCH_LOG_GAMMA_RATIO, /**< ln(Gamma(x + 1/2)/Gamma(x)) */
    BATCH_FUNCTION_COUNT,
};

/** r at which the likelihood ranks starts, and where their descents begin. */
#define BATCH_START_DISPERSION 2.0

/** A start grid to be scored, see struct fit_scout. Arrays are borrowed. */
struct batch_score_request {
    const struct fit_problem *problem;
    bool likelihood; /**< of the increments; else least squares */
    size_t nodes;
    const double *immediacy, *longevity; /**< [nodes] */
    double *fitness, *cost;              /**< [nodes] */
};

struct batch_kernel {
    size_t lanes; /**< doubles in a vector */
    /** A workspace for replicates of up to max_points points, owned by the caller. */
    void *(*create)(size_t max_points);
    void (*free)(void *workspace);
    /** As engine.refit. Returns the number of evaluations of the cost, over all replicates. */
    size_t (*refit)(void *workspace, const struct refit_request *request,
                    const struct refit_result *result);
    /** Scores a start grid. */
    void (*score)(void *workspace, const struct batch_score_request *request);
    /** Evaluates value, derivatives and normal equations (gradient and second derivative) of least
     *  squares at `count` points, for `lanes` curves at once, `repeats` times, and nothing else:
     *  the least that a refit's evaluation can cost. Returns a sum of all results, so that nothing
     *  is left out. */
    double (*evaluate)(size_t count, size_t repeats);
    /** value[i] = function(argument[i]), i < count. */
    void (*apply)(enum batch_function function, size_t count, const double *argument,
                  double *value);
};

extern const struct batch_kernel batch_kernel_baseline;
#ifdef __x86_64__
extern const struct batch_kernel batch_kernel_avx2;
extern const struct batch_kernel batch_kernel_avx512;
#endif

#endif
