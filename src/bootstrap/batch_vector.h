/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Vectors of doubles as wide as the instruction set that the object is compiled for.
 *
 * Arithmetic is written with the operators of GCC's and Clang's vector extensions; intrinsics
 * stand only where a set has an instruction that no operator reaches. Every operation acts on each
 * lane alone, so that a lane's result never depends on its neighbours.
 */
#ifndef GROWCAST_BATCH_VECTOR_H
#define GROWCAST_BATCH_VECTOR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX2__) || defined(__SSE2__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { VECTOR_LANES = 8 };
#elif defined(__AVX2__)
enum { VECTOR_LANES = 4 };
#else
enum { VECTOR_LANES = 2 };
#endif

/** VECTOR_LANES doubles; their bits; and integers that are 0 or -1, the answer of a comparison. */
typedef double vector __attribute__((vector_size(sizeof(double) * VECTOR_LANES)));
typedef uint64_t vector_word __attribute__((vector_size(sizeof(uint64_t) * VECTOR_LANES)));
typedef int64_t vector_mask __attribute__((vector_size(sizeof(int64_t) * VECTOR_LANES)));

static inline vector vector_of(double value)
{
    return value - (vector){0}; /* keeps the sign of zero */
}

static inline vector_word vector_bits(vector x)
{
    return (vector_word)x;
}

static inline vector vector_from_bits(vector_word bits)
{
    return (vector)bits;
}

/** a * b + c, rounded once where the instruction set has that, else twice. */
static inline vector vector_fma(vector a, vector b, vector c)
{
#if defined(__AVX512F__)
    return _mm512_fmadd_pd(a, b, c);
#elif defined(__AVX2__)
    return _mm256_fmadd_pd(a, b, c);
#elif defined(__FP_FAST_FMA)
    vector result;
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        result[lane] = __builtin_fma(a[lane], b[lane], c[lane]);
    }
    return result;
#else
    return a * b + c;
#endif
}

/** c - a * b, likewise. */
static inline vector vector_fnma(vector a, vector b, vector c)
{
    return vector_fma(-a, b, c);
}

/** where ? a : b, lane by lane. */
static inline vector vector_select(vector_mask where, vector a, vector b)
{
#if defined(__AVX2__) && !defined(__AVX512F__)
    return _mm256_blendv_pd(b, a, (vector)where);
#else
    vector_word bits = (vector_word)where;
    return vector_from_bits((vector_bits(a) & bits) | (vector_bits(b) & ~bits));
#endif
}

/** x, but at least low; NaN stays NaN. */
static inline vector vector_at_least(vector low, vector x)
{
#if defined(__AVX512F__)
    return _mm512_max_pd(low, x);
#elif defined(__AVX2__)
    return _mm256_max_pd(low, x);
#else
    return vector_select(low > x, low, x);
#endif
}

/** x, but at most high; NaN stays NaN. */
static inline vector vector_at_most(vector high, vector x)
{
#if defined(__AVX512F__)
    return _mm512_min_pd(high, x);
#elif defined(__AVX2__)
    return _mm256_min_pd(high, x);
#else
    return vector_select(high < x, high, x);
#endif
}

static inline vector vector_absolute(vector x)
{
    return vector_from_bits(vector_bits(x) & (UINT64_MAX >> 1));
}

static inline vector vector_sqrt(vector x)
{
#if defined(__AVX512F__)
    return _mm512_sqrt_pd(x);
#elif defined(__AVX2__)
    return _mm256_sqrt_pd(x);
#elif defined(__SSE2__)
    return _mm_sqrt_pd(x);
#else
    vector result;
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        result[lane] = sqrt(x[lane]);
    }
    return result;
#endif
}

/** The lanes that are set in a comparison's answer, as bits. */
static inline unsigned vector_lanes(vector_mask where)
{
#if defined(__AVX512DQ__)
    return _mm512_movepi64_mask((__m512i)where);
#elif defined(__AVX2__)
    return (unsigned)_mm256_movemask_pd((vector)where);
#elif defined(__SSE2__)
    return (unsigned)_mm_movemask_pd((vector)where);
#else
    unsigned lanes = 0;
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        lanes |= where[lane] != 0 ? 1U << lane : 0U;
    }
    return lanes;
#endif
}

/** True if any lane of a comparison's answer is set. */
static inline bool vector_any(vector_mask where)
{
    return vector_lanes(where) != 0;
}

/** Horner's scheme: coefficient[0] + x (coefficient[1] + x (...)). */
static inline vector vector_polynomial(const double *coefficient, int count, vector x)
{
    vector sum = vector_of(coefficient[count - 1]);
    for (int i = count - 2; i >= 0; i--) {
        sum = vector_fma(sum, x, vector_of(coefficient[i]));
    }
    return sum;
}

#endif
