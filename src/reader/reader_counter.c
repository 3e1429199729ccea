/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_counter.h"

#include "memory.h"
#include "reader_field.h"

#include <math.h>
#include <stdlib.h>

enum { WINDOW = 30 }; /* days that the Hub's counter covers */

static const char *check_cumulative(const struct reader_points *points, size_t *culprit)
{
    for (size_t i = 1; i < points->count; i++) {
        if (points->point[i].value < points->point[i - 1].value) {
            *culprit = i;
            return "is below the cumulative count before it (see input.counter)";
        }
    }
    return NULL;
}

static const char *add_increments(struct reader_points *points, size_t *culprit)
{
    for (size_t i = 1; i < points->count; i++) {
        struct reader_point *point = &points->point[i];
        *culprit = i;
        if (point->slot != point[-1].slot + 1) {
            return "follows a gap, so that the increments do not add up to a cumulative count";
        }
        if (point->value > READER_COUNT_MAX - point[-1].value) {
            return "takes the cumulative count above 2^53, where counts are no longer exact";
        }
        point->value += point[-1].value;
    }
    return NULL;
}

/* Running sum to its differences; a day after an unobserved one has none (NAN). */
static const char *difference(double before, struct reader_points *points, size_t *culprit)
{
    const char *defect = check_cumulative(points, culprit);
    if (defect != NULL) {
        return defect;
    }
    double last = before;
    double last_age = -1.0;
    for (size_t i = 0; i < points->count; i++) {
        struct reader_point *point = &points->point[i];
        double value = point->value;
        point->value = point->age == last_age + 1.0 ? fmax(value - last, 0.0) : NAN;
        last = value;
        last_age = point->age;
    }
    return NULL;
}

/* C(t) = S(t) + C(t - 30), where NAN stands for what is unknown. */
static void recur(struct reader_points *points)
{
    size_t days = (size_t)points->point[points->count - 1].age + 1;
    double *recovered = memory_array(days, sizeof *recovered);
    for (size_t t = 0; t < days; t++) {
        recovered[t] = NAN;
    }
    for (size_t i = 0; i < points->count; i++) {
        struct reader_point *point = &points->point[i];
        size_t t = (size_t)point->age;
        point->value += t >= WINDOW ? recovered[t - WINDOW] : 0.0;
        recovered[t] = point->value;
    }
    free(recovered);
}

/* Takes out what is unknown and makes the rest never decrease. The running maximum uses only what
 * was known on the day, so that a series cut short is as it would have been then. */
static void settle(struct reader_points *points, struct reader_counter_facts *facts)
{
    size_t kept = 0;
    double last = 0.0; /* as recovered */
    for (size_t i = 0; i < points->count; i++) {
        struct reader_point point = points->point[i];
        if (isnan(point.value)) {
            continue;
        }
        if (kept > 0) {
            double fall = last - point.value;
            facts->falls += fall > 0.0 ? 1 : 0;
            facts->fall_total += fmax(fall, 0.0);
            facts->fall_largest = fmax(facts->fall_largest, fall);
        }
        last = point.value;
        point.value = kept > 0 ? fmax(last, points->point[kept - 1].value) : last;
        points->point[kept++] = point;
    }
    points->count = kept;
    facts->points += kept;
    facts->series++;
}

static const char *recover(enum config_counter counter, double before, struct reader_points *points,
                           struct reader_counter_facts *facts, size_t *culprit)
{
    const char *defect =
        counter == COUNTER_TRAILING30_SUM ? difference(before, points, culprit) : NULL;
    if (defect != NULL) {
        return defect;
    }
    recur(points);
    bool known = false;
    for (size_t i = 0; i < points->count; i++) {
        known = known || !isnan(points->point[i].value);
        if (points->point[i].value > READER_COUNT_MAX) {
            *culprit = i;
            return "takes the cumulative count above 2^53, where counts are no longer exact";
        }
    }
    if (!known) {
        *culprit = 0;
        return "is not within 30 days of release: from a trailing counter the cumulative count can "
               "be recovered only for a series seen from its release";
    }
    settle(points, facts);
    return NULL;
}

const char *reader_counter_cumulate(enum config_counter counter, double before,
                                    struct reader_points *points,
                                    struct reader_counter_facts *facts, size_t *culprit)
{
    *culprit = 0;
    switch (counter) {
    case COUNTER_INCREMENT:
        return add_increments(points, culprit);
    case COUNTER_TRAILING30:
    case COUNTER_TRAILING30_SUM:
        return points->count > 0 ? recover(counter, before, points, facts, culprit) : NULL;
    case COUNTER_CUMULATIVE:
        break;
    }
    return check_cumulative(points, culprit);
}
