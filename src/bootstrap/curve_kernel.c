/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "curve_kernel.h"

#include "batch_math.h"

/* The name of this object's function comes from the Makefile with the instruction set's options. */
#ifndef CURVE_KERNEL
#define CURVE_KERNEL curve_kernel_baseline
#endif

/** Beyond this exponent a curve is cut, to stay finite. */
static const double largest_rise = 700.0;

/* M(a) / t by powers of s, t = 1 / (1 + a / 5), s = 2 t - 1: the polynomial that interpolates it at
 * Chebyshev nodes (mpmath: chebyfit(lambda s: M(a(s)) / t(s), [-1, 1], 17)). */
static const double curve_mills_even[] = {
    0.38561620943063153,  0.24830941231950124,    0.082728942918808116,
    0.010425103697520253, -0.0004000129005717045, -2.969663107967628e-5,
    8.225407169065154e-6, -1.2306070377489097e-6, 1.1502304763888943e-7,
};
static const double curve_mills_odd[] = {
    0.33357331904037449,     0.15718221498496662,   0.034650948571366319,   0.0015006453934067646,
    -0.00027313378706031986, 2.4872571814466416e-5, -1.9093260677911971e-6, 1.1120908328996069e-7,
};

/** Mills' ratio Phi(-a) / phi(a) for a >= 0, infinity included, relative error below 6e-13: enough
 *  here, with one product in three less than batch_mills(). */
static inline vector curve_mills(vector a)
{
    vector t = 1.0 / vector_fma(vector_of(0.2), a, vector_of(1.0));
    vector s = vector_fma(vector_of(2.0), t, vector_of(-1.0));
    vector s2 = s * s;
    vector even = vector_polynomial(curve_mills_even, 9, s2);
    vector odd = vector_polynomial(curve_mills_odd, 8, s2);
    return t * vector_fma(s, odd, even);
}

/** Curves that are worked on together: their intermediate values stay in the first-level cache. */
enum { CURVE_BLOCK = 32 };

/* What is known of a block's curves, a vector of them at a time. */
struct curve_block {
    vector argument[CURVE_BLOCK]; /**< z */
    vector rise[CURVE_BLOCK];     /**< lambda phi(z), then lambda Phi(z) */
};

static inline vector curve_load(const double *from)
{
    vector value;
    memcpy(&value, from, sizeof value);
    return value;
}

/** The values of a number of curves that fill `vectors` vectors. Three short loops run faster than
 *  one, because more of their iterations overlap. */
static inline void curve_evaluate(const double *fitness, const double *immediacy,
                                  const double *steepness, size_t vectors, double scale,
                                  double log_time, double *value)
{
    struct curve_block block;
    for (size_t i = 0; i < vectors; i++) {
        vector z = (log_time - curve_load(immediacy + i * VECTOR_LANES)) *
                   curve_load(steepness + i * VECTOR_LANES);
        vector exponent = vector_at_least(vector_of(BATCH_EXP_LOW), -0.5 * z * z);
        block.argument[i] = z;
        /* lambda phi(z) before the ratio: on a ridge lambda is huge where phi is tiny. */
        block.rise[i] =
            curve_load(fitness + i * VECTOR_LANES) * batch_exp_bounded(exponent) * BATCH_1_SQRT_2PI;
    }
    for (size_t i = 0; i < vectors; i++) {
        vector z = block.argument[i];
        vector tail = block.rise[i] * curve_mills(vector_absolute(z));
        vector rise = vector_select(z > 0.0, curve_load(fitness + i * VECTOR_LANES) - tail, tail);
        block.rise[i] = vector_at_most(vector_of(largest_rise), rise);
    }
    for (size_t i = 0; i < vectors; i++) {
        vector curve = scale * (batch_exp_bounded(block.rise[i]) - 1.0);
        memcpy(value + i * VECTOR_LANES, &curve, sizeof curve);
    }
}

void CURVE_KERNEL(const struct ensemble_curves *curves, double scale, double log_time,
                  double *value)
{
    size_t whole = curves->count / VECTOR_LANES;
    for (size_t first = 0; first < whole; first += CURVE_BLOCK) {
        size_t left = whole - first;
        size_t begin = first * VECTOR_LANES;
        curve_evaluate(curves->fitness + begin, curves->immediacy + begin,
                       curves->steepness + begin, left < CURVE_BLOCK ? left : CURVE_BLOCK, scale,
                       log_time, value + begin);
    }
    size_t begin = whole * VECTOR_LANES;
    size_t bytes = (curves->count - begin) * sizeof(double);
    if (bytes > 0) {
        double last[4][VECTOR_LANES] = {{0.0}};
        memcpy(last[0], curves->fitness + begin, bytes);
        memcpy(last[1], curves->immediacy + begin, bytes);
        memcpy(last[2], curves->steepness + begin, bytes);
        curve_evaluate(last[0], last[1], last[2], 1, scale, log_time, last[3]);
        memcpy(value + begin, last[3], bytes);
    }
}
