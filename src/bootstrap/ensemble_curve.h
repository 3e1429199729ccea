/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The fitted curves of all replicates of a model: private to the ensemble. */
#ifndef GROWCAST_ENSEMBLE_CURVE_H
#define GROWCAST_ENSEMBLE_CURVE_H

#include "instruction_set.h"

#include <stddef.h>

/** The parameters of many curves, one element a curve. */
struct ensemble_curves {
    size_t count;
    const double *fitness;   /**< [count] lambda, finite, > 0 */
    const double *immediacy; /**< [count] mu */
    const double *steepness; /**< [count] 1 / sigma > 0 */
};

/**
 * c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1) of every curve at one age: value[count],
 * written, finite (at most m e^700). log_time: ln t, -infinity at age 0.
 *
 * In double throughout: relative error about 1e-12 (1 + lambda Phi) + 1e-15 m / c, far below the
 * rounding of the sums that the curves enter. The bits depend on the instruction set and on the
 * curve alone, not on its place among the others.
 */
void ensemble_curve_values(const struct ensemble_curves *curves, double scale, double log_time,
                           enum instruction_set set, double *value);

#endif
