/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "organization_sums.h"

#include "memory.h"
#include "quantile.h"
#include "vector_clones.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** A curve saturates at this many times its model's last count plus one. Within the observed ages
 *  replicates of a model differ by far less. */
static const double headroom = 1024.0;

struct organization_sums {
    const struct organization_plan *plan;
    size_t slot_length; /**< doubles of a slot */
    double *value;  /**< borrowed: [slot][age, then date][replicate]; by date the increments since
                       the  date before, which telescope to the sums */
    double *before; /**< [replicates] terms of the point before */
    double *discarded; /**< [replicates] sums of points that have no date */
    double *constant;  /**< [replicates] an observed count */
};

double organization_sums_limit(const struct series *series)
{
    return headroom * (series_last_count(series) + 1.0);
}

/** An organization in the order of its size. */
struct ranked {
    double total;
    size_t organization;
};

/** Larger totals first, ties by name: the catalog's organizations stand in the order of names. */
static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    if (a->total != b->total) {
        return a->total > b->total ? -1 : 1;
    }
    return a->organization < b->organization ? -1 : a->organization > b->organization;
}

static size_t choose_slot_count(const struct organization_plan *plan, size_t maximum)
{
    const size_t organizations = plan->grid.organization_count - 1;
    const size_t points = plan->grid.age_count + plan->grid.date_count;
    const size_t bytes = plan->replicates * points * sizeof(double);
    const size_t fitting = bytes > 0 ? ORGANIZATION_SUMS_BYTES / bytes : SIZE_MAX;
    size_t own = maximum < organizations ? maximum : organizations;
    if (own + 1 > fitting) {
        own = fitting > 0 ? fitting - 1 : 0;
    }
    return own + 1;
}

static void assign_slots(struct organization_plan *plan, const struct catalog *catalog)
{
    const size_t organizations = plan->grid.organization_count - 1;
    struct ranked *ranked = memory_array(organizations, sizeof *ranked);
    for (size_t i = 0; i < organizations; i++) {
        ranked[i].organization = i;
    }
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        ranked[series->organization].total += series_last_count(series);
    }
    qsort(ranked, organizations, sizeof *ranked, compare_ranked);
    for (size_t i = 0; i < organizations; i++) {
        plan->slot[ranked[i].organization] = i + 1 < plan->slot_count ? i : plan->slot_count - 1;
    }
    free(ranked);
}

struct organization_plan organization_plan_make(const struct catalog *catalog, size_t maximum,
                                                size_t replicates)
{
    struct organization_plan plan = {
        .grid = organization_grid_make(catalog),
        .replicates = replicates,
        .slot = memory_array(catalog->organization_count, sizeof(size_t)),
    };
    plan.slot_count = choose_slot_count(&plan, maximum);
    plan.rounding = memory_array(plan.slot_count, sizeof *plan.rounding);
    assign_slots(&plan, catalog);
    double *bound = memory_array(plan.slot_count, sizeof *bound);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        bound[plan.slot[series->organization]] += organization_sums_limit(series);
    }
    for (size_t i = 0; i < plan.slot_count; i++) {
        /* Twice, since the bound itself was rounded while it was added up. */
        plan.rounding[i] = exact_sum_make(2.0 * bound[i]);
    }
    free(bound);
    return plan;
}

void organization_plan_free(struct organization_plan *plan)
{
    organization_grid_free(&plan->grid);
    free(plan->slot);
    free(plan->rounding);
    *plan = (struct organization_plan){0};
}

/** The numbers at the start of a packed plan. */
enum {
    PACKED_STEP,
    PACKED_ROWS,
    PACKED_AGES,
    PACKED_DATES,
    PACKED_REPLICATES,
    PACKED_SLOTS,
    PACKED_HEADER
};

double *organization_plan_pack(const struct organization_plan *plan, size_t *length)
{
    const struct organization_grid *grid = &plan->grid;
    const size_t organizations = grid->organization_count - 1;
    *length = PACKED_HEADER + grid->date_count + organizations + 2 * plan->slot_count;
    double *packed = memory_array(*length, sizeof *packed);
    packed[PACKED_STEP] = (double)grid->step;
    packed[PACKED_ROWS] = (double)grid->organization_count;
    packed[PACKED_AGES] = (double)grid->age_count;
    packed[PACKED_DATES] = (double)grid->date_count;
    packed[PACKED_REPLICATES] = (double)plan->replicates;
    packed[PACKED_SLOTS] = (double)plan->slot_count;
    double *next = packed + PACKED_HEADER;
    for (size_t i = 0; i < grid->date_count; i++) {
        *next++ = (double)grid->date[i];
    }
    for (size_t i = 0; i < organizations; i++) {
        *next++ = (double)plan->slot[i];
    }
    for (size_t i = 0; i < plan->slot_count; i++) {
        *next++ = plan->rounding[i].quantum;
        *next++ = plan->rounding[i].shift;
    }
    return packed;
}

struct organization_plan organization_plan_unpack(const double *packed)
{
    struct organization_plan plan = {
        .grid =
            {
                .step = (enum series_step)packed[PACKED_STEP],
                .organization_count = (size_t)packed[PACKED_ROWS],
                .age_count = (size_t)packed[PACKED_AGES],
                .date_count = (size_t)packed[PACKED_DATES],
            },
        .replicates = (size_t)packed[PACKED_REPLICATES],
        .slot_count = (size_t)packed[PACKED_SLOTS],
    };
    const size_t organizations = plan.grid.organization_count - 1;
    plan.grid.date = memory_array(plan.grid.date_count, sizeof *plan.grid.date);
    plan.slot = memory_array(organizations, sizeof *plan.slot);
    plan.rounding = memory_array(plan.slot_count, sizeof *plan.rounding);
    const double *next = packed + PACKED_HEADER;
    for (size_t i = 0; i < plan.grid.date_count; i++) {
        plan.grid.date[i] = (int32_t)*next++;
    }
    for (size_t i = 0; i < organizations; i++) {
        plan.slot[i] = (size_t)*next++;
    }
    for (size_t i = 0; i < plan.slot_count; i++) {
        plan.rounding[i].quantum = *next++;
        plan.rounding[i].shift = *next++;
    }
    return plan;
}

static size_t slot_length(const struct organization_plan *plan)
{
    return (plan->grid.age_count + plan->grid.date_count) * plan->replicates;
}

size_t organization_sums_length(const struct organization_plan *plan)
{
    return plan->slot_count * slot_length(plan);
}

struct organization_sums *organization_sums_create(const struct organization_plan *plan,
                                                   double *value)
{
    struct organization_sums *sums = memory_array(1, sizeof *sums);
    sums->plan = plan;
    sums->slot_length = slot_length(plan);
    sums->value = value;
    /* On cache lines of their own. */
    const size_t stride = memory_whole_lines(plan->replicates);
    sums->before = memory_pages(3 * stride, sizeof(double));
    sums->discarded = sums->before + stride;
    sums->constant = sums->discarded + stride;
    memset(sums->before, 0, 3 * stride * sizeof(double));
    return sums;
}

void organization_sums_free(struct organization_sums *sums)
{
    if (sums != NULL) {
        free(sums->before);
        free(sums);
    }
}

/** Adds a point's values, rounded, to the sums by age, and to those by date what they have more
 * than the terms of the point before. The bits are the same for every instruction set. */
VECTOR_CLONES static void add_terms(struct exact_sum rounding, double limit, size_t count,
                                    const double *restrict value, double *restrict before,
                                    double *restrict by_age, double *restrict by_date)
{
    for (size_t b = 0; b < count; b++) {
        const double term = exact_sum_term(&rounding, value[b], limit);
        by_age[b] += term;
        by_date[b] += term - before[b];
        before[b] = term;
    }
}

void organization_sums_add(struct organization_sums *sums, const struct series *series,
                           size_t point, const double *curve)
{
    const struct organization_plan *plan = sums->plan;
    const struct organization_grid *grid = &plan->grid;
    const size_t replicates = plan->replicates;
    const size_t slot = plan->slot[series->organization];
    const double age = series->age[point];
    const size_t date = series->release_date == SERIES_NO_DATE
                            ? grid->date_count
                            : organization_date_index(grid, series->release_date, age);
    double *slot_value = &sums->value[slot * sums->slot_length];
    double *by_age = &slot_value[organization_age_index(age) * replicates];
    double *by_date = date < grid->date_count ? &slot_value[(grid->age_count + date) * replicates]
                                              : sums->discarded;
    if (point == 0) {
        memset(sums->before, 0, replicates * sizeof *sums->before);
    }
    add_terms(plan->rounding[slot], organization_sums_limit(series), replicates, curve,
              sums->before, by_age, by_date);
}

void organization_sums_add_observed(struct organization_sums *sums, const struct series *series)
{
    for (size_t k = 0; k < series->count; k++) {
        for (size_t b = 0; b < sums->plan->replicates; b++) {
            sums->constant[b] = series->observed[k];
        }
        organization_sums_add(sums, series, k, sums->constant);
    }
}

/** Adds the sums of a slot to by_age[age][replicate] and by_date[date][replicate]. */
static void add_slot(const struct organization_sums *sums, size_t slot, double *by_age,
                     double *by_date)
{
    const struct organization_grid *grid = &sums->plan->grid;
    const size_t replicates = sums->plan->replicates;
    const double *value = &sums->value[slot * sums->slot_length];
    for (size_t i = 0; i < grid->age_count * replicates; i++) {
        by_age[i] += value[i];
    }
    value += grid->age_count * replicates;
    double *sum = sums->before;
    memset(sum, 0, replicates * sizeof *sum);
    for (size_t i = 0; i < grid->date_count; i++) {
        for (size_t b = 0; b < replicates; b++) {
            sum[b] += value[i * replicates + b];
            by_date[i * replicates + b] += sum[b];
        }
    }
}

/** Quantiles of points x [replicates], reordering them; NaN where n says that there is nothing. */
static void take_quantiles(double *value, size_t points, size_t replicates, const double *n,
                           const double *probability, size_t quantiles, double *quantile)
{
    for (size_t i = 0; i < points; i++) {
        const size_t count = n[i] > 0.0 ? replicates : 0;
        (void)quantile_sample(&value[i * replicates], count, probability, quantiles,
                              &quantile[i * quantiles]);
    }
}

void organization_sums_quantiles(const struct organization_sums *sums,
                                 const struct organization_counts *counts,
                                 const double *probability, size_t quantiles, double *by_age,
                                 double *by_date)
{
    const struct organization_plan *plan = sums->plan;
    const size_t ages = plan->grid.age_count;
    const size_t dates = plan->grid.date_count;
    const size_t rows = plan->grid.organization_count;
    double *age_value = memory_array(ages * plan->replicates, sizeof *age_value);
    double *date_value = memory_array(dates * plan->replicates, sizeof *date_value);
    for (size_t row = 0; row < rows; row++) {
        const bool all = row + 1 == rows;
        const bool own = !all && plan->slot[row] + 1 < plan->slot_count;
        memset(age_value, 0, ages * plan->replicates * sizeof *age_value);
        memset(date_value, 0, dates * plan->replicates * sizeof *date_value);
        for (size_t slot = 0; slot < plan->slot_count; slot++) {
            if (all || (own && slot == plan->slot[row])) {
                add_slot(sums, slot, age_value, date_value);
            }
        }
        const size_t replicates = all || own ? plan->replicates : 0;
        take_quantiles(age_value, ages, replicates, &counts->by_age_n[row * ages], probability,
                       quantiles, &by_age[row * ages * quantiles]);
        take_quantiles(date_value, dates, replicates, &counts->by_date_n[row * dates], probability,
                       quantiles, &by_date[row * dates * quantiles]);
    }
    free(age_value);
    free(date_value);
}
