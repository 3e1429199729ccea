/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * VECTOR_CLONES before a function compiles its loops for AVX2 and AVX-512 too; the processor
 * decides at start which of them runs. Nothing is contracted or reordered, so their bits are the
 * same. On other architectures there is one.
 */
#ifndef GROWCAST_VECTOR_CLONES_H
#define GROWCAST_VECTOR_CLONES_H

#if defined(__x86_64__)
#define VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VECTOR_CLONES
#endif

/** Numbers that such loops work on side by side: whole vectors of every set. */
enum { VECTOR_CLONES_LANES = 8 };

/** Their sum. */
static inline double vector_clones_total(const double part[VECTOR_CLONES_LANES])
{
    return ((part[0] + part[1]) + (part[2] + part[3])) +
           ((part[4] + part[5]) + (part[6] + part[7]));
}

#endif
