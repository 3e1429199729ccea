/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "series.h"

#include "calendar.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct series series_copy(const struct series *from)
{
    size_t name_size = strlen(from->name) + 1;
    size_t array_size = from->count * sizeof(double);
    unsigned char *block = memory_array(2 * array_size + name_size, 1);
    struct series copy = *from;
    copy.age = (double *)(void *)block;
    copy.observed = copy.age + from->count;
    copy.name = (char *)block + 2 * array_size;
    memcpy(copy.age, from->age, array_size);
    memcpy(copy.observed, from->observed, array_size);
    memcpy(copy.name, from->name, name_size);
    return copy;
}

void series_free(struct series *series)
{
    free(series->age);
    *series = (struct series){0};
}

const char *series_defect(const struct series *series)
{
    if (series->count == 0) {
        return "has no points";
    }
    for (size_t i = 0; i < series->count; i++) {
        double age = series->age[i];
        double observed = series->observed[i];
        if (!(age >= 0.0 && age <= SERIES_AGE_MAX) || age != floor(age)) {
            return "has an age that is not a whole number from 0 to 1000000";
        }
        if (!(observed >= 0.0 && isfinite(observed))) {
            return "has a count that is not a number from 0";
        }
        if (i > 0 && age <= series->age[i - 1]) {
            return "has ages that do not increase";
        }
        if (i > 0 && observed < series->observed[i - 1]) {
            return "has cumulative counts that decrease";
        }
    }
    return NULL;
}

double series_last_count(const struct series *series)
{
    return series->observed[series->count - 1];
}

double series_largest_step_share(const struct series *series)
{
    double last = series_last_count(series);
    if (last <= 0.0) {
        return 0.0;
    }
    double largest = series->age[0] <= 0.0 ? series->observed[0] : 0.0;
    for (size_t i = 1; i < series->count; i++) {
        double steps = series->age[i] - series->age[i - 1];
        largest = fmax(largest, (series->observed[i] - series->observed[i - 1]) / steps);
    }
    return largest / last;
}

bool series_all_zero(const struct series *series)
{
    return series_last_count(series) <= 0.0;
}

int32_t series_end_date(const struct series *series, enum series_step step)
{
    if (series->release_date == SERIES_NO_DATE) {
        return SERIES_NO_DATE;
    }
    int32_t age = (int32_t)series->age[series->count - 1];
    return step == SERIES_STEP_MONTH ? calendar_add_months(series->release_date, age)
                                     : series->release_date + age;
}
