/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "replicate.h"

#include "increment.h"
#include "memory.h"
#include "random.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** An increment whose mean is not positive still has this one, so that its law is defined. */
static const double smallest_mean = 1e-9;

enum {
    SMALL_BITS = 12,
    SMALL_RANGE = 1 << 8,
    LARGE_BITS = 16,
    LARGE_RANGE = 1 << 16,
    PARTS = 64 / SMALL_BITS, /* the most of a word */
    REJECTED = 1 << 15,
};

/**
 * How uniform integers below n are taken from parts of random words: several from each word, by
 * multiplication and rejection as in random_below(). A part u of b bits gives the integer
 * floor(u n / 2^b), unless u n mod 2^b is below 2^b mod n.
 */
struct index_law {
    size_t n;
    unsigned bits;                   /**< b: few for a small n; 0 if n is too large for parts */
    uint32_t rejected;               /**< 2^b mod n */
    uint16_t small[1 << SMALL_BITS]; /**< with few bits: what each part gives, or REJECTED */
};

/** The parts that give an integer are a run, of which only the first can be rejected. */
static void fill_small(struct index_law *law)
{
    const uint32_t n = (uint32_t)law->n;
    const uint32_t parts = (uint32_t)1 << SMALL_BITS;
    uint32_t part = 0;
    for (uint32_t integer = 0; integer < n; integer++) {
        const uint32_t end = ((integer + 1) * parts + n - 1) / n;
        const bool rejected = part * n - integer * parts < law->rejected;
        law->small[part] = (uint16_t)(rejected ? REJECTED : integer);
        for (part++; part < end; part++) {
            law->small[part] = (uint16_t)integer;
        }
    }
}

static void index_law_set(struct index_law *law, size_t n)
{
    if (n == law->n) {
        return;
    }
    law->n = n;
    law->bits = n < SMALL_RANGE ? SMALL_BITS : n < LARGE_RANGE ? LARGE_BITS : 0;
    law->rejected = ((uint32_t)1 << law->bits) % (uint32_t)(n < LARGE_RANGE ? n : 1);
    if (law->bits == SMALL_BITS) {
        fill_small(law);
    }
}

/** Writes the integers of a word's parts, from the lowest part on, and returns their number. */
static size_t take_parts(const struct index_law *law, uint64_t word, uint32_t *index)
{
    const uint32_t mask = ((uint32_t)1 << law->bits) - 1;
    size_t taken = 0;
    for (unsigned part = 0; part < 64 / law->bits; part++) {
        const uint32_t product = ((uint32_t)word & mask) * (uint32_t)law->n;
        index[taken] = product >> law->bits;
        taken += (product & mask) >= law->rejected ? 1 : 0;
        word >>= law->bits;
    }
    return taken;
}

/** The same for small parts. */
static size_t take_small_parts(const struct index_law *law, uint64_t word, uint32_t *index)
{
    size_t taken = 0;
    for (unsigned part = 0; part < PARTS; part++) {
        index[taken] = law->small[word & ((1 << SMALL_BITS) - 1)];
        taken += index[taken] == REJECTED ? 0 : 1;
        word >>= SMALL_BITS;
    }
    return taken;
}

/**
 * Uniform on {0, ..., n - 1}, exactly. index: room for count + PARTS. Of the stream at least as
 * many words are taken as needed.
 */
static void draw_indices(const struct index_law *law, struct random_stream *stream, size_t count,
                         uint32_t *index)
{
    size_t drawn = 0;
    while (drawn < count) {
        if (law->bits == SMALL_BITS) {
            drawn += take_small_parts(law, random_bits(stream), &index[drawn]);
        } else if (law->bits == LARGE_BITS) {
            drawn += take_parts(law, random_bits(stream), &index[drawn]);
        } else {
            index[drawn++] = (uint32_t)random_below(stream, law->n);
        }
    }
}

struct replicate_generator {
    struct replicate_source source;
    size_t fixed;                       /**< points at age 0 (0 or 1), which are not resampled */
    struct increment_sampler **sampler; /**< [sampler_count], one a step between points */
    size_t sampler_count;
    double *residual; /**< [source.count - fixed], centred */
    size_t residual_capacity;
    size_t run_length;    /**< successive residuals that are drawn together */
    struct index_law law; /**< of the beginnings of runs, or of points */
    uint32_t *index;      /**< those of the replicate under way */
    size_t index_capacity;
};

struct replicate_generator *replicate_generator_create(void)
{
    return memory_array(1, sizeof(struct replicate_generator));
}

void replicate_generator_free(struct replicate_generator *generator)
{
    if (generator != NULL) {
        for (size_t i = 0; i < generator->sampler_count; i++) {
            increment_sampler_free(generator->sampler[i]);
        }
        free(generator->sampler);
        free(generator->residual);
        free(generator->index);
        free(generator);
    }
}

bool replicate_is_weighted(enum config_bootstrap_method method)
{
    return method == BOOTSTRAP_CASE;
}

static void prepare_increments(struct replicate_generator *generator, double dispersion)
{
    const struct replicate_source *source = &generator->source;
    const size_t steps = source->count - 1;
    if (steps > generator->sampler_count) {
        generator->sampler =
            memory_resize(generator->sampler, steps, sizeof(struct increment_sampler *));
        while (generator->sampler_count < steps) {
            generator->sampler[generator->sampler_count++] = increment_sampler_create();
        }
    }
    for (size_t k = 0; k < steps; k++) {
        const double mean = source->fitted[k + 1] - source->fitted[k];
        increment_sampler_build(generator->sampler[k], mean > smallest_mean ? mean : smallest_mean,
                                dispersion);
    }
}

static void prepare_residuals(struct replicate_generator *generator)
{
    const struct replicate_source *source = &generator->source;
    const size_t free_count = source->count - generator->fixed;
    generator->residual = memory_reserve(generator->residual, &generator->residual_capacity,
                                         free_count, sizeof *generator->residual);
    double sum = 0.0;
    for (size_t i = 0; i < free_count; i++) {
        const size_t point = generator->fixed + i;
        generator->residual[i] = source->observed[point] - source->fitted[point];
        sum += generator->residual[i];
    }
    for (size_t i = 0; i < free_count; i++) {
        generator->residual[i] -= sum / (double)free_count;
    }
}

/** Points or residuals are drawn in runs of `length`. */
static void prepare_indices(struct replicate_generator *generator, size_t length)
{
    const size_t free_count = generator->source.count - generator->fixed;
    generator->run_length = length < free_count ? length : free_count > 0 ? free_count : 1;
    index_law_set(&generator->law, free_count + 1 - (free_count > 0 ? generator->run_length : 0));
    generator->index = memory_reserve(generator->index, &generator->index_capacity,
                                      free_count + PARTS, sizeof *generator->index);
}

void replicate_prepare(struct replicate_generator *generator, const struct replicate_source *source)
{
    assert(source->count >= 1);
    generator->source = *source;
    generator->fixed = source->time[0] == 0.0 ? 1 : 0;
    switch (source->method) {
    case BOOTSTRAP_PARAMETRIC_NB:
        prepare_increments(generator,
                           isnan(source->dispersion) ? (double)INFINITY : source->dispersion);
        break;
    case BOOTSTRAP_PARAMETRIC_POISSON:
        prepare_increments(generator, (double)INFINITY);
        break;
    case BOOTSTRAP_RESIDUAL:
        prepare_residuals(generator);
        prepare_indices(generator, 1);
        break;
    case BOOTSTRAP_BLOCK:
        prepare_residuals(generator);
        prepare_indices(generator, source->block_length);
        break;
    case BOOTSTRAP_CASE:
        prepare_indices(generator, 1);
        break;
    }
}

static void draw_increments(const struct replicate_generator *generator,
                            struct random_stream *stream, double *observed)
{
    struct increment_source source = {.stream = stream};
    double count = generator->source.observed[0];
    observed[0] = count;
    for (size_t k = 1; k < generator->source.count; k++) {
        count += increment_draw(generator->sampler[k - 1], &source);
        observed[k] = count;
    }
}

/** Single residuals of a small number: whole words at a time, without indices in between. Returns
 * the point that the words left in the stream begin with. */
static size_t draw_whole_words(const struct replicate_generator *generator,
                               struct random_stream *stream, double *observed)
{
    const double *fitted = generator->source.fitted;
    const double *residual = generator->residual;
    const uint16_t *small = generator->law.small;
    const uint64_t mask = (1 << SMALL_BITS) - 1;
    size_t k = generator->fixed;
    while (k + PARTS <= generator->source.count) {
        const uint64_t word = random_bits(stream);
        const unsigned a = small[word & mask];
        const unsigned b = small[word >> SMALL_BITS & mask];
        const unsigned c = small[word >> 2 * SMALL_BITS & mask];
        const unsigned d = small[word >> 3 * SMALL_BITS & mask];
        const unsigned e = small[word >> 4 * SMALL_BITS & mask];
        if (((a | b | c | d | e) & REJECTED) == 0) {
            observed[k] = fitted[k] + residual[a];
            observed[k + 1] = fitted[k + 1] + residual[b];
            observed[k + 2] = fitted[k + 2] + residual[c];
            observed[k + 3] = fitted[k + 3] + residual[d];
            observed[k + 4] = fitted[k + 4] + residual[e];
            k += PARTS;
            continue;
        }
        uint32_t index[PARTS];
        const size_t taken = take_small_parts(&generator->law, word, index);
        for (size_t i = 0; i < taken; i++, k++) {
            observed[k] = fitted[k] + residual[index[i]];
        }
    }
    return k;
}

static void draw_residuals(const struct replicate_generator *generator,
                           struct random_stream *stream, double *observed)
{
    const struct replicate_source *source = &generator->source;
    const size_t count = source->count;
    const size_t length = generator->run_length;
    const uint32_t *index = generator->index;
    size_t from = generator->fixed;
    if (from > 0) {
        observed[0] = source->observed[0];
    }
    if (length == 1 && generator->law.bits == SMALL_BITS) {
        from = draw_whole_words(generator, stream, observed);
    }
    draw_indices(&generator->law, stream, (count - from + length - 1) / length, generator->index);
    for (size_t k = from; k < count; k += length) {
        const double *residual = &generator->residual[*index++];
        const size_t end = k + length < count ? k + length : count;
        for (size_t i = k; i < end; i++) {
            observed[i] = source->fitted[i] + residual[i - k];
        }
    }
}

static void make_monotone(double *observed, size_t count)
{
    double largest = 0.0;
    for (size_t k = 0; k < count; k++) {
        largest = observed[k] > largest ? observed[k] : largest;
        observed[k] = largest;
    }
}

static void draw_weights(const struct replicate_generator *generator, struct random_stream *stream,
                         double *weight)
{
    const size_t fixed = generator->fixed;
    const size_t count = generator->source.count;
    assert(weight != NULL);
    draw_indices(&generator->law, stream, count - fixed, generator->index);
    for (size_t k = 0; k < count; k++) {
        weight[k] = k < fixed ? 1.0 : 0.0;
    }
    for (size_t k = 0; k < count - fixed; k++) {
        weight[fixed + generator->index[k]] += 1.0;
    }
}

/** One replicate; weight is used by method case only. */
static void draw_replicate(const struct replicate_generator *generator,
                           struct random_stream *stream, double *observed, double *weight)
{
    const struct replicate_source *source = &generator->source;
    switch (source->method) {
    case BOOTSTRAP_PARAMETRIC_NB:
    case BOOTSTRAP_PARAMETRIC_POISSON:
        draw_increments(generator, stream, observed);
        return;
    case BOOTSTRAP_CASE:
        memcpy(observed, source->observed, source->count * sizeof *observed);
        draw_weights(generator, stream, weight);
        return;
    case BOOTSTRAP_RESIDUAL:
    case BOOTSTRAP_BLOCK:
        draw_residuals(generator, stream, observed);
        break;
    }
    if (source->monotone) {
        make_monotone(observed, source->count);
    }
}

void replicate_generate(const struct replicate_generator *generator, uint64_t first,
                        size_t replicates, double *observed, double *weight)
{
    const struct replicate_source *source = &generator->source;
    for (size_t b = 0; b < replicates; b++) {
        struct random_stream stream =
            random_stream_open(source->seed, RANDOM_BOOTSTRAP, source->name_hash, first + b);
        draw_replicate(generator, &stream, observed + b * source->count,
                       weight == NULL ? NULL : weight + b * source->count);
    }
}
