/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "increment_table.h"

#include "hierarchy_table.h"
#include "memory.h"
#include "vector_clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = INCREMENT_TABLE_LANES, CUBIC = 4 };

/** ln p is straight in ln M below this, M = 1e-6: the cubic of the first entries goes on. */
static const double lowest = -14;

/** Memory for tables that are kept from series to series, bytes. */
static const size_t kept_bytes = (size_t)16 << 20;

/** Tables of the other increments of a series; the last is filled again each time. */
enum { OWN = 512 };

/** Entries lower ... upper - 1 are filled. */
struct table {
    size_t lower;
    size_t upper;
    double *entry; /* [entries][lanes], NULL: not in use yet */
};

struct increment_tables {
    struct hierarchy_model model;
    size_t dispersions;
    double dispersion[GRID_DISPERSION_MAX];
    size_t lanes;
    size_t entries;
    double spacing;
    struct hierarchy_logarithms logarithms; /* [entries] or [dispersions][entries] */
    size_t kept;
    struct table *table;   /* [kept], of increments 0 ... kept - 1 */
    struct table own[OWN]; /* of the series at hand */
    double *scratch;       /* [entries] */
    double *vector;        /* [entries] */
};

/** A negative binomial of large mean has the width 1 / sqrt(r) in ln M. */
static double spacing_for(double largest)
{
    return fmin(0.35 / sqrt(largest), 1.0 / 16);
}

/** A line of means with the given dispersions. */
static struct grid line_of(size_t entries, size_t dispersions, const double *dispersion)
{
    struct grid line = {.cells = entries, .stride = entries, .dispersions = dispersions};
    memcpy(line.dispersion, dispersion, dispersions * sizeof *dispersion);
    line.nodes = entries * dispersions;
    return line;
}

/** The logarithms of all entries; entry i is at ln M = lowest + (i - 1) spacing. */
static void create_logarithms(struct increment_tables *tables)
{
    struct grid line = line_of(tables->entries, tables->dispersions, tables->dispersion);
    double *mean = memory_array(tables->entries, sizeof *mean);
    for (size_t i = 0; i < tables->entries; i++) {
        mean[i] = exp(lowest + ((double)i - 1) * tables->spacing);
    }
    tables->logarithms = hierarchy_logarithms_create(&tables->model, &line);
    hierarchy_logarithms_fill(&tables->model, &line, mean, &tables->logarithms);
    free(mean);
}

struct increment_tables *increment_tables_create(const struct hierarchy_model *model,
                                                 const struct grid *grid, double most)
{
    struct increment_tables *tables = memory_array(1, sizeof *tables);
    tables->model = *model;
    while (tables->dispersions < grid->dispersions &&
           grid->dispersion[tables->dispersions] <= most) {
        tables->dispersion[tables->dispersions] = grid->dispersion[tables->dispersions];
        tables->dispersions++;
    }
    size_t last = tables->dispersions > 0 ? tables->dispersions - 1 : 0;
    tables->lanes = (tables->dispersions + LANES - 1) / LANES * LANES;
    tables->spacing = spacing_for(grid->dispersion[last]);
    double range = fmax(grid->upper[GRID_ULTIMATE], 0) - lowest;
    tables->entries = (size_t)ceil(range / tables->spacing) + CUBIC;
    tables->kept = kept_bytes / (tables->entries * (tables->lanes + 1) * sizeof(double));
    tables->table = memory_array(tables->kept, sizeof *tables->table);
    tables->scratch = memory_array(tables->entries, sizeof(double));
    tables->vector = memory_array(tables->entries, sizeof(double));
    create_logarithms(tables);
    return tables;
}

void increment_tables_free(struct increment_tables *tables)
{
    if (tables != NULL) {
        for (size_t i = 0; i < tables->kept; i++) {
            free(tables->table[i].entry);
        }
        for (size_t i = 0; i < OWN; i++) {
            free(tables->own[i].entry);
        }
        hierarchy_logarithms_free(&tables->logarithms);
        free(tables->table);
        free(tables->scratch);
        free(tables->vector);
        free(tables);
    }
}

size_t increment_tables_dispersions(const struct increment_tables *tables)
{
    return tables->dispersions;
}

size_t increment_tables_lanes(const struct increment_tables *tables)
{
    return tables->lanes;
}

void increment_tables_open(struct increment_tables *tables)
{
    for (size_t i = 0; i < OWN; i++) {
        tables->own[i].lower = tables->own[i].upper = 0;
    }
}

VECTOR_CLONES static void place(size_t count, double per_spacing, double last,
                                const double *restrict log_mean, int32_t *restrict first,
                                double *restrict a, double *restrict b, double *restrict c,
                                double *restrict d)
{
    for (size_t i = 0; i < count; i++) {
        double position = (log_mean[i] - lowest) * per_spacing;
        double inside = position > 0 ? position : 0;
        inside = inside < last ? inside : last;
        first[i] = (int32_t)inside;
        double t = position - (double)first[i];
        double ahead = t + 1;
        double behind = t - 1;
        double beyond = t - 2;
        a[i] = -t * behind * beyond * (1.0 / 6);
        b[i] = ahead * behind * beyond * 0.5;
        c[i] = -ahead * t * beyond * 0.5;
        d[i] = ahead * t * behind * (1.0 / 6);
    }
}

void increment_tables_place(const struct increment_tables *tables, size_t count,
                            const double *log_mean, const struct increment_position *position)
{
    place(count, 1 / tables->spacing, (double)(tables->entries - CUBIC), log_mean, position->first,
          position->weight[0], position->weight[1], position->weight[2], position->weight[3]);
}

/** Fills the entries from lower to upper - 1. */
static void fill(struct increment_tables *tables, struct table *table, double increment,
                 size_t lower, size_t upper)
{
    const struct hierarchy_logarithms *all = &tables->logarithms;
    bool shocks = tables->model.shock_probability > 0;
    size_t count = upper - lower;
    for (size_t r = 0; r < tables->dispersions; r++) {
        struct grid line = line_of(count, 1, &tables->dispersion[r]);
        struct hierarchy_logarithms part = {
            .mean = all->mean + lower,
            .ratio = all->ratio + r * tables->entries + lower,
            .shock_mean = shocks ? all->shock_mean + lower : NULL,
            .shock_ratio = shocks ? all->shock_ratio + lower : NULL,
        };
        hierarchy_log_probability(&tables->model, &line, &part, increment, tables->scratch,
                                  tables->vector);
        for (size_t i = 0; i < count; i++) {
            table->entry[(lower + i) * tables->lanes + r] = tables->vector[i];
        }
    }
}

/** The table of an increment, as far as it is filled. */
static struct table *choose_table(struct increment_tables *tables, size_t number, double increment)
{
    if (increment < (double)tables->kept && increment == floor(increment)) {
        return &tables->table[(size_t)increment];
    }
    struct table *table = &tables->own[number < OWN ? number : OWN - 1];
    if (number >= OWN - 1) {
        table->lower = table->upper = 0;
    }
    return table;
}

/** The table of an increment with the entries that the positions need. */
static const double *table_for(struct increment_tables *tables, size_t number, double increment,
                               size_t count, const int32_t *first)
{
    struct table *table = choose_table(tables, number, increment);
    int32_t least = first[0];
    int32_t largest = first[0];
    for (size_t i = 1; i < count; i++) {
        least = least < first[i] ? least : first[i];
        largest = largest > first[i] ? largest : first[i];
    }
    size_t lower = (size_t)least;
    size_t upper = (size_t)largest + CUBIC;
    if (table->entry == NULL) {
        table->entry = memory_array(tables->entries * tables->lanes, sizeof(double));
    }
    if (table->upper == 0) {
        table->lower = lower;
        table->upper = upper;
        fill(tables, table, increment, lower, upper);
    }
    if (lower < table->lower) {
        fill(tables, table, increment, lower, table->lower);
        table->lower = lower;
    }
    if (upper > table->upper) {
        fill(tables, table, increment, table->upper, upper);
        table->upper = upper;
    }
    return table->entry;
}

/** The cubic through four entries, LANES numbers at once. */
VECTOR_CLONES static void interpolate(size_t count, size_t lanes, const double *restrict entry,
                                      const int32_t *restrict first, const double *restrict a,
                                      const double *restrict b, const double *restrict c,
                                      const double *restrict d, double *restrict sum)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < lanes; r += LANES) {
            const double *row = entry + (size_t)first[i] * lanes + r;
            double *target = sum + i * lanes + r;
            for (size_t lane = 0; lane < LANES; lane++) {
                target[lane] += (a[i] * row[lane] + b[i] * row[lanes + lane]) +
                                (c[i] * row[2 * lanes + lane] + d[i] * row[3 * lanes + lane]);
            }
        }
    }
}

void increment_tables_add(struct increment_tables *tables, size_t number, double increment,
                          size_t count, const struct increment_position *position, double *sum)
{
    if (count > 0 && tables->lanes > 0) {
        const double *entry = table_for(tables, number, increment, count, position->first);
        interpolate(count, tables->lanes, entry, position->first, position->weight[0],
                    position->weight[1], position->weight[2], position->weight[3], sum);
    }
}
