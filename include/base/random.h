/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Counter-based random numbers (Philox 4x64 of Random123; Salmon et al. 2011,
 * doi 10.1145/2063384.2063405): a stream is a pure function of (seed, name, index), so that any
 * replicate of any model can be drawn again anywhere, at any number of ranks.
 */
#ifndef GROWCAST_RANDOM_H
#define GROWCAST_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

/** Words of one Philox block. */
enum { RANDOM_BLOCK = 4 };

/**
 * A stream: a plain value. Copying it forks the stream at its present position. The key is
 * (seed, name hash) and the counter (block number, index, purpose, 0), so that streams that
 * differ in any of the four never share a block, and each holds 2^66 words.
 */
struct random_stream {
    uint64_t key[2];
    uint64_t counter[RANDOM_BLOCK]; /**< of the next block */
    uint64_t block[RANDOM_BLOCK];
    unsigned used; /**< words of block already given out */
};

/** What a stream is for; streams of different purposes never overlap. */
enum random_purpose {
    RANDOM_BOOTSTRAP = 1,
    RANDOM_SIMULATION = 2,
    RANDOM_FORECAST = 3,
    RANDOM_SCORE = 4,
    RANDOM_SAMPLE = 5,
    RANDOM_LEVEL = 6,
};

/** Hash of a name (64 bits, FNV-1a finished by a mixer); equal on all machines. */
uint64_t random_name_hash(const char *name);

/** The stream keyed by (seed, purpose, name_hash, index), at its beginning. */
struct random_stream random_stream_open(uint64_t seed, enum random_purpose purpose,
                                        uint64_t name_hash, uint64_t index);

/** Makes the next blocks: Philox4x64-10 of (counter, key), counting the counter up. word:
 *  [blocks][RANDOM_BLOCK], written. */
void random_blocks(struct random_stream *stream, size_t blocks, uint64_t *word);

/** Makes the next block of a stream its own. */
void random_refill(struct random_stream *stream);

/** The next 64 random bits. */
static inline uint64_t random_bits(struct random_stream *stream)
{
    if (stream->used == RANDOM_BLOCK) {
        random_refill(stream);
    }
    return stream->block[stream->used++];
}

/** A uniform number of 64 random bits. */
static inline double random_uniform_of(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

/** Uniform on (0, 1): an odd multiple of 2^-53, so never 0 or 1 and symmetric about 1/2. */
static inline double random_uniform(struct random_stream *stream)
{
    return random_uniform_of(random_bits(stream));
}

/** Uniform on {0, ..., n - 1}, exactly uniform; n >= 1. */
uint64_t random_below(struct random_stream *stream, uint64_t n);

/** A standard normal deviate, by inversion (gsl_cdf_ugaussian_Pinv): exactly one uniform each. */
double random_normal(struct random_stream *stream);

/** The GSL generator type that reads from a stream, for GSL's distributions. gsl_rng_state() of a
 *  generator of this type is a struct random_stream to be assigned; gsl_rng_set() opens the stream
 *  (seed, RANDOM_SAMPLE, 0, 0). */
extern const gsl_rng_type *const random_gsl_type;

#endif
