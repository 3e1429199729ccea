/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "increment_draws.h"

#include "gamma_table.h"
#include "memory.h"
#include "poisson_table.h"
#include "vector_clones.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** Numbers of 32 bits. */
static const double numbers = 0x1p32;

/** One of the two laws of an increment. */
struct law {
    double first; /* of the numbers that choose it */
    double count; /* of them */
    double cells; /* of a gamma table, a number */
    double factor;
    double offset; /* the mean is factor times the ordinary mean plus offset */
};

struct increment_draws {
    struct law law[2]; /* ordinary steps and shocks */
    size_t dispersions;
    struct gamma_tables gamma; /* of the dispersions and, last, of shocks */
    struct poisson_tables *poisson;
    uint64_t *word; /* [most] */
    double *rate;   /* [most] of the Poisson distribution; infinite where still to be drawn */
    uint32_t *list; /* [most] of what is not 0 for certain */
};

static struct law make_law(double first, double count, double factor, double offset)
{
    double cells = count > 0 ? GAMMA_TABLE_CELLS / count : 0;
    return (struct law){first, count, cells, factor, offset};
}

struct increment_draws *increment_draws_create(const struct hierarchy_model *model,
                                               const struct grid *grid, size_t most)
{
    struct increment_draws *draws = memory_array(1, sizeof *draws);
    double shape[GRID_DISPERSION_MAX + 1];
    double shocks = round(numbers * model->shock_probability);
    memcpy(shape, grid->dispersion, grid->dispersions * sizeof *shape);
    shape[grid->dispersions] = model->shock_dispersion;
    draws->law[true] = make_law(0, shocks, model->shock_factor, model->shock_offset);
    draws->law[false] = make_law(shocks, numbers - shocks, 1, 0);
    draws->dispersions = grid->dispersions;
    draws->gamma = gamma_tables_create(grid->dispersions + 1, shape);
    draws->poisson = poisson_tables_create();
    draws->word = memory_array(most, sizeof *draws->word);
    draws->rate = memory_array(most, sizeof *draws->rate);
    draws->list = memory_array(most, sizeof *draws->list);
    return draws;
}

void increment_draws_free(struct increment_draws *draws)
{
    if (draws != NULL) {
        gamma_tables_free(&draws->gamma);
        poisson_tables_free(draws->poisson);
        free(draws->word);
        free(draws->rate);
        free(draws->list);
        free(draws);
    }
}

/** A number of 32 bits as a double, without an instruction that AVX2 lacks. */
static inline double number_of(uint64_t bits)
{
    uint64_t shifted = bits | UINT64_C(0x4330000000000000); /* 2^52 + bits */
    double value;
    memcpy(&value, &shifted, sizeof value);
    return value - 0x1p52;
}

/**
 * The upper half of a word chooses the law and a cell of its gamma table. ordinary, shock: knots.
 * Writes the rate, infinite where the cell is one of the tails'.
 */
VECTOR_CLONES static void make_rates(size_t count, const struct law *law,
                                     const double *restrict knot, uint32_t ordinary, uint32_t shock,
                                     const uint64_t *restrict word, const double *restrict expected,
                                     double *restrict rate)
{
    const struct law plain = law[false];
    const struct law shocked = law[true];
    for (size_t j = 0; j < count; j++) {
        double number = number_of(word[j] >> 32);
        bool is_shock = number < shocked.count;
        double within = number - (is_shock ? shocked.first : plain.first);
        double position = (within + 0.5) * (is_shock ? shocked.cells : plain.cells);
        double inside = position < GAMMA_TABLE_OUTER ? GAMMA_TABLE_OUTER : position;
        double last = GAMMA_TABLE_CELLS - GAMMA_TABLE_OUTER - 1;
        int32_t cell = (int32_t)(inside < last ? inside : last);
        uint32_t index = (is_shock ? shock : ordinary) + (uint32_t)cell;
        double fraction = position - (double)cell;
        double below = knot[index];
        double gamma = below + (knot[index + 1] - below) * fraction;
        double mean = (is_shock ? shocked.factor : plain.factor) * expected[j] +
                      (is_shock ? shocked.offset : plain.offset);
        /* From the last inner cell on, 1 <= fraction. */
        rate[j] = fraction >= 0 && fraction < 1 ? mean * gamma : (double)INFINITY;
    }
}

/** Lists the increments that their word and 1 - M < exp(-M) do not make 0; returns how many. */
static size_t list_others(size_t count, const uint64_t *word, const double *rate, uint32_t *list)
{
    size_t listed = 0;
    for (size_t j = 0; j < count; j++) {
        double number = number_of(word[j] & UINT32_MAX);
        list[listed] = (uint32_t)j;
        listed += number + 1 <= numbers * (1 - rate[j]) ? 0 : 1;
    }
    return listed;
}

/** The rate of a deviate in the tails, which need more digits. */
static double tail_rate(const struct increment_draws *draws, struct random_bulk *random, size_t r,
                        double number, double expected)
{
    bool is_shock = number < draws->law[true].count;
    const struct law *law = &draws->law[is_shock];
    double below = number - law->first;
    bool upper = below > law->count / 2;
    double p =
        ((upper ? law->count - 1 - below : below) + random_bulk_uniform(random)) / law->count;
    return (law->factor * expected + law->offset) *
           gamma_tables_tail(&draws->gamma, is_shock ? draws->dispersions : r, upper, p);
}

/** Uniform on (0, 1) from a number of 32 bits, and 20 more where it is next to 0 or 1. */
static double uniform_from(uint64_t number, struct random_bulk *random)
{
    const uint64_t edge = UINT64_C(1) << 26;
    bool inside = number - edge < (UINT64_C(1) << 32) - 2 * edge;
    uint64_t rest = inside ? UINT64_C(1) << 19 : random_bulk_bits(random) >> 44;
    return random_uniform_of(number << 32 | rest << 12);
}

void increment_draws_add(struct increment_draws *draws, struct random_bulk *random, size_t r,
                         size_t count, const double *expected, const uint32_t *place, double *total)
{
    random_bulk_take(random, count, draws->word);
    make_rates(count, draws->law, draws->gamma.inner, (uint32_t)(r * GAMMA_TABLE_KNOTS),
               (uint32_t)(draws->dispersions * GAMMA_TABLE_KNOTS), draws->word, expected,
               draws->rate);
    size_t listed = list_others(count, draws->word, draws->rate, draws->list);
    for (size_t n = 0; n < listed; n++) {
        size_t j = draws->list[n];
        uint64_t word = draws->word[j];
        double rate = draws->rate[j];
        if (isinf(rate)) {
            rate = tail_rate(draws, random, r, number_of(word >> 32), expected[j]);
        }
        double u = uniform_from(word & UINT32_MAX, random);
        total[place[j]] += poisson_tables_draw(draws->poisson, random, u, rate);
    }
}
