/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Elementary and special functions of vectors, on their whole range.
 *
 * Own code because the engine needs the same bits on every machine with the same instruction set
 * (libm chooses by processor) and full relative accuracy in the normal distribution's lower tail.
 * The coefficients are near-minimax approximations made by tests/reference/batch_math.py, whose
 * table of reference values tests/test_batch_math.c compares with.
 */
#ifndef GROWCAST_BATCH_MATH_H
#define GROWCAST_BATCH_MATH_H

#include "batch_vector.h"
#include "mills.h"

#define BATCH_LN2              0x1.62e42fefa39efp-1
#define BATCH_LN2_HIGH         0x1.62e42feep-1 /* 32 bits, so that its multiples are exact */
#define BATCH_LN2_LOW          0x1.a39ef35793c76p-33
#define BATCH_LOG2_E           0x1.71547652b82fep+0
#define BATCH_SQRT_HALF        0x1.6a09e667f3bcdp-1
#define BATCH_1_SQRT_2PI       0x1.9884533d43651p-2
#define BATCH_LN_SQRT_2PI      0x1.d67f1c864beb5p-1
#define BATCH_ROUND_TO_INTEGER 0x1.8p52 /* adding it leaves the nearest integer in the low bits */

/** The arguments between which batch_exp_bounded() is exact to rounding. */
#define BATCH_EXP_LOW  (-708.0)
#define BATCH_EXP_HIGH 709.0

/* exp(r) = 1 + r + r^2 tail(r) for |r| <= ln(2)/2, relative error below 1e-17 */
static const double batch_exp_tail[] = {
    0x1.0000000000000p-1,  /* 0.5 */
    0x1.5555555555556p-3,  /* 0.16666666666666667 */
    0x1.5555555553d63p-5,  /* 0.041666666666624128 */
    0x1.11111111109b3p-7,  /* 0.0083333333333300618 */
    0x1.6c16c1788bd90p-10, /* 0.0013888888917213717 */
    0x1.a01a01a7c41d5p-13, /* 0.00019841269863053617 */
    0x1.a019b90d2ae7ap-16, /* 2.4801521295954375e-5 */
    0x1.71de0dae63bb3p-19, /* 2.7557268459997065e-6 */
    0x1.289185613a3d6p-22, /* 2.7620088445409748e-7 */
    0x1.af38a9b0ec855p-26, /* 2.5100385495510319e-8 */
};

/* x = n ln 2 + r: returns r, and n added to the rounding constant. */
static inline vector batch_exp_reduce(vector x, vector *shifted)
{
    vector round = vector_of(BATCH_ROUND_TO_INTEGER);
    *shifted = vector_fma(x, vector_of(BATCH_LOG2_E), round);
    vector n = *shifted - round;
    vector r = vector_fnma(n, vector_of(BATCH_LN2_HIGH), x);
    return vector_fnma(n, vector_of(BATCH_LN2_LOW), r);
}

/* exp(r) of a reduced argument, by Estrin's scheme: short chains keep the units busy. */
static inline vector batch_exp_of_reduced(vector r)
{
    const double *c = batch_exp_tail;
    vector r2 = r * r;
    vector r4 = r2 * r2;
    vector c01 = vector_fma(vector_of(c[1]), r, vector_of(c[0]));
    vector c23 = vector_fma(vector_of(c[3]), r, vector_of(c[2]));
    vector c45 = vector_fma(vector_of(c[5]), r, vector_of(c[4]));
    vector c67 = vector_fma(vector_of(c[7]), r, vector_of(c[6]));
    vector c89 = vector_fma(vector_of(c[9]), r, vector_of(c[8]));
    vector c03 = vector_fma(c23, r2, c01);
    vector c47 = vector_fma(c67, r2, c45);
    vector tail = vector_fma(vector_fma(c89, r4, c47), r4, c03);
    return 1.0 + vector_fma(r2, tail, r);
}

/* 2^n of an integer n between -1022 and 1023 that stands in a rounding constant's low bits. */
static inline vector batch_power_of_two(vector shifted)
{
    return vector_from_bits((vector_bits(shifted) << 52) + vector_bits(vector_of(1.0)));
}

/** e^x for BATCH_EXP_LOW <= x <= BATCH_EXP_HIGH, which the caller sees to; to 1 ulp. */
static inline vector batch_exp_bounded(vector x)
{
    vector shifted;
    vector r = batch_exp_reduce(x, &shifted);
    vector value = batch_exp_of_reduced(r);
    return vector_from_bits(vector_bits(value) + (vector_bits(shifted) << 52));
}

/** e^(x + correction), |correction| small: gradual underflow, overflow to infinity, NaN kept. The
 *  power of two is applied in two halves, since 2^n itself may be out of range. */
static inline vector batch_exp_sum(vector x, vector correction)
{
    vector round = vector_of(BATCH_ROUND_TO_INTEGER);
    x = vector_at_most(vector_of(720.0), vector_at_least(vector_of(-760.0), x));
    vector shifted;
    vector r = batch_exp_reduce(x, &shifted) + correction;
    vector n = shifted - round;
    vector half = vector_fma(n, vector_of(0.5), round);
    vector rest = n - (half - round) + round;
    return batch_exp_of_reduced(r) * batch_power_of_two(half) * batch_power_of_two(rest);
}

/** e^x on the whole range. */
static inline vector batch_exp(vector x)
{
    return batch_exp_sum(x, vector_of(0.0));
}

/* ln f = 2s + s^3 tail(s^2), s = (f - 1)/(f + 1), 1/sqrt(2) <= f < sqrt(2) */
static const double batch_log_tail[] = {
    0x1.5555555555558p-1, /* 0.66666666666666697 */
    0x1.99999999952d7p-2, /* 0.39999999999899443 */
    0x1.2492492df281ap-2, /* 0.28571428626003269 */
    0x1.c71c62e3f11e6p-3, /* 0.22222211130259877 */
    0x1.7462b51cb66b1p-3, /* 0.18182889455674946 */
    0x1.39fe51a7c18f9p-3, /* 0.15331710618210772 */
    0x1.2b5900de53b32p-3, /* 0.14616585424888622 */
};

/* ln x for normal positive x. With x = 2^n f and h = (f - 1)^2 / 2 the leading terms
 * ln f = (f - 1) - (h - s (h + s^2 tail)) are exact enough that one rounding remains. */
static inline vector batch_log_normal_range(vector x, vector exponent_shift)
{
    /* 1024 keeps the exponent positive: not every set can shift signed words of 64 bits */
    const uint64_t above = UINT64_C(1024);
    vector_word offset = vector_bits(x) - vector_bits(vector_of(BATCH_SQRT_HALF)) + (above << 52);
    vector_word exponent = offset >> 52;
    vector f = vector_from_bits(vector_bits(x) - ((exponent - above) << 52)) - 1.0;
    vector round = vector_of(BATCH_ROUND_TO_INTEGER);
    vector n = vector_from_bits(vector_bits(round) + exponent) - (round + (double)above);
    n += exponent_shift;
    vector s = f / (2.0 + f);
    vector s2 = s * s;
    vector h = 0.5 * f * f;
    vector rest = s2 * vector_polynomial(batch_log_tail, 7, s2);
    vector low = vector_fma(s, h + rest, n * BATCH_LN2_LOW);
    return vector_fma(n, vector_of(BATCH_LN2_HIGH), f - (h - low));
}

/** ln x: -infinity at 0, NaN below, denormals included. */
static inline vector batch_log(vector x)
{
    vector_mask small = x < 0x1p-1022;
    vector scaled = vector_select(small, x * 0x1p54, x);
    vector value =
        batch_log_normal_range(scaled, vector_select(small, vector_of(-54.0), vector_of(0.0)));
    value = vector_select(x < INFINITY, value, x);
    value = vector_select(x > 0.0, value, vector_of(-INFINITY));
    return vector_select(x >= 0.0, value, vector_of(NAN));
}

/** ln(1 + x) for x > -1, with full relative accuracy near 0. */
static inline vector batch_log1p(vector x)
{
    vector sum = 1.0 + x;
    vector lost = x - (sum - 1.0);
    vector value = batch_log(sum) + lost / sum;
    return vector_select(sum < INFINITY, value, sum);
}

/** Mills' ratio M(a) = Phi(-a)/phi(a), for 0 <= a <= 1e30. */
static inline vector batch_mills(vector a)
{
    return vector_polynomial(mills_above, 10, a) / vector_polynomial(mills_below, 11, a);
}

/** phi(z) = exp(-z^2/2)/sqrt(2 pi) with full relative accuracy: z^2 is kept in two parts, the
 *  square of z's upper half, which is exact, and the small rest. */
static inline vector batch_normal_density(vector z)
{
    vector a = vector_at_most(vector_of(40.0), vector_absolute(z));
    vector high = vector_from_bits(vector_bits(a) & ~((UINT64_C(1) << 27) - 1));
    vector rest = (a - high) * (a + high);
    return batch_exp_sum(-0.5 * high * high, -0.5 * rest) * BATCH_1_SQRT_2PI;
}

/** Phi(z): phi(z) M(-z) below 0, 1 - phi(z) M(z) above. Relative accuracy down to underflow. */
static inline vector batch_normal_distribution(vector z)
{
    vector a = vector_at_most(vector_of(40.0), vector_absolute(z));
    vector tail = batch_normal_density(z) * batch_mills(a);
    return vector_select(z > 0.0, 1.0 - tail, tail);
}

#endif
