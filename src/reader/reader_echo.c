/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_echo.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>

enum { SHORTEST = 80, WINDOW = 30, WEEK = 7, AROUND = 15 };

static const double largest = 3.0; /* of a second difference, in units of those around it */

/* Second differences; what is no more than rounding of the counts is 0. */
static double *difference_twice(const double *count, size_t terms)
{
    double *x = memory_array(terms, sizeof *x);
    for (size_t t = 0; t < terms; t++) {
        double value = count[t + 2] - 2.0 * count[t + 1] + count[t];
        x[t] = fabs(value) > 0x1p-48 * count[t + 2] ? value : 0.0;
    }
    return x;
}

/* Each x in units of the mean |x| around it, less the mean of these; false if nothing varies. */
static bool standardise(const double *x, size_t terms, double *z)
{
    double sum = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < terms; t++) {
        size_t begin = t > AROUND ? t - AROUND : 0;
        size_t end = t + AROUND + 1 < terms ? t + AROUND + 1 : terms;
        double scale = 0.0;
        for (size_t k = begin; k < end; k++) {
            scale += fabs(x[k]) / (double)(end - begin);
        }
        z[t] = scale > 0.0 ? fmax(-largest, fmin(x[t] / scale, largest)) : 0.0;
        sum += z[t];
    }
    for (size_t t = 0; t < terms; t++) {
        z[t] -= sum / (double)terms;
        squares += z[t] * z[t];
    }
    return squares > 0.0;
}

static double autocorrelation(const double *z, size_t terms, size_t lag)
{
    double product = 0.0;
    double squares = 0.0;
    for (size_t t = 0; t < terms; t++) {
        squares += z[t] * z[t];
        product += t >= lag ? z[t] * z[t - lag] : 0.0;
    }
    return product / squares;
}

bool reader_echo_measure(const double *count, size_t n, struct reader_echo *signs)
{
    double rise = n > 0 ? count[n - 1] - count[0] : 0.0;
    if (n < SHORTEST || rise <= 0.0) {
        return false;
    }
    size_t terms = n - 2;
    double *x = difference_twice(count, terms);
    double *z = memory_array(terms, sizeof *z);
    bool varies = standardise(x, terms, z);
    if (varies) {
        double size = 0.0;
        for (size_t t = 0; t < terms; t++) {
            size += fabs(x[t]);
        }
        double beside =
            autocorrelation(z, terms, WINDOW - WEEK) + autocorrelation(z, terms, WINDOW + WEEK);
        *signs = (struct reader_echo){
            .roughness = size / (double)terms / (rise / (double)(n - 1)),
            .next = autocorrelation(z, terms, 1),
            .echo = autocorrelation(z, terms, WINDOW) - 0.5 * beside,
        };
    }
    free(x);
    free(z);
    return varies;
}

static int compare(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_roughness(const void *left, const void *right)
{
    const struct reader_echo *a = left;
    const struct reader_echo *b = right;
    return compare(a->roughness, b->roughness);
}

static int compare_next(const void *left, const void *right)
{
    const struct reader_echo *a = left;
    const struct reader_echo *b = right;
    return compare(a->next, b->next);
}

static int compare_echo(const void *left, const void *right)
{
    const struct reader_echo *a = left;
    const struct reader_echo *b = right;
    return compare(a->echo, b->echo);
}

struct reader_echo reader_echo_median(struct reader_echo *signs, size_t n)
{
    struct reader_echo median;
    qsort(signs, n, sizeof *signs, compare_roughness);
    median.roughness = signs[n / 2].roughness;
    qsort(signs, n, sizeof *signs, compare_next);
    median.next = signs[n / 2].next;
    qsort(signs, n, sizeof *signs, compare_echo);
    median.echo = signs[n / 2].echo;
    return median;
}

bool reader_echo_tells(const struct reader_echo *signs)
{
    return signs->roughness < 0.2 && signs->next > -0.2 && signs->echo < -0.1;
}
