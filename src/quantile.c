/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "quantile.h"

#include "memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

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

struct rank_list {
    double *values;
    size_t count;
    const double *probability;
};

/** Ranks come in pairs: j and j + 1 of the first quantile, then of the second, ... */
static ptrdiff_t rank_of(const struct rank_list *list, ptrdiff_t item)
{
    const size_t last = list->count - 1;
    const size_t rank = (size_t)((double)last * list->probability[item / 2]) + (size_t)(item % 2);
    return (ptrdiff_t)(rank < last ? rank : last);
}

/** Puts the ranks of items [begin, end) in place, all within values[first..last]: the middle rank
 *  first, so that each half needs only its own part of the values. */
static void select_items(const struct rank_list *list, ptrdiff_t begin, ptrdiff_t end,
                         ptrdiff_t first, ptrdiff_t last)
{
    if (begin >= end || first >= last) {
        return;
    }
    ptrdiff_t lower = begin + (end - begin) / 2;
    ptrdiff_t upper = lower + 1;
    const ptrdiff_t rank = rank_of(list, lower);
    select_rank(list->values, first, last, rank);
    while (lower > begin && rank_of(list, lower - 1) == rank) {
        lower--;
    }
    while (upper < end && rank_of(list, upper) == rank) {
        upper++;
    }
    select_items(list, begin, lower, first, rank - 1);
    select_items(list, upper, end, rank + 1, last);
}

void quantile_brackets(double *values, size_t count, const double *probability, size_t quantiles,
                       struct quantile_bracket *bracket)
{
    assert(count >= 1);
    const struct rank_list list = {values, count, probability};
    select_items(&list, 0, (ptrdiff_t)(2 * quantiles), 0, (ptrdiff_t)count - 1);
    for (size_t i = 0; i < quantiles; i++) {
        const double position = (double)(count - 1) * probability[i];
        const double fraction = position - floor(position);
        const ptrdiff_t item = (ptrdiff_t)(2 * i);
        const double lower = values[rank_of(&list, item)];
        bracket[i] = (struct quantile_bracket){
            .lower = lower,
            .upper = fraction > 0.0 ? values[rank_of(&list, item + 1)] : lower,
            .fraction = fraction,
        };
    }
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
