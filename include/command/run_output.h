/* SPDX-License-Identifier: GPL-3.0-or-later */
/** From the finished rows of a run to its output file. Rank 0 only. */
#ifndef GROWCAST_RUN_OUTPUT_H
#define GROWCAST_RUN_OUTPUT_H

#include "analysis.h"
#include "session.h"

#include <stdbool.h>

/** What the output is made from; everything is borrowed for the call. */
struct run_output {
    const struct session *session; /**< its journal has the rows of all models */
    const struct catalog *catalog;
    const struct analysis_plan *plan;
    struct analysis *analysis; /**< ended, with the prior and the sums over all models */
    size_t taught;             /**< series that taught the prior */
    const char *evidence;      /**< for the choice of forecast.method = auto, or "" */
};

/** Writes the output, which then exists whole or not at all. */
bool run_output_write(const struct run_output *output, struct error *error);

#endif
