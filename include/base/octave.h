/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Knots of a table that covers powers of two: OCTAVE_CELLS equal cells from each to the next, found
 * by the upper bits of a double.
 */
#ifndef GROWCAST_OCTAVE_H
#define GROWCAST_OCTAVE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { OCTAVE_CELLS = 16, OCTAVE_SHIFT = 48 /* bits below those that tell the cells apart */ };

static inline uint64_t octave_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/** Knot i of a table that begins at least, a power of two. */
static inline double octave_knot(double least, size_t i)
{
    uint64_t bits = octave_bits(least) + ((uint64_t)i << OCTAVE_SHIFT);
    double knot;
    memcpy(&knot, &bits, sizeof knot);
    return knot;
}

/** The last knot that is not above x >= least. */
static inline size_t octave_cell(double least, double x)
{
    return (size_t)((octave_bits(x) - octave_bits(least)) >> OCTAVE_SHIFT);
}

#endif
