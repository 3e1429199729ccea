/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters made from known daily increments must give these back. */
#include "reader_counter.h"

#include "memory.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { DAYS = 200, WINDOW = 30 };

/* Sums up to day t of whole daily increments that scatter and follow the week. */
static void make_total(unsigned state, double total[DAYS])
{
    double sum = 0.0;
    for (int t = 0; t < DAYS; t++) {
        state = state * 1103515245U + 12345U;
        double week = t % 7 < 5 ? 1000.0 : 500.0;
        sum += floor(week * (state >> 16 & 1023U) / 512.0);
        total[t] = sum;
    }
}

/* The Hub's counter: the last 30 days. */
static double trailing(const double total[DAYS], int t)
{
    return total[t] - (t >= WINDOW ? total[t - WINDOW] : 0.0);
}

static void add(struct reader_points *points, double age, double value)
{
    points->point =
        memory_reserve(points->point, &points->capacity, points->count, sizeof *points->point);
    size_t slot = points->count > 0 ? points->point[points->count - 1].slot + 1 : 0;
    points->point[points->count++] =
        (struct reader_point){.age = age, .value = value, .slot = slot};
}

/* True if every point is the true total of its day. */
static bool recovered(const struct reader_points *points, const double total[DAYS])
{
    for (size_t i = 0; i < points->count; i++) {
        if (points->point[i].value != total[(size_t)points->point[i].age]) {
            return false;
        }
    }
    return points->count > 0;
}

static void test_plain(void)
{
    struct reader_points points = {0};
    struct reader_counter_facts facts = {0};
    size_t culprit = 99;
    tap_ok(reader_counter_cumulate(COUNTER_INCREMENT, 0, &points, &facts, &culprit) == NULL &&
               reader_counter_cumulate(COUNTER_TRAILING30, 0, &points, &facts, &culprit) == NULL,
           "nothing stays nothing");
    add(&points, 0, 2);
    add(&points, 1, 0);
    add(&points, 2, 5);
    tap_ok(reader_counter_cumulate(COUNTER_INCREMENT, 0, &points, &facts, &culprit) == NULL &&
               points.point[0].value == 2 && points.point[1].value == 2 &&
               points.point[2].value == 7,
           "increments add up");
    tap_ok(reader_counter_cumulate(COUNTER_CUMULATIVE, 0, &points, &facts, &culprit) == NULL &&
               points.point[2].value == 7,
           "cumulative counts stay");
    points.point[2].value = 1;
    tap_ok(reader_counter_cumulate(COUNTER_CUMULATIVE, 0, &points, &facts, &culprit) != NULL &&
               culprit == 2,
           "but must not decrease");
    points.point[1].slot = 5;
    tap_ok(reader_counter_cumulate(COUNTER_INCREMENT, 0, &points, &facts, &culprit) != NULL &&
               culprit == 1,
           "increments must have no gap");
    tap_ok(facts.series == 0, "nothing was recovered so far");
    free(points.point);
}

static void test_trailing(const double total[DAYS])
{
    struct reader_points points = {0};
    struct reader_counter_facts facts = {0};
    size_t culprit;
    for (int t = 0; t < DAYS; t++) {
        add(&points, t, trailing(total, t));
    }
    tap_ok(reader_counter_cumulate(COUNTER_TRAILING30, 0, &points, &facts, &culprit) == NULL &&
               points.count == DAYS && recovered(&points, total),
           "a 30-day counter gives back the cumulative counts");
    tap_ok(facts.series == 1 && facts.points == DAYS && facts.falls == 0, "and never falls");

    points.count = 0;
    for (int t = 0; t < DAYS; t++) {
        if (t != 50) {
            add(&points, t, trailing(total, t));
        }
    }
    tap_ok(reader_counter_cumulate(COUNTER_TRAILING30, 0, &points, &facts, &culprit) == NULL &&
               points.count == DAYS - 5 && recovered(&points, total),
           "a missing day costs itself and every 30th day after it: 50, 80, 110, 140, 170");

    points.count = 0;
    for (int t = 10; t < 100; t++) {
        add(&points, t, trailing(total, t));
    }
    tap_ok(reader_counter_cumulate(COUNTER_TRAILING30, 0, &points, &facts, &culprit) == NULL &&
               points.count == 60 && points.point[0].age == 10 && recovered(&points, total),
           "seen from day 10, days 30 to 39 and so on stay unknown");

    points.count = 0;
    for (int t = 30; t < 100; t++) {
        add(&points, t, trailing(total, t));
    }
    const char *defect = reader_counter_cumulate(COUNTER_TRAILING30, 0, &points, &facts, &culprit);
    tap_ok(defect != NULL && strstr(defect, "not within 30 days of release") != NULL,
           "seen from day 30, nothing can be recovered");
    free(points.point);
}

static void test_running_sum(const double total[DAYS])
{
    struct reader_points points = {0};
    struct reader_counter_facts facts = {0};
    size_t culprit;
    static const double before = 500; /* what the sum had come to before release */
    double sum = before;
    for (int t = 0; t < DAYS; t++) {
        sum += trailing(total, t);
        add(&points, t, sum);
    }
    tap_ok(reader_counter_cumulate(COUNTER_TRAILING30_SUM, before, &points, &facts, &culprit) ==
                   NULL &&
               points.count == DAYS && recovered(&points, total),
           "the counter's running sum does so too");

    points.count = 0;
    sum = 0;
    for (int t = 0; t < DAYS; t++) {
        sum += trailing(total, t);
        if (t != 50) {
            add(&points, t, sum);
        }
    }
    tap_ok(reader_counter_cumulate(COUNTER_TRAILING30_SUM, 0, &points, &facts, &culprit) == NULL &&
               points.count == DAYS - 10 && recovered(&points, total),
           "a missing day also costs the difference of the day after it");
    points.point[3].value = 0;
    tap_ok(reader_counter_cumulate(COUNTER_TRAILING30_SUM, 0, &points, &facts, &culprit) != NULL &&
               culprit == 3,
           "a running sum must not decrease");
    free(points.point);
}

static void test_falls(void)
{
    /* S = 5 on days 0 to 29, then 0 but for 3 on day 31: C = 5, ..., 5, 8, 5, ... */
    struct reader_points points = {0};
    struct reader_counter_facts facts = {0};
    size_t culprit;
    for (int t = 0; t < 40; t++) {
        add(&points, t, t < WINDOW ? 5 : t == 31 ? 3 : 0);
    }
    bool good = reader_counter_cumulate(COUNTER_TRAILING30, 0, &points, &facts, &culprit) == NULL;
    tap_ok(good && points.point[30].value == 5 && points.point[31].value == 8 &&
               points.point[32].value == 8 && points.point[39].value == 8,
           "a recovered count that falls is raised to the one before");
    tap_ok(facts.falls == 1 && facts.fall_total == 3 && facts.fall_largest == 3,
           "and counted once, by how much");
    free(points.point);
}

int main(void)
{
    double total[DAYS];
    make_total(1, total);
    test_plain();
    test_trailing(total);
    test_running_sum(total);
    test_falls();
    return tap_done();
}
