/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Sums of bootstrap replicates over the models of an organization: replicate b of the sum is the
 * sum of replicate b of each model's fitted curve, at its observed ages, by age and by calendar
 * date as in organization.h. Models' replicates are independent, so the spread over b is the
 * sampling spread of the sum.
 *
 * A model without an ensemble (not fitted, or no replicates) adds its observed counts to every
 * replicate, so that the sums are comparable with the observed ones.
 *
 * Each rank adds up its own models; the partial sums are then added in any order and grouping with
 * the same bits (exact_sum.h). A model's curve saturates at 1024 (last count + 1).
 *
 * Memory: replicate sums are kept in slots, one for each of the largest organizations (by their
 * last counts added up, ties by name) and one for the rest, each of
 *
 *     8 replicates (age_count + date_count) bytes;
 *
 * there are at most organization.maximum + 1, and no more than fit in ORGANIZATION_SUMS_BYTES (but
 * always the rest's).
 */
#ifndef GROWCAST_ORGANIZATION_SUMS_H
#define GROWCAST_ORGANIZATION_SUMS_H

#include "exact_sum.h"
#include "organization.h"

/** Most memory of one rank's sums. */
enum { ORGANIZATION_SUMS_BYTES = 64 << 20 };

/** What every rank must know to add up its models. */
struct organization_plan {
    struct organization_grid grid; /**< owned */
    size_t replicates;
    size_t slot_count; /**< at least 1; the last one is the rest's */
    size_t *slot;      /**< [grid.organization_count - 1] slot of each organization; owned */
    struct exact_sum *rounding; /**< [slot_count]; owned */
};

/** The plan for a finished catalog with at most `maximum` organizations of their own. */
struct organization_plan organization_plan_make(const struct catalog *catalog, size_t maximum,
                                                size_t replicates);
void organization_plan_free(struct organization_plan *plan);

/** The plan as *length doubles, for another rank; the caller frees it. */
double *organization_plan_pack(const struct organization_plan *plan, size_t *length);

/** The plan of such doubles. */
struct organization_plan organization_plan_unpack(const double *packed);

/** The partial sums of one rank. */
struct organization_sums;

/** Doubles that one rank's sums take. They can be added up over the ranks element by element. */
size_t organization_sums_length(const struct organization_plan *plan);

/** Sums in value[organization_sums_length()], zero at first. plan and value are borrowed as long as
 *  they live. The caller owns them. */
struct organization_sums *organization_sums_create(const struct organization_plan *plan,
                                                   double *value);
void organization_sums_free(struct organization_sums *sums);

/** The most that a model's curve adds to a sum, counts. */
double organization_sums_limit(const struct series *series);

/** Adds one point of a model's ensemble. The points of a series come one after the other from 0 on,
 *  without another series between. curve: [replicates] at the point's age, finite. */
void organization_sums_add(struct organization_sums *sums, const struct series *series,
                           size_t point, const double *curve);

/** Adds a model without an ensemble. */
void organization_sums_add_observed(struct organization_sums *sums, const struct series *series);

/**
 * Quantiles over the replicates, once the sums are complete.
 * counts: the observed sums of the same catalog, which say where there is anything.
 * probability: [quantiles], not decreasing. by_age: [organization][age][quantiles] and
 * by_date: [organization][date][quantiles], written; NaN for organizations without a slot of their
 * own, and at ages or dates without a series. Row "all" is the sum of all slots.
 */
void organization_sums_quantiles(const struct organization_sums *sums,
                                 const struct organization_counts *counts,
                                 const double *probability, size_t quantiles, double *by_age,
                                 double *by_date);

#endif
