/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Elementary functions without branches or calls, so that a plain loop over them becomes vector
 * code. The operations are the same in every lane and at every vector width: the bits do not
 * depend on the instruction set as long as the compiler does not contract products and sums.
 */
#ifndef GROWCAST_ELEMENTARY_H
#define GROWCAST_ELEMENTARY_H

#include "mills.h"

#include <stdint.h>
#include <string.h>

/**
 * x = n ln 2 + y with |y| <= ln(2)/2, for |x| <= 700; *power = 2^n. ln 2 in two parts so that y is
 * exact to rounding (Cody and Waite).
 */
static inline double elementary_reduce(double x, double *power)
{
    const double shifter = 6755399441055744.0; /* 1.5 * 2^52: adding it rounds to an integer */
    double shifted = x * 1.4426950408889634074 + shifter;
    double n = shifted - shifter;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 52) + (UINT64_C(1023) << 52);
    memcpy(power, &bits, sizeof *power);
    return (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
}

/** exp(y) - 1 by its Taylor series, y + y^2 / 2 + ... + y^7 / 7! + y^8 p, where p is what the terms
 *  from y^8 on have in common. */
static inline double elementary_expm1_series(double p, double y)
{
    p = p * y + 1.0 / 5040;
    p = p * y + 1.0 / 720;
    p = p * y + 1.0 / 120;
    p = p * y + 1.0 / 24;
    p = p * y + 1.0 / 6;
    p = p * y + 0.5;
    return (p * y) * y + y;
}

/**
 * exp(x) = *power * (1 + returned value), for |x| <= 700: exp(y) - 1 by its Taylor polynomial of
 * degree 13 (truncation below 5e-18).
 */
static inline double elementary_split(double x, double *power)
{
    double y = elementary_reduce(x, power);
    double p = 1.0 / 6227020800;
    p = p * y + 1.0 / 479001600;
    p = p * y + 1.0 / 39916800;
    p = p * y + 1.0 / 3628800;
    p = p * y + 1.0 / 362880;
    return elementary_expm1_series(p * y + 1.0 / 40320, y);
}

/**
 * exp(x) for x <= 700, relative error below 4e-16; exp(-700), about 1e-304, for anything smaller
 * (-infinity included).
 */
static inline double elementary_exp(double x)
{
    double power;
    double p = elementary_split(x > -700 ? x : -700, &power);
    return power + power * p;
}

/**
 * (artanh(u) / u - 1) / v for v = u^2 by Horner's rule: 1/3 + v/5 + ... + v^9/21 + v^10 p, where p
 * is what the terms from v^10 on have in common, 1/23 + v/25 + ...
 */
static inline double elementary_artanh_series(double p, double v)
{
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
    return p;
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
    p = elementary_artanh_series(p * v + 1.0 / 23, v);
    return 2 * (u + (u * v) * p);
}

/**
 * exp(x) - 1 with full relative accuracy, for -700 <= x <= 700: as elementary_exp(), with the
 * powers of two put together so that nothing cancels near 0.
 */
static inline double elementary_expm1(double x)
{
    double power;
    double p = elementary_split(x > -700 ? x : -700, &power);
    return (power - 1) + power * p;
}

/** exp(x) - 1 for |x| <= 700, relative error below 1e-9: the polynomial of degree 8. */
static inline double elementary_expm1_short(double x)
{
    double power;
    double y = elementary_reduce(x, &power);
    return (power - 1) + power * elementary_expm1_series(1.0 / 40320, y);
}

/**
 * x = 2^n f with f in [0.707, 1.414], for normal x > 0; returns u = (f - 1) / (f + 1), |u| <
 * 0.1716, of ln(f) = 2 artanh(u).
 */
static inline double elementary_log_reduce(double x, double *n)
{
    const uint64_t root_half = UINT64_C(0x3fe6a09e667f3bcd);
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    /* The exponent of x / sqrt(1/2) plus 1024, so that it is positive, and the fraction. */
    uint64_t above = bits - root_half + (UINT64_C(1024) << 52);
    uint64_t fraction = (above & UINT64_C(0x000fffffffffffff)) + root_half;
    uint64_t integer = (above >> 52) + UINT64_C(0x4330000000000000); /* as a double: 2^52 + ... */
    memcpy(n, &integer, sizeof *n);
    *n -= 4503599627370496.0 + 1024;
    double f;
    memcpy(&f, &fraction, sizeof f);
    return (f - 1) / (f + 1);
}

/**
 * ln(x) for normal x > 0, absolute error below 4e-16 + 2e-16 |ln(x)|.
 *
 * ln(f) = 2 artanh(u) by its series up to u^23 (truncation below 1e-19).
 */
static inline double elementary_log(double x)
{
    double n;
    double u = elementary_log_reduce(x, &n);
    double v = u * u;
    double p = elementary_artanh_series(1.0 / 23, v);
    double low = n * 1.90821492927058770002e-10 + 2 * ((u * v) * p);
    return n * 6.93147180369123816490e-01 + (2 * u + low);
}

/** ln(x) for normal x > 0, absolute error below 1e-9: the series up to u^9. */
static inline double elementary_log_short(double x)
{
    double n;
    double u = elementary_log_reduce(x, &n);
    double v = u * u;
    double p = 1.0 / 9;
    p = p * v + 1.0 / 7;
    p = p * v + 1.0 / 5;
    p = p * v + 1.0 / 3;
    return n * 6.93147180559945309417e-01 + 2 * (u + (u * v) * p);
}

/** The polynomial of `count` coefficients, from the constant on. */
static inline double elementary_polynomial(const double *coefficient, int count, double x)
{
    double value = coefficient[count - 1];
    for (int i = count - 2; i >= 0; i--) {
        value = value * x + coefficient[i];
    }
    return value;
}

/**
 * Phi(-a), the upper tail of the normal distribution, for 0 <= a <= 37; what Phi(-37) = 6e-300 is
 * for anything larger. Relative error below 1e-13.
 */
static inline double elementary_normal_tail(double a)
{
    const double per_root = 0.39894228040143267794; /* 1 / sqrt(2 pi) */
    double x = a < 37 ? a : 37;
    double density = per_root * elementary_exp(-0.5 * x * x);
    return density * elementary_polynomial(mills_above, 10, x) /
           elementary_polynomial(mills_below, 11, x);
}

/** ln(exp(a) + exp(b)) for finite a and b. */
static inline double elementary_log_sum(double a, double b)
{
    double high = a > b ? a : b;
    double low = a > b ? b : a;
    return high + elementary_log1p_unit(elementary_exp(low - high));
}

#endif
