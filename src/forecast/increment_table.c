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

/** Memory for tables that are kept, bytes. */
static const size_t kept_bytes = (size_t)16 << 20;

/** Entries lower ... upper - 1 are filled. */
struct table {
    size_t lower;
    size_t upper;
    double *entry; /* [entries][lanes], NULL: not in use yet */
};

struct increment_tables {
    struct hierarchy_model model;
    struct grid line; /* dispersions alone: a fill sets its stride and nodes */
    size_t lanes;
    size_t entries;
    double spacing;
    size_t kept;
    struct table *table; /* [kept + 1], of increments 0 ... kept - 1; the last of the others */
    /* One fill, [entries] or [dispersions * entries]. */
    struct hierarchy_logarithms logarithms;
    double *mean;
    double *scratch;
    double *vector;
};

/** A negative binomial of large mean has the width 1 / sqrt(r) in ln M. */
static double spacing_for(const struct grid *grid)
{
    return fmin(0.35 / sqrt(grid->dispersion[grid->dispersions - 1]), 1.0 / 16);
}

struct increment_tables *increment_tables_create(const struct hierarchy_model *model,
                                                 const struct grid *grid)
{
    struct increment_tables *tables = memory_array(1, sizeof *tables);
    tables->model = *model;
    tables->line.dispersions = grid->dispersions;
    memcpy(tables->line.dispersion, grid->dispersion, sizeof grid->dispersion);
    tables->lanes = (grid->dispersions + LANES - 1) / LANES * LANES;
    tables->spacing = spacing_for(grid);
    double range = fmax(grid->upper[GRID_ULTIMATE], 0) - lowest;
    tables->entries = (size_t)ceil(range / tables->spacing) + CUBIC;
    tables->kept = kept_bytes / (tables->entries * tables->lanes * sizeof(double));
    tables->table = memory_array(tables->kept + 1, sizeof *tables->table);
    tables->line.stride = tables->entries;
    tables->line.nodes = tables->entries * grid->dispersions;
    tables->logarithms = hierarchy_logarithms_create(model, &tables->line);
    tables->mean = memory_array(tables->entries, sizeof(double));
    tables->scratch = memory_array(tables->entries, sizeof(double));
    tables->vector = memory_array(tables->line.nodes, sizeof(double));
    return tables;
}

void increment_tables_free(struct increment_tables *tables)
{
    if (tables != NULL) {
        for (size_t i = 0; i <= tables->kept; i++) {
            free(tables->table[i].entry);
        }
        hierarchy_logarithms_free(&tables->logarithms);
        free(tables->table);
        free(tables->mean);
        free(tables->scratch);
        free(tables->vector);
        free(tables);
    }
}

size_t increment_tables_lanes(const struct increment_tables *tables)
{
    return tables->lanes;
}

VECTOR_CLONES static void place(size_t count, double per_spacing, double last,
                                const double *restrict log_mean, int32_t *restrict first,
                                double *restrict fraction)
{
    for (size_t i = 0; i < count; i++) {
        double position = (log_mean[i] - lowest) * per_spacing;
        double inside = position > 0 ? position : 0;
        inside = inside < last ? inside : last;
        first[i] = (int32_t)inside;
        fraction[i] = position - (double)first[i];
    }
}

void increment_tables_place(const struct increment_tables *tables, size_t count,
                            const double *log_mean, const struct increment_position *position)
{
    place(count, 1 / tables->spacing, (double)(tables->entries - CUBIC), log_mean, position->first,
          position->fraction);
}

/** Fills the entries from lower to upper - 1; entry i is at ln M = lowest + (i - 1) spacing. */
static void fill(struct increment_tables *tables, struct table *table, double increment,
                 size_t lower, size_t upper)
{
    size_t count = upper - lower;
    struct grid *line = &tables->line;
    line->stride = count;
    line->nodes = count * line->dispersions;
    for (size_t i = 0; i < count; i++) {
        tables->mean[i] = exp(lowest + ((double)(lower + i) - 1) * tables->spacing);
    }
    hierarchy_logarithms_fill(&tables->model, line, tables->mean, &tables->logarithms);
    hierarchy_log_probability(&tables->model, line, &tables->logarithms, increment, tables->scratch,
                              tables->vector);
    for (size_t r = 0; r < line->dispersions; r++) {
        for (size_t i = 0; i < count; i++) {
            table->entry[(lower + i) * tables->lanes + r] = tables->vector[r * count + i];
        }
    }
}

/** The table of an increment with the entries that the positions need. */
static const double *table_for(struct increment_tables *tables, double increment, size_t count,
                               const int32_t *first)
{
    bool whole = increment < (double)tables->kept && increment == floor(increment);
    struct table *table = &tables->table[whole ? (size_t)increment : tables->kept];
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
    if (!whole || table->upper == 0) {
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
                                      const int32_t *restrict first,
                                      const double *restrict fraction, double *restrict sum)
{
    for (size_t i = 0; i < count; i++) {
        double t = fraction[i];
        double ahead = t + 1;
        double behind = t - 1;
        double beyond = t - 2;
        double a = -t * behind * beyond * (1.0 / 6);
        double b = ahead * behind * beyond * 0.5;
        double c = -ahead * t * beyond * 0.5;
        double d = ahead * t * behind * (1.0 / 6);
        for (size_t r = 0; r < lanes; r += LANES) {
            const double *row = entry + (size_t)first[i] * lanes + r;
            double *target = sum + i * lanes + r;
            for (size_t lane = 0; lane < LANES; lane++) {
                target[lane] += (a * row[lane] + b * row[lanes + lane]) +
                                (c * row[2 * lanes + lane] + d * row[3 * lanes + lane]);
            }
        }
    }
}

void increment_tables_add(struct increment_tables *tables, double increment, size_t count,
                          const struct increment_position *position, double *sum)
{
    const double *entry = table_for(tables, increment, count, position->first);
    interpolate(count, tables->lanes, entry, position->first, position->fraction, sum);
}
