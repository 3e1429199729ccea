/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Elementary functions without branches or calls, so that a plain loop over them becomes vector
 * code. The operations are the same in every lane and at every vector width: the bits do not
 * depend on the instruction set as long as the compiler does not contract products and sums.
 */
#ifndef GROWCAST_ELEMENTARY_H
#define GROWCAST_ELEMENTARY_H

#include <stdint.h>
#include <string.h>

/**
 * exp(x) for x <= 700, relative error below 4e-16; exp(-700), about 1e-304, for anything smaller
 * (-infinity included).
 *
 * x = n ln 2 + y with |y| <= ln(2)/2, ln 2 in two parts so that y is exact to rounding (Cody and
 * Waite), exp(y) by its Taylor polynomial of degree 13 (truncation below 5e-18).
 */
static inline double elementary_exp(double x)
{
    const double shifter = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
    x = x > -700 ? x : -700;
    double shifted = x * 1.4426950408889634074 + shifter;
    double n = shifted - shifter;
    double y = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    double p = 1.0 / 6227020800;
    p = p * y + 1.0 / 479001600;
    p = p * y + 1.0 / 39916800;
    p = p * y + 1.0 / 3628800;
    p = p * y + 1.0 / 362880;
    p = p * y + 1.0 / 40320;
    p = p * y + 1.0 / 5040;
    p = p * y + 1.0 / 720;
    p = p * y + 1.0 / 120;
    p = p * y + 1.0 / 24;
    p = p * y + 1.0 / 6;
    p = p * y + 0.5;
    p = (p * y) * y + y;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + (UINT64_C(1023) << 52);
    double power;
    memcpy(&power, &bits, sizeof power);
    return power + power * p;
}

/**
 * ln(1 + x) for 0 <= x <= 1, absolute error below 4e-16.
 *
 * ln(1 + x) = 2 artanh(u) with u = x / (2 + x) <= 1/3, by its series up to u^31 (truncation below
 * 2e-17).
 */
static inline double elementary_log1p_unit(double x)
{
    double u = x / (2 + x);
    double v = u * u;
    double p = 1.0 / 31;
    p = p * v + 1.0 / 29;
    p = p * v + 1.0 / 27;
    p = p * v + 1.0 / 25;
    p = p * v + 1.0 / 23;
    p = p * v + 1.0 / 21;
    p = p * v + 1.0 / 19;
    p = p * v + 1.0 / 17;
    p = p * v + 1.0 / 15;
    p = p * v + 1.0 / 13;
    p = p * v + 1.0 / 11;
    p = p * v + 1.0 / 9;
    p = p * v + 1.0 / 7;
    p = p * v + 1.0 / 5;
    p = p * v + 1.0 / 3;
    return 2 * (u + (u * v) * p);
}

/** ln(exp(a) + exp(b)) for finite a and b. */
static inline double elementary_log_sum(double a, double b)
{
    double high = a > b ? a : b;
    double low = a > b ? b : a;
    return high + elementary_log1p_unit(elementary_exp(low - high));
}

#endif
