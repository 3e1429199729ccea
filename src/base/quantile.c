/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "quantile.h"

#include "memory.h"
#include "vector_clones.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t quantile_compact(double *values, size_t count)
{
    size_t present = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = values[i];
        values[present] = value;
        present += isnan(value) ? 0 : 1;
    }
    return present;
}

static double median_of_three(double a, double b, double c)
{
    const double low = a < b ? a : b;
    const double high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/** Hoare's selection: orders values[first..last] so that the element at rank is the one that
 *  sorting would put there, with none larger before and none smaller behind it. */
static void select_rank(double *values, ptrdiff_t first, ptrdiff_t last, ptrdiff_t rank)
{
    while (first < last) {
        const double pivot =
            median_of_three(values[first], values[first + (last - first) / 2], values[last]);
        ptrdiff_t up = first;
        ptrdiff_t down = last;
        while (up <= down) {
            while (values[up] < pivot) {
                up++;
            }
            while (values[down] > pivot) {
                down--;
            }
            if (up <= down) {
                const double value = values[up];
                values[up++] = values[down];
                values[down--] = value;
            }
        }
        if (rank <= down) {
            last = down;
        } else if (rank >= up) {
            first = up;
        } else {
            return;
        }
    }
}

enum {
    FEWEST_TO_BUCKET = 64,  /**< smaller samples are selected from directly */
    MOST_BUCKETS = 1 << 12, /**< of finite values; infinite ones have one more */
};

/** A monotone coordinate in which a sample is spread rather evenly: the value itself, or for
 *  positive samples that extend over powers of ten the upper half of the value's bits, which is
 *  piecewise linear in its logarithm. */
static inline double bucket_coordinate(double value, bool logarithmic)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return logarithmic ? (double)(int32_t)(bits >> 32) : value;
}

/** How values are put into buckets. */
struct bucketing {
    bool logarithmic;
    double low;   /**< coordinate of the smallest finite value */
    double scale; /**< buckets per unit of the coordinate */
    size_t last;  /**< the bucket of +infinity; -infinity is in bucket 0 */
};

/** The smallest and the largest finite value so far, in lanes that are compared side by side. */
enum { LANES = VECTOR_CLONES_LANES };
struct range {
    double least[LANES];
    double most[LANES];
};

__attribute__((always_inline)) static inline void widen(struct range *range, const double *value)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        const double above = value[lane] > -(double)INFINITY ? value[lane] : (double)INFINITY;
        const double below = value[lane] < (double)INFINITY ? value[lane] : -(double)INFINITY;
        range->least[lane] = above < range->least[lane] ? above : range->least[lane];
        range->most[lane] = below > range->most[lane] ? below : range->most[lane];
    }
}

/** The smallest and the largest finite of count >= 1 values; infinite if there is none. */
VECTOR_CLONES static void find_range(const double *values, size_t count, double *low, double *high)
{
    const size_t whole = count - count % LANES;
    double rest[LANES];
    struct range range;
    for (size_t lane = 0; lane < LANES; lane++) {
        rest[lane] = values[whole + lane < count ? whole + lane : 0];
        range.least[lane] = (double)INFINITY;
        range.most[lane] = -(double)INFINITY;
    }
    for (size_t i = 0; i < whole; i += LANES) {
        widen(&range, &values[i]);
    }
    widen(&range, rest);
    *low = range.least[0];
    *high = range.most[0];
    for (size_t lane = 1; lane < LANES; lane++) {
        *low = range.least[lane] < *low ? range.least[lane] : *low;
        *high = range.most[lane] > *high ? range.most[lane] : *high;
    }
}

static struct bucketing choose_buckets(const double *values, size_t count)
{
    const double wide = 16.0;
    double low;
    double high;
    find_range(values, count, &low, &high);
    struct bucketing bucketing = {.logarithmic = low > 0.0 && high > wide * low, .last = 1};
    while (bucketing.last < count && bucketing.last < MOST_BUCKETS) {
        bucketing.last *= 2;
    }
    bucketing.low = bucket_coordinate(low, bucketing.logarithmic);
    const double range = bucket_coordinate(high, bucketing.logarithmic) - bucketing.low;
    /* All equal, all infinite, or too wide for a double: one bucket, found by plain selection. */
    const bool usable = range > 0.0 && range < (double)INFINITY;
    bucketing.scale = usable ? (double)(bucketing.last - 1) / range : 0.0;
    return bucketing;
}

__attribute__((always_inline)) static inline void
find_buckets_by(bool logarithmic, struct bucketing bucketing, const double *restrict values,
                size_t count, uint16_t *restrict bucket)
{
    const double limit = (double)bucketing.last;
    for (size_t i = 0; i < count; i++) {
        const double offset = bucket_coordinate(values[i], logarithmic) - bucketing.low;
        const double place = offset * bucketing.scale;
        /* Written so that the NaN of 0 times infinity goes to the first bucket. */
        const double positive = place > 0.0 ? place : 0.0;
        bucket[i] = (uint16_t)(int32_t)(positive < limit ? positive : limit);
    }
}

/** bucket[count], written: the bucket of each value. */
VECTOR_CLONES static void find_buckets(struct bucketing bucketing, const double *restrict values,
                                       size_t count, uint16_t *restrict bucket)
{
    if (bucketing.logarithmic) {
        find_buckets_by(true, bucketing, values, count, bucket);
    } else {
        find_buckets_by(false, bucketing, values, count, bucket);
    }
}

/** Orders values by bucket. begin: [last + 2], written: where each bucket begins. */
static void sort_into_buckets(const struct bucketing *bucketing, double *values, size_t count,
                              size_t *begin)
{
    uint16_t *bucket = memory_array(count, sizeof *bucket);
    double *sorted = memory_array(count, sizeof *sorted);
    find_buckets(*bucketing, values, count, bucket);
    for (size_t i = 0; i < count; i++) {
        begin[bucket[i] + 1]++;
    }
    for (size_t k = 1; k < bucketing->last + 2; k++) {
        begin[k] += begin[k - 1];
    }
    for (size_t i = 0; i < count; i++) {
        sorted[begin[bucket[i]]++] = values[i];
    }
    /* Each beginning has moved to the next one's place. */
    memmove(begin + 1, begin, (bucketing->last + 1) * sizeof *begin);
    begin[0] = 0;
    memcpy(values, sorted, count * sizeof *values);
    free(sorted);
    free(bucket);
}

/** Whether all values[first..last] are the same, as counts often are. */
static bool all_equal(const double *values, size_t first, size_t last)
{
    size_t i = first;
    while (i < last && values[i + 1] == values[first]) {
        i++;
    }
    return i == last;
}

/** The value that sorting would put at rank, when values are in order of their buckets. *constant:
 *  a bucket known to hold equal values, or none. */
static double order_statistic(double *values, const size_t *begin, size_t buckets, size_t rank,
                              size_t *constant)
{
    size_t low = 0;
    size_t high = buckets;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (begin[middle] <= rank) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (low != *constant && all_equal(values, begin[low], begin[low + 1] - 1)) {
        *constant = low;
    }
    if (low != *constant) {
        select_rank(values, (ptrdiff_t)begin[low], (ptrdiff_t)begin[low + 1] - 1, (ptrdiff_t)rank);
    }
    return values[rank];
}

void quantile_brackets(double *values, size_t count, const double *probability, size_t quantiles,
                       struct quantile_bracket *bracket)
{
    assert(count >= 1);
    struct bucketing bucketing = {.last = 0};
    if (count >= FEWEST_TO_BUCKET) {
        bucketing = choose_buckets(values, count);
    }
    const size_t buckets = bucketing.last + 1;
    size_t *begin = memory_array(buckets + 1, sizeof *begin);
    begin[buckets] = count;
    if (buckets > 1) {
        begin[buckets] = 0;
        sort_into_buckets(&bucketing, values, count, begin);
    }
    size_t constant = buckets;
    for (size_t i = 0; i < quantiles; i++) {
        const double position = (double)(count - 1) * probability[i];
        const double below = floor(position);
        const size_t rank = (size_t)below;
        bracket[i].fraction = position - below;
        bracket[i].lower = order_statistic(values, begin, buckets, rank, &constant);
        bracket[i].upper = position > below
                               ? order_statistic(values, begin, buckets, rank + 1, &constant)
                               : bracket[i].lower;
    }
    free(begin);
}

double quantile_of(const struct quantile_bracket *bracket)
{
    /* Equal ends, infinite ones among them, need no difference. */
    return bracket->lower == bracket->upper
               ? bracket->lower
               : bracket->lower + bracket->fraction * (bracket->upper - bracket->lower);
}

size_t quantile_sample(double *values, size_t count, const double *probability, size_t quantiles,
                       double *quantile)
{
    const size_t present = quantile_compact(values, count);
    if (present == 0) {
        for (size_t i = 0; i < quantiles; i++) {
            quantile[i] = (double)NAN;
        }
        return 0;
    }
    struct quantile_bracket *bracket = memory_array(quantiles, sizeof *bracket);
    quantile_brackets(values, present, probability, quantiles, bracket);
    for (size_t i = 0; i < quantiles; i++) {
        quantile[i] = quantile_of(&bracket[i]);
    }
    free(bracket);
    return present;
}
