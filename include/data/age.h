/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Ages and horizons of the configuration in steps of the input. */
#ifndef GROWCAST_AGE_H
#define GROWCAST_AGE_H

#include "config.h"
#include "series.h"

#include <stddef.h>

/** Value `index` of a list in whole steps, at least 1: `30d` is 1 of monthly and 30 of daily
 *  steps. */
size_t age_in_steps(const struct config_age_list *list, size_t index, enum series_step step);

/** All values of a list in steps. steps: [list->count], written. */
void age_list_in_steps(const struct config_age_list *list, enum series_step step, double *steps);

/** Length of a step of the input in the unit of t, e.g. 1/12 for months in years. */
double age_step_time(enum config_time_unit unit, enum series_step step);

/** "month" or "day". */
const char *age_step_name(enum series_step step);

#endif
