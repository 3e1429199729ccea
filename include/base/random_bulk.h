/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A stream of random.h that is read many words at a time, which costs a third a word. */
#ifndef GROWCAST_RANDOM_BULK_H
#define GROWCAST_RANDOM_BULK_H

#include "random.h"

#include <stddef.h>
#include <stdint.h>

enum { RANDOM_BULK_BLOCKS = 32, RANDOM_BULK_WORDS = RANDOM_BLOCK * RANDOM_BULK_BLOCKS };

/** A plain value. */
struct random_bulk {
    struct random_stream stream;
    unsigned used; /**< words already given out */
    uint64_t word[RANDOM_BULK_WORDS];
};

/** Reads on from the next whole block of a stream, which stays as it is. */
struct random_bulk random_bulk_open(const struct random_stream *stream);

/** Makes the next words; given out by random_bulk_bits(). */
void random_bulk_refill(struct random_bulk *bulk);

/** The next 64 random bits: those that random_bits() would give. */
static inline uint64_t random_bulk_bits(struct random_bulk *bulk)
{
    if (bulk->used == RANDOM_BULK_WORDS) {
        random_bulk_refill(bulk);
    }
    return bulk->word[bulk->used++];
}

/** Uniform on (0, 1), as random_uniform(). */
static inline double random_bulk_uniform(struct random_bulk *bulk)
{
    return random_uniform_of(random_bulk_bits(bulk));
}

/** The next `count` words of 64 random bits, written. */
void random_bulk_take(struct random_bulk *bulk, size_t count, uint64_t *word);

/** Uniform on {0, ..., n - 1}, exactly uniform, of 32 bits each; 1 <= n <= 2^32. */
uint64_t random_bulk_below(struct random_bulk *bulk, uint64_t n);

#endif
