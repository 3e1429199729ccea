/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random.h"

#include "random_bulk.h"
#include "tap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <string.h>

/** The known answers of philox4x64-10 in Random123's kat_vectors; also what numpy's Philox gives.
 */
static void test_known_answers(void)
{
    static const struct {
        uint64_t counter[4];
        uint64_t key[2];
        uint64_t expected[4];
    } answer[] = {
        {{0, 0, 0, 0},
         {0, 0},
         {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
         {UINT64_MAX, UINT64_MAX},
         {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
        {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
         {0x452821e638d01377, 0xbe5466cf34e90c6c},
         {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
    };
    for (size_t i = 0; i < sizeof answer / sizeof answer[0]; i++) {
        struct random_stream stream = {.used = RANDOM_BLOCK};
        memcpy(stream.counter, answer[i].counter, sizeof stream.counter);
        memcpy(stream.key, answer[i].key, sizeof stream.key);
        bool same = true;
        for (size_t k = 0; k < RANDOM_BLOCK; k++) {
            same = same && random_bits(&stream) == answer[i].expected[k];
        }
        tap_ok(same, "Random123 known answer %zu", i + 1);
    }
}

/** Chi-square of counts against equal expectation, as an upper tail probability. */
static double uniform_tail(const unsigned *count, size_t cells, double draws)
{
    double statistic = 0.0;
    const double expected = draws / (double)cells;
    for (size_t i = 0; i < cells; i++) {
        const double difference = count[i] - expected;
        statistic += difference * difference / expected;
    }
    return gsl_cdf_chisq_Q(statistic, (double)cells - 1.0);
}

static void test_uniform(void)
{
    enum { CELLS = 256, DRAWS = 1000000 };
    unsigned count[CELLS] = {0};
    struct random_stream stream = random_stream_open(7, RANDOM_SAMPLE, random_name_hash("u"), 3);
    double sum = 0.0;
    bool inside = true;
    for (size_t i = 0; i < DRAWS; i++) {
        const double value = random_uniform(&stream);
        inside = inside && value > 0.0 && value < 1.0;
        sum += value;
        count[(size_t)(value * CELLS)]++;
    }
    tap_ok(inside, "uniforms lie strictly inside (0, 1)");
    tap_ok(fabs(sum / DRAWS - 0.5) < 5.0 / sqrt(12.0 * DRAWS), "their mean is 1/2");
    const double tail = uniform_tail(count, CELLS, DRAWS);
    tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "they fill %d cells evenly (p = %.3f)", CELLS, tail);

    struct random_stream edge = {.used = 2};
    edge.block[2] = 0;
    edge.block[3] = UINT64_MAX;
    tap_ok(random_uniform(&edge) == 0x1p-53, "the smallest uniform is 2^-53");
    tap_ok(random_uniform(&edge) == 1.0 - 0x1p-53, "the largest uniform is 1 - 2^-53");
}

static void test_below(void)
{
    enum { CELLS = 17, DRAWS = 340000 };
    unsigned count[CELLS] = {0};
    struct random_stream stream = random_stream_open(1, RANDOM_BOOTSTRAP, 99, 0);
    bool inside = true;
    for (size_t i = 0; i < DRAWS; i++) {
        const uint64_t value = random_below(&stream, CELLS);
        inside = inside && value < CELLS;
        count[inside ? value : 0]++;
    }
    const double tail = uniform_tail(count, CELLS, DRAWS);
    tap_ok(inside && tail > 1e-4 && tail < 1.0 - 1e-4, "random_below(17) is even (p = %.3f)", tail);
    tap_ok(random_below(&stream, 1) == 0, "random_below(1) is 0");

    /* n = 3 * 2^62, for which 2^64 mod n = 2^62: of the words 0 and 2^64 - 1 (low words of their
       products with n: 0 and 2^62) the first must be rejected; the second gives n - 1. */
    struct random_stream edge = {.used = 2};
    edge.block[2] = 0;
    edge.block[3] = UINT64_MAX;
    const uint64_t n = UINT64_C(3) << 62;
    tap_ok(random_below(&edge, n) == n - 1 && edge.used == RANDOM_BLOCK,
           "a word that would bias the result is rejected");
}

/** A stream read in bulk gives what it gives word by word. */
static void test_bulk(void)
{
    struct random_stream stream = random_stream_open(3, RANDOM_FORECAST, 4, 5);
    struct random_bulk bulk = random_bulk_open(&stream);
    uint64_t word[3 * RANDOM_BULK_WORDS];
    bool same = true;
    for (size_t i = 0; i < 5; i++) {
        same = same && random_bulk_bits(&bulk) == random_bits(&stream);
    }
    random_bulk_take(&bulk, sizeof word / sizeof *word, word);
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) {
        same = same && word[i] == random_bits(&stream);
    }
    same = same && random_bulk_uniform(&bulk) == random_uniform(&stream);
    tap_ok(same, "words in bulk are those of the stream");

    enum { CELLS = 17, DRAWS = 340000 };
    unsigned count[CELLS] = {0};
    for (size_t i = 0; i < DRAWS; i++) {
        count[random_bulk_below(&bulk, CELLS)]++;
    }
    const double tail = uniform_tail(count, CELLS, DRAWS);
    tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "random_bulk_below(17) is even (p = %.3f)", tail);
    /* n = 3 * 2^30, for which 2^32 mod n = 2^30: as for random_below(). */
    bulk.used = 0;
    bulk.word[0] = 0;
    bulk.word[1] = UINT64_MAX;
    const uint64_t n = UINT64_C(3) << 30;
    tap_ok(random_bulk_below(&bulk, n) == n - 1 && bulk.used == 2,
           "a number that would bias the result is rejected");
}

/** Correlation of two streams' uniforms. */
static double correlation(struct random_stream a, struct random_stream b, size_t draws)
{
    double sum = 0.0;
    for (size_t i = 0; i < draws; i++) {
        sum += (random_uniform(&a) - 0.5) * (random_uniform(&b) - 0.5);
    }
    return 12.0 * sum / (double)draws;
}

static void test_streams(void)
{
    enum { DRAWS = 100000 };
    const double limit = 4.5 / sqrt(DRAWS);
    const struct random_stream base = random_stream_open(5, RANDOM_BOOTSTRAP, 10, 20);
    const struct random_stream other[] = {
        random_stream_open(6, RANDOM_BOOTSTRAP, 10, 20),
        random_stream_open(5, RANDOM_FORECAST, 10, 20),
        random_stream_open(5, RANDOM_BOOTSTRAP, 11, 20),
        random_stream_open(5, RANDOM_BOOTSTRAP, 10, 21),
    };
    static const char *const what[] = {"seed", "purpose", "name", "index"};
    for (size_t i = 0; i < 4; i++) {
        const double r = correlation(base, other[i], DRAWS);
        tap_ok(fabs(r) < limit, "streams of another %s are uncorrelated (%.4f)", what[i], r);
    }
    struct random_stream a = base;
    for (int i = 0; i < 6; i++) {
        (void)random_bits(&a);
    }
    struct random_stream b = a;
    tap_ok(random_bits(&a) == random_bits(&b), "a copy continues where the original stands");
    struct random_stream again = random_stream_open(5, RANDOM_BOOTSTRAP, 10, 20);
    struct random_stream first = base;
    tap_ok(random_bits(&first) == random_bits(&again), "the same key gives the same bits");
}

static void test_hash(void)
{
    /* FNV-1a of "foobar" is 85944171f73967e8 (Fowler, Noll, Vo); the expected values are that of
       the finaliser fmix64 on it and on the FNV offset basis, computed with Python integers. */
    tap_ok(random_name_hash("foobar") == UINT64_C(0x2c22194922d1672b), "hash of foobar");
    tap_ok(random_name_hash("") == UINT64_C(0xefd01f60ba992926), "hash of the empty name");
}

static void test_normal(void)
{
    enum { CELLS = 64, DRAWS = 200000 };
    unsigned count[CELLS] = {0};
    struct random_stream stream = random_stream_open(2, RANDOM_FORECAST, 4, 0);
    for (size_t i = 0; i < DRAWS; i++) {
        const double value = 0.5 * erfc(-random_normal(&stream) / sqrt(2.0));
        count[(size_t)(value * CELLS)]++;
    }
    const double tail = uniform_tail(count, CELLS, DRAWS);
    tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "normal deviates are normal (p = %.3f)", tail);
}

static void test_gsl(void)
{
    gsl_rng *generator = gsl_rng_alloc(random_gsl_type);
    struct random_stream stream = random_stream_open(8, RANDOM_SIMULATION, 1, 2);
    *(struct random_stream *)gsl_rng_state(generator) = stream;
    bool same = true;
    for (int i = 0; i < 9; i++) {
        same = same && gsl_rng_get(generator) == random_bits(&stream);
    }
    tap_ok(same, "gsl_rng_get reads the assigned stream");
    tap_ok(gsl_rng_uniform(generator) == random_uniform(&stream), "so does gsl_rng_uniform");
    double sum = 0.0;
    for (int i = 0; i < 10000; i++) {
        sum += gsl_ran_poisson(generator, 3.0);
    }
    tap_ok(fabs(sum / 10000 - 3.0) < 0.08, "GSL's Poisson deviates have their mean");
    gsl_rng_free(generator);
}

int main(void)
{
    test_known_answers();
    test_uniform();
    test_below();
    test_bulk();
    test_streams();
    test_hash();
    test_normal();
    test_gsl();
    return tap_done();
}
