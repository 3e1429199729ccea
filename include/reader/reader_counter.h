/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * From what a counter shows to cumulative counts.
 *
 * The Hub's `downloads` is a trailing counter, S(t) = what came in the 30 days up to t. Of a series
 * seen from its release the cumulative count follows from the days a multiple of 30 earlier,
 *
 *     C(t) = S(t) + C(t - 30) = S(t) + S(t - 30) + S(t - 60) + ...,
 *
 * and the data published with arXiv 2502.15987 hold the running sum D(t) = S(0) + ... + S(t), so
 * that S(t) = D(t) - D(t - 1).
 */
#ifndef GROWCAST_READER_COUNTER_H
#define GROWCAST_READER_COUNTER_H

#include "config.h"
#include "reader.h"

/** One count of an input and where it stands. */
struct reader_point {
    double age;    /**< steps since release */
    double value;  /**< what the counter shows; 0 .. READER_COUNT_MAX */
    size_t slot;   /**< position in the observation plan; a gap skips at least one */
    size_t line;   /**< of the file */
    size_t column; /**< of the file, from 0 */
};

/** Points of increasing age. */
struct reader_points {
    size_t count;
    size_t capacity;
    struct reader_point *point;
};

/**
 * Replaces the values of *points by cumulative counts that never decrease.
 *
 * - cumulative: a value below the one before it is a defect.
 * - increment: their running sum; a gap before a value is a defect.
 * - trailing30, trailing30-sum: the recursion above; ages are in days. Points whose cumulative
 *   count depends on a day that was not observed are taken out; if none is left, that is a defect.
 *   A recovered count below the one before it is raised to that; *facts counts these.
 *
 * before: for trailing30-sum, D on the day before age 0; 0 if unknown.
 *
 * Returns NULL, or a static text that says what is wrong with (*points).point[*culprit].
 */
const char *reader_counter_cumulate(enum config_counter counter, double before,
                                    struct reader_points *points,
                                    struct reader_counter_facts *facts, size_t *culprit);

#endif
