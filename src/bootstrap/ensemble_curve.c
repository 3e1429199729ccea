/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ensemble_curve.h"

#include "elementary.h"

/** Beyond this exponent a curve is cut, to stay finite. */
static const double largest_rise = 700.0;

/**
 * Mills' ratio Phi(-a) / phi(a) for a >= 0, relative error below 6e-13: t P(2 t - 1) with
 * t = 1 / (1 + a / 5), P the polynomial of degree 16 that interpolates M(a) / t at Chebyshev nodes
 * (mpmath: chebyfit(lambda s: M(a(s)) / t(s), [-1, 1], 17)).
 */
static inline double mills_ratio(double a)
{
    static const double coefficient[] = {
        1.1502304763888943e-7,  1.1120908328996069e-7,   -1.2306070377489097e-6,
        -1.9093260677911971e-6, 8.225407169065154e-6,    2.4872571814466416e-5,
        -2.969663107967628e-5,  -0.00027313378706031986, -0.0004000129005717045,
        0.0015006453934067646,  0.010425103697520253,    0.034650948571366319,
        0.082728942918808116,   0.15718221498496662,     0.24830941231950124,
        0.33357331904037449,    0.38561620943063153,
    };
    const double t = 1.0 / (1.0 + 0.2 * a);
    const double s = 2.0 * t - 1.0;
    /* Even and odd powers apart: two short chains instead of a long one. */
    const double s2 = s * s;
    double even = coefficient[0];
    double odd = coefficient[1];
    for (unsigned i = 2; i + 1 < sizeof coefficient / sizeof coefficient[0]; i += 2) {
        even = even * s2 + coefficient[i];
        odd = odd * s2 + coefficient[i + 1];
    }
    even = even * s2 + coefficient[16];
    return t * (even + s * odd);
}

/** Curves that are worked on together: their intermediate values stay in the first-level cache. */
enum { BLOCK = 256 };

/** Loops without branches, which become vector code for the set of the caller. Three short loops
 *  run faster than one, because more of their iterations overlap. */
__attribute__((always_inline)) static inline void
evaluate_block(const double *fitness, const double *immediacy, const double *longevity,
               size_t count, double scale, double log_time, double *value)
{
    const double inverse_sqrt_tau = 0.39894228040143267794;
    double argument[BLOCK];
    double slope[BLOCK];
    for (size_t i = 0; i < count; i++) {
        const double z = (log_time - immediacy[i]) / longevity[i];
        argument[i] = z;
        /* lambda phi(z) before the ratio: on a ridge lambda is huge where phi is tiny. */
        slope[i] = fitness[i] * elementary_exp(-0.5 * z * z) * inverse_sqrt_tau;
    }
    for (size_t i = 0; i < count; i++) {
        const double z = argument[i];
        const double tail = slope[i] * mills_ratio(z < 0.0 ? -z : z);
        const double rise = z > 0.0 ? fitness[i] - tail : tail;
        slope[i] = rise < largest_rise ? rise : largest_rise;
    }
    for (size_t i = 0; i < count; i++) {
        value[i] = scale * (elementary_exp(slope[i]) - 1.0);
    }
}

__attribute__((always_inline)) static inline void
evaluate(const struct ensemble_curves *curves, double scale, double log_time, double *value)
{
    for (size_t first = 0; first < curves->count; first += BLOCK) {
        const size_t left = curves->count - first;
        evaluate_block(curves->fitness + first, curves->immediacy + first,
                       curves->longevity + first, left < BLOCK ? left : BLOCK, scale, log_time,
                       value + first);
    }
}

static void evaluate_baseline(const struct ensemble_curves *curves, double scale, double log_time,
                              double *value)
{
    evaluate(curves, scale, log_time, value);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void
evaluate_avx2(const struct ensemble_curves *curves, double scale, double log_time, double *value)
{
    evaluate(curves, scale, log_time, value);
}
#endif

void ensemble_curve_values(const struct ensemble_curves *curves, double scale, double log_time,
                           enum instruction_set set, double *value)
{
#if defined(__x86_64__)
    if (set >= INSTRUCTION_SET_AVX2) {
        evaluate_avx2(curves, scale, log_time, value);
        return;
    }
#endif
    (void)set;
    evaluate_baseline(curves, scale, log_time, value);
}
