/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "increment.h"

#include "memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    TABLE_MAX = 2048,       /**< values in a table of the distribution function */
    TABLE_CHECK = 16,       /**< values between two looks at what is left in the tail */
    LOWER_DEVIATIONS2 = 90, /**< (M - x)^2 / variance beyond which P(X <= x) < 2^-64 */
};

/** What may be left beyond a table: so rare that the cost of the tail does not matter. */
static const double table_tail = 0x1p-20;

/** The same beyond the strips, relative to their total. */
static const double strip_tail = 0x1p-10;

/** Scale of the strips' widths: about 2 / strip_step strips, a share strip_step of rejections. */
static const double strip_step = 1.0 / 24.0;

/** Draws an index with fixed probabilities: the smallest i with word <= threshold[i]. */
struct index_table {
    size_t size;         /**< indices; the last threshold is 2^64 - 1 */
    size_t capacity;     /**< of threshold */
    uint64_t *threshold; /**< 2^64 times the cumulative probability */
    unsigned shift;      /**< of a word, to find its entry of the guide table */
    uint16_t *guide;     /**< the answer for the smallest word of each interval of words */
    size_t guide_capacity;
};

/** A run of integers in which the probability falls or rises monotonically. */
struct strip {
    double first;     /**< smallest integer */
    uint64_t width;   /**< number of integers */
    uint64_t squeeze; /**< 2^64 times a lower bound of probability / largest probability */
    double log_top;   /**< ln of the largest probability */
};

struct increment_sampler {
    struct increment_law law;
    bool is_table;
    struct index_table index; /**< of values or of strips; the last index is the tail */
    double first;             /**< the value of index 0 of a table */
    struct strip *strip;
    size_t strip_capacity;
    double tail_first;    /**< smallest integer of the tail */
    double tail_log_mass; /**< ln of its probability */
    double
        tail_log_ratio; /**< ln of the ratio of the geometric distribution that bounds the tail */
};

struct increment_sampler *increment_sampler_create(void)
{
    return memory_array(1, sizeof(struct increment_sampler));
}

void increment_sampler_free(struct increment_sampler *sampler)
{
    if (sampler != NULL) {
        free(sampler->index.threshold);
        free(sampler->index.guide);
        free(sampler->strip);
        free(sampler);
    }
}

static uint64_t word_of(double probability)
{
    return probability < 1.0 ? (uint64_t)(0x1p64 * probability) : UINT64_MAX;
}

static uint64_t next_half(struct increment_source *source)
{
    if (source->has_half) {
        source->has_half = false;
        return source->word >> 32;
    }
    source->word = random_bits(source->stream);
    source->has_half = true;
    return source->word & UINT32_MAX;
}

/** Draws an index with a word whose lower half is made only where the upper one leaves it open. */
static size_t index_draw(const struct index_table *index, struct increment_source *source)
{
    const uint64_t upper = next_half(source);
    size_t i = index->guide[(upper << 32) >> index->shift];
    while (upper > index->threshold[i] >> 32) {
        i++;
    }
    if (upper == index->threshold[i] >> 32) {
        const uint64_t word = upper << 32 | next_half(source);
        while (word > index->threshold[i]) {
            i++;
        }
    }
    return i;
}

/** Makes room for so many more indices. */
static void index_reserve(struct index_table *index, size_t more)
{
    index->threshold = memory_reserve(index->threshold, &index->capacity, index->size + more,
                                      sizeof *index->threshold);
}

static void index_append(struct index_table *index, double cumulative)
{
    index->threshold[index->size++] = word_of(cumulative);
}

/** Ends the list of thresholds and builds the guide, with at least one interval an index. */
static void index_finish(struct index_table *index)
{
    index->threshold[index->size - 1] = UINT64_MAX;
    unsigned bits = 1;
    while (((size_t)1 << bits) < index->size) {
        bits++;
    }
    const size_t intervals = (size_t)1 << bits;
    index->shift = 64 - bits;
    index->guide =
        memory_reserve(index->guide, &index->guide_capacity, intervals, sizeof *index->guide);
    size_t i = 0;
    for (size_t k = 0; k < intervals; k++) {
        const uint64_t word = (uint64_t)k << index->shift;
        while (word > index->threshold[i]) {
            i++;
        }
        index->guide[k] = (uint16_t)i;
    }
}

/** A ratio that bounds every ratio of successive probabilities from x on: the ratios
 *  (x + r) / (x + 1) q fall towards q for r > 1 and rise towards it for r < 1. */
static double ratio_bound(const struct increment_law *law, double x)
{
    const double ratio = increment_mass_ratio(law, x);
    const double limit = isinf(law->dispersion) ? 0.0 : law->mean / (law->mean + law->dispersion);
    return ratio > limit ? ratio : limit;
}

static double variance(const struct increment_law *law)
{
    return law->mean + law->mean * (law->mean / law->dispersion);
}

static void set_tail(struct increment_sampler *sampler, double first, double ratio)
{
    sampler->tail_first = first;
    sampler->tail_log_mass = increment_log_mass(&sampler->law, first);
    sampler->tail_log_ratio = log(ratio);
}

/** Whether a table is likely to be long enough: a guess that only saves vain attempts. */
static bool fits_table(const struct increment_law *law)
{
    const double decays_to_tail = -log(table_tail);
    const double width = sqrt(LOWER_DEVIATIONS2 * variance(law)) +
                         decays_to_tail * (1.0 + law->mean / law->dispersion);
    return width < TABLE_MAX;
}

/** Tabulates the distribution function; false if it is too wide for a table. */
static bool build_table(struct increment_sampler *sampler)
{
    const struct increment_law *law = &sampler->law;
    /* P(X <= M - t) <= exp(-t^2 / (2 variance)), as for every mixture of Poisson distributions by
       a gamma: below this no 64-bit word falls. */
    const double lower = floor(law->mean - sqrt(LOWER_DEVIATIONS2 * variance(law)));
    sampler->first = lower > 0.0 ? lower : 0.0;
    double x = sampler->first;
    double mass = exp(increment_log_mass(law, x));
    double cumulative = 0.0;
    while (sampler->index.size < TABLE_MAX) {
        index_reserve(&sampler->index, TABLE_CHECK + 1);
        for (unsigned i = 0; i < TABLE_CHECK; i++) {
            cumulative += mass;
            index_append(&sampler->index, cumulative);
            mass *= increment_mass_ratio(law, x);
            x += 1.0;
        }
        const double ratio = ratio_bound(law, x);
        if (ratio < 1.0 && mass <= table_tail * (1.0 - ratio) && x > law->mean) {
            index_append(&sampler->index, 1.0);
            set_tail(sampler, x, ratio);
            return true;
        }
    }
    return false;
}

/** Number of integers in a strip at which the probability has this logarithm and the given
 *  logarithmic slope. Equal returns for a given number of strips come from a drop of ln p in
 *  proportion to sqrt(slope / p); the added slope stands for the curvature at the mode. */
static double strip_width(const struct increment_law *law, double log_top, double slope)
{
    const double steepness = slope + 0.1 / sqrt(variance(law));
    const double drop = strip_step * sqrt(steepness * exp(-log_top));
    const double width = floor((drop < 1.0 ? drop : 1.0) / steepness);
    return width > 1.0 ? width : 1.0;
}

/** Appends the strip of width integers from first; log_top and log_bottom bound ln p in it.
 *  Returns the area of its rectangle. */
static double add_strip(struct increment_sampler *sampler, size_t *count, double first,
                        double width, double log_top, double log_bottom)
{
    sampler->strip = memory_reserve(sampler->strip, &sampler->strip_capacity, *count + 1,
                                    sizeof *sampler->strip);
    sampler->strip[(*count)++] = (struct strip){
        .first = first,
        .width = (uint64_t)width,
        .squeeze = width > 1.0 ? word_of(exp(log_bottom - log_top)) : UINT64_MAX,
        .log_top = log_top,
    };
    return width * exp(log_top);
}

/** Strips from the mode upwards, and the tail beyond them. Returns the area of all. */
static double add_strips_above(struct increment_sampler *sampler, size_t *count, double mode)
{
    const struct increment_law *law = &sampler->law;
    double area = 0.0;
    double x = mode;
    double log_top = increment_log_mass(law, x);
    for (;;) {
        const double bound = ratio_bound(law, x);
        const double tail = exp(log_top) / (1.0 - bound);
        if (bound < 1.0 && tail < strip_tail * area) {
            set_tail(sampler, x, bound);
            return area + tail;
        }
        const double slope = fabs(log(increment_mass_ratio(law, x)));
        const double width = strip_width(law, log_top, slope);
        const double log_bottom = increment_log_mass(law, x + width);
        area += add_strip(sampler, count, x, width, log_top, log_bottom);
        log_top = log_bottom;
        x += width;
    }
}

/** Strips from below the mode down to 0. Returns their area. */
static double add_strips_below(struct increment_sampler *sampler, size_t *count, double mode)
{
    const struct increment_law *law = &sampler->law;
    double area = 0.0;
    double x = mode - 1.0;
    double log_top = x < 0.0 ? 0.0 : increment_log_mass(law, x);
    while (x >= 0.0) {
        const double slope = x > 0.0 ? fabs(log(increment_mass_ratio(law, x - 1.0))) : 0.0;
        const double rest = x + 1.0;
        double width = strip_width(law, log_top, slope);
        if (width > rest || rest * exp(log_top) < strip_tail * area) {
            width = rest;
        }
        const double below = x - width;
        const double log_bottom = increment_log_mass(law, below > 0.0 ? below : 0.0);
        area += add_strip(sampler, count, below + 1.0, width, log_top, log_bottom);
        log_top = log_bottom;
        x = below;
    }
    return area;
}

static void build_strips(struct increment_sampler *sampler)
{
    size_t count = 0;
    const double mode = increment_mode(&sampler->law);
    const double above = add_strips_above(sampler, &count, mode);
    const double total = above + add_strips_below(sampler, &count, mode);
    double cumulative = 0.0;
    index_reserve(&sampler->index, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct strip *strip = &sampler->strip[i];
        cumulative += (double)strip->width * exp(strip->log_top);
        index_append(&sampler->index, cumulative / total);
    }
    index_append(&sampler->index, 1.0);
}

void increment_sampler_build(struct increment_sampler *sampler, double mean, double dispersion)
{
    sampler->law = increment_law_make(mean, dispersion);
    sampler->index.size = 0;
    sampler->is_table = fits_table(&sampler->law) && build_table(sampler);
    if (!sampler->is_table) {
        sampler->index.size = 0;
        build_strips(sampler);
    }
    index_finish(&sampler->index);
}

/** Proposes a value of the tail; false if it is rejected. */
static bool draw_tail(const struct increment_sampler *sampler, struct random_stream *stream,
                      double *value)
{
    const double steps = floor(log(random_uniform(stream)) / sampler->tail_log_ratio);
    *value = sampler->tail_first + steps;
    const double log_bound = sampler->tail_log_mass + steps * sampler->tail_log_ratio;
    return random_uniform(stream) < exp(increment_log_mass(&sampler->law, *value) - log_bound);
}

/** Proposes a value of a strip; false if it is rejected. */
static bool draw_strip(const struct increment_sampler *sampler, const struct strip *strip,
                       struct random_stream *stream, double *value)
{
    /* The high word of bits * width is uniform over the strip, the low word nearly independent of
       it (to width / 2^64). */
    __extension__ typedef unsigned __int128 wide;
    const wide product = (wide)random_bits(stream) * strip->width;
    const uint64_t height = (uint64_t)product;
    *value = strip->first + (double)(uint64_t)(product >> 64);
    return height <= strip->squeeze ||
           0x1p-64 * (double)height <
               exp(increment_log_mass(&sampler->law, *value) - strip->log_top);
}

static double draw_wide(const struct increment_sampler *sampler, struct increment_source *source)
{
    double value = 0.0;
    bool accepted = false;
    while (!accepted) {
        const size_t i = index_draw(&sampler->index, source);
        accepted = i + 1 == sampler->index.size
                       ? draw_tail(sampler, source->stream, &value)
                       : draw_strip(sampler, &sampler->strip[i], source->stream, &value);
    }
    return value;
}

double increment_draw(const struct increment_sampler *sampler, struct increment_source *source)
{
    if (!sampler->is_table) {
        return draw_wide(sampler, source);
    }
    const size_t i = index_draw(&sampler->index, source);
    if (i + 1 < sampler->index.size) {
        return sampler->first + (double)i;
    }
    double value = 0.0;
    while (!draw_tail(sampler, source->stream, &value)) {
    }
    return value;
}
