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

struct replicate_generator {
    struct replicate_source source;
    size_t fixed;                       /**< points at age 0 (0 or 1), which are not resampled */
    struct increment_sampler **sampler; /**< [sampler_count], one a step between points */
    size_t sampler_count;
    double *residual; /**< [source.count - fixed], centred */
    size_t residual_capacity;
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
    case BOOTSTRAP_BLOCK:
        prepare_residuals(generator);
        break;
    case BOOTSTRAP_CASE:
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

/** Uniform integers below n, several from each word of a stream. */
struct index_source {
    struct random_stream *stream;
    uint32_t range; /**< n, or 0 if it is too large for parts of words */
    unsigned bits;  /**< of a part: few for a small range */
    uint64_t word;
    unsigned left; /**< parts of word not yet used */
};

enum { SMALL_BITS = 12, SMALL_RANGE = 1 << 8, LARGE_BITS = 16, LARGE_RANGE = 1 << 16 };

static struct index_source index_source_make(struct random_stream *stream, size_t n)
{
    return (struct index_source){
        .stream = stream,
        .range = n < LARGE_RANGE ? (uint32_t)n : 0,
        .bits = n < SMALL_RANGE ? SMALL_BITS : LARGE_BITS,
    };
}

/** Uniform on {0, ..., n - 1}, exactly, by multiplication and rejection as in random_below(). */
static size_t index_next(struct index_source *source, size_t n)
{
    const uint32_t range = source->range;
    if (range == 0) {
        return (size_t)random_below(source->stream, n);
    }
    const uint32_t parts = (uint32_t)1 << source->bits;
    for (;;) {
        if (source->left == 0) {
            source->word = random_bits(source->stream);
            source->left = 64 / source->bits;
        }
        const uint32_t product = ((uint32_t)source->word & (parts - 1)) * range;
        const uint32_t low = product & (parts - 1);
        source->word >>= source->bits;
        source->left--;
        if (low >= range || low >= (parts - range) % range) {
            return product >> source->bits;
        }
    }
}

static void draw_residuals(const struct replicate_generator *generator,
                           struct random_stream *stream, size_t length, double *observed)
{
    const struct replicate_source *source = &generator->source;
    const size_t fixed = generator->fixed;
    const size_t count = source->count;
    const size_t starts = count - fixed - length + 1;
    struct index_source indices = index_source_make(stream, starts);
    if (fixed > 0) {
        observed[0] = source->observed[0];
    }
    for (size_t k = fixed; k < count; k += length) {
        const double *residual = &generator->residual[index_next(&indices, starts)];
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
    struct index_source indices = index_source_make(stream, count - fixed);
    assert(weight != NULL);
    for (size_t k = 0; k < count; k++) {
        weight[k] = k < fixed ? 1.0 : 0.0;
    }
    for (size_t k = fixed; k < count; k++) {
        weight[fixed + index_next(&indices, count - fixed)] += 1.0;
    }
}

/** One replicate; weight is used by method case only. */
static void draw_replicate(const struct replicate_generator *generator,
                           struct random_stream *stream, double *observed, double *weight)
{
    const struct replicate_source *source = &generator->source;
    const size_t free_count = source->count - generator->fixed;
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
        draw_residuals(generator, stream, 1, observed);
        break;
    case BOOTSTRAP_BLOCK:
        draw_residuals(generator, stream,
                       source->block_length < free_count ? source->block_length : free_count,
                       observed);
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
