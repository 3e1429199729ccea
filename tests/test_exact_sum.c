/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact_sum.h"
#include "random.h"
#include "tap.h"

#include <float.h>

enum { TERMS = 5000 };

/** Sum of the terms in this order, in so many parts that are added at the end. */
static double partitioned(const struct exact_sum *sum, const double *value, const size_t *order,
                          double limit, size_t parts)
{
    double part[64] = {0.0};
    for (size_t i = 0; i < TERMS; i++) {
        part[i % parts] += exact_sum_term(sum, value[order[i]], limit);
    }
    double total = 0.0;
    for (size_t k = 0; k < parts; k++) {
        total += part[k];
    }
    return total;
}

static void shuffle(size_t *order, struct random_stream *stream)
{
    for (size_t i = TERMS - 1; i > 0; i--) {
        const size_t other = (size_t)random_below(stream, i + 1);
        const size_t index = order[i];
        order[i] = order[other];
        order[other] = index;
    }
}

static void test_order(void)
{
    static double value[TERMS];
    static size_t order[TERMS];
    struct random_stream stream = random_stream_open(3, RANDOM_SAMPLE, 0, 0);
    const double limit = 1e9;
    for (size_t i = 0; i < TERMS; i++) {
        order[i] = i;
        value[i] = exp(20.0 * random_uniform(&stream)) * (random_uniform(&stream) < 0.2 ? -1 : 1);
    }
    const struct exact_sum sum = exact_sum_make(limit * TERMS);
    const double expected = partitioned(&sum, value, order, limit, 1);
    bool same = true;
    bool plain_same = true;
    double plain = 0.0;
    for (size_t i = 0; i < TERMS; i++) {
        plain += value[i];
    }
    for (size_t round = 0; round < 50; round++) {
        shuffle(order, &stream);
        same = same && partitioned(&sum, value, order, limit, 1 + round) == expected;
        double shuffled = 0.0;
        for (size_t i = 0; i < TERMS; i++) {
            shuffled += value[order[i]];
        }
        plain_same = plain_same && shuffled == plain;
    }
    tap_ok(same, "any order and partition gives the same bits");
    tap_ok(!plain_same, "plain summation of the same values does not");
    tap_ok(fabs(expected - plain) <= 0.5 * TERMS * sum.quantum + 1e-12 * fabs(plain),
           "the sum is as precise as stated");
}

static void test_quantum(void)
{
    tap_ok(exact_sum_make(0x1p51).quantum == 1.0, "bound 2^51: quantum 1");
    tap_ok(exact_sum_make(0x1p51 + 1.0).quantum == 2.0, "just above: quantum 2");
    tap_ok(exact_sum_make(1.0).quantum == 0x1p-51, "bound 1: quantum 2^-51");
    const struct exact_sum zero = exact_sum_make(0.0);
    tap_ok(exact_sum_term(&zero, 5.0, 0.0) == 0.0, "bound 0 sums to 0");
    const struct exact_sum tiny = exact_sum_make(DBL_MIN);
    tap_ok(exact_sum_term(&tiny, DBL_MIN, DBL_MIN) == 0.0, "below the range rounds to 0");
}

static void test_terms(void)
{
    const struct exact_sum sum = exact_sum_make(0x1p51);
    tap_ok(exact_sum_term(&sum, 2.4, 10.0) == 2.0 && exact_sum_term(&sum, 2.6, 10.0) == 3.0,
           "terms are rounded to the nearest multiple");
    tap_ok(exact_sum_term(&sum, -2.6, 10.0) == -3.0, "negative ones too");
    tap_ok(exact_sum_term(&sum, 11.0, 10.0) == 10.0 &&
               exact_sum_term(&sum, (double)INFINITY, 10.0) == 10.0 &&
               exact_sum_term(&sum, -(double)INFINITY, 10.0) == -10.0,
           "terms beyond their limit saturate");
    tap_ok(exact_sum_term(&sum, 0x1p51, 0x1p51) == 0x1p51, "the whole bound fits in one term");
    tap_ok(isnan(exact_sum_term(&sum, (double)NAN, 10.0)), "NaN stays visible");
}

int main(void)
{
    test_order();
    test_quantum();
    test_terms();
    return tap_done();
}
