/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random.h"

#include <Random123/philox.h>
#include <gsl/gsl_cdf.h>
#include <limits.h>

/** The finaliser of MurmurHash3: a bijection whose every output bit depends on every input bit. */
static uint64_t mixed(uint64_t value)
{
    value = (value ^ (value >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    value = (value ^ (value >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ (value >> 33);
}

uint64_t random_name_hash(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const unsigned char *byte = (const unsigned char *)name; *byte != 0; byte++) {
        hash = (hash ^ *byte) * UINT64_C(0x100000001b3);
    }
    return mixed(hash);
}

struct random_stream random_stream_open(uint64_t seed, enum random_purpose purpose,
                                        uint64_t name_hash, uint64_t index)
{
    return (struct random_stream){
        .key = {seed, name_hash},
        .counter = {0, index, (uint64_t)purpose, 0},
        .used = RANDOM_BLOCK,
    };
}

void random_blocks(struct random_stream *stream, size_t blocks, uint64_t *word)
{
    /* Word by word: a wide load of words that have just been stored one by one would wait for all
       of them to reach the cache. */
    const uint64_t *from = stream->counter;
    philox4x64_ctr_t counter = {{from[0], from[1], from[2], from[3]}};
    const philox4x64_key_t key = {{stream->key[0], stream->key[1]}};
    for (size_t b = 0; b < blocks; b++) {
        const philox4x64_ctr_t block = philox4x64(counter, key);
        for (unsigned i = 0; i < RANDOM_BLOCK; i++) {
            word[b * RANDOM_BLOCK + i] = block.v[i];
        }
        counter.v[0]++;
    }
    stream->counter[0] = counter.v[0];
}

void random_refill(struct random_stream *stream)
{
    random_blocks(stream, 1, stream->block);
    stream->used = 0;
}

uint64_t random_below(struct random_stream *stream, uint64_t n)
{
    /* Multiply-and-reject (Lemire 2019, doi 10.1145/3230636): the high word of bits * n is uniform
       once the 2^64 mod n smallest low words are rejected. */
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)random_bits(stream) * n;
    if ((uint64_t)product < n) {
        const uint64_t rejected = -n % n;
        while ((uint64_t)product < rejected) {
            product = (wide)random_bits(stream) * n;
        }
    }
    return (uint64_t)(product >> 64);
}

double random_normal(struct random_stream *stream)
{
    return gsl_cdf_ugaussian_Pinv(random_uniform(stream));
}

static void gsl_seed(void *state, unsigned long seed)
{
    *(struct random_stream *)state = random_stream_open(seed, RANDOM_SAMPLE, 0, 0);
}

static unsigned long gsl_bits(void *state)
{
    return random_bits(state);
}

static double gsl_uniform(void *state)
{
    return random_uniform(state);
}

static const gsl_rng_type gsl_type = {
    .name = "growcast-philox4x64",
    .max = ULONG_MAX,
    .min = 0,
    .size = sizeof(struct random_stream),
    .set = gsl_seed,
    .get = gsl_bits,
    .get_double = gsl_uniform,
};

const gsl_rng_type *const random_gsl_type = &gsl_type;
