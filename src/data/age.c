/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "age.h"

#include <math.h>

size_t age_in_steps(const struct config_age_list *list, size_t index, enum series_step step)
{
    double value = list->value[index];
    if (list->unit[index] == CONFIG_AGE_DAY && step == SERIES_STEP_MONTH) {
        value /= SERIES_DAYS_PER_MONTH;
    } else if (list->unit[index] == CONFIG_AGE_MONTH && step == SERIES_STEP_DAY) {
        value *= SERIES_DAYS_PER_MONTH;
    }
    return (size_t)fmax(round(value), 1);
}

void age_list_in_steps(const struct config_age_list *list, enum series_step step, double *steps)
{
    for (size_t i = 0; i < list->count; i++) {
        steps[i] = (double)age_in_steps(list, i, step);
    }
}

double age_step_time(enum config_time_unit unit, enum series_step step)
{
    bool day = step == SERIES_STEP_DAY;
    switch (unit) {
    case TIME_UNIT_STEP:
        return 1;
    case TIME_UNIT_MONTH:
        return day ? 1 / SERIES_DAYS_PER_MONTH : 1;
    case TIME_UNIT_DAY:
        return day ? 1 : SERIES_DAYS_PER_MONTH;
    case TIME_UNIT_YEAR:
        return day ? 1 / (12 * SERIES_DAYS_PER_MONTH) : 1.0 / 12;
    }
    return 1;
}

const char *age_step_name(enum series_step step)
{
    return step == SERIES_STEP_MONTH ? "month" : "day";
}
