/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_bulk.h"

#include <string.h>

struct random_bulk random_bulk_open(const struct random_stream *stream)
{
    return (struct random_bulk){.stream = *stream, .used = RANDOM_BULK_WORDS};
}

void random_bulk_refill(struct random_bulk *bulk)
{
    random_blocks(&bulk->stream, RANDOM_BULK_BLOCKS, bulk->word);
    bulk->used = 0;
}

void random_bulk_take(struct random_bulk *bulk, size_t count, uint64_t *word)
{
    while (count > 0) {
        if (bulk->used == RANDOM_BULK_WORDS) {
            random_bulk_refill(bulk);
        }
        size_t left = RANDOM_BULK_WORDS - bulk->used;
        size_t taken = count < left ? count : left;
        memcpy(word, bulk->word + bulk->used, taken * sizeof *word);
        bulk->used += (unsigned)taken;
        word += taken;
        count -= taken;
    }
}

uint64_t random_bulk_below(struct random_bulk *bulk, uint64_t n)
{
    /* As random_below(). */
    uint64_t product = (random_bulk_bits(bulk) >> 32) * n;
    if ((uint32_t)product < n) {
        uint64_t rejected = (UINT64_C(0x100000000) - n) % n;
        while ((uint32_t)product < rejected) {
            product = (random_bulk_bits(bulk) >> 32) * n;
        }
    }
    return product >> 32;
}
