/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Distributions over models: kernel densities, histograms, rank correlations.
 *
 * Densities live on an axis whose coordinate u is ln x (fitness, longevity, counts) or x itself
 * (immediacy, which is already the logarithm of the impact time: its axis is the logarithmic axis
 * of exp(mu)). They are densities with respect to u, so that the area seen on the axis is 1:
 *
 *     f(u) = 1 / (n h) sum_i phi((u - u_i) / h)
 *
 * with the standard normal density phi and the bandwidth h in units of u. Where u has a lower
 * limit b, the part of the kernels below it is reflected, f(u) + f(2 b - u) for u >= b.
 *
 * Arrays with a row dimension have one row for each organization and a last one for all models, as
 * in organization.h. Values are NaN for models that do not take part.
 */
#ifndef GROWCAST_DENSITY_H
#define GROWCAST_DENSITY_H

#include "organization.h"
#include "series.h"

#include <stdbool.h>
#include <stddef.h>

/** The grid on which densities are given. */
struct density_grid {
    bool logarithmic;   /**< u = ln x, else u = x */
    double limit;       /**< lower limit b of u; -infinity: none */
    size_t points;      /**< at least 2 */
    double *coordinate; /**< [points] u, evenly spaced; owned */
    double *value;      /**< [points] x; owned */
};

/**
 * The grid for the values of all models: from the 0.5% to the 99.5% quantile of u, widened by
 * three of Silverman's bandwidths of all values, but no further than three interquartile ranges
 * beyond the quartiles (4.7 standard deviations of a normal distribution from its mean) and not
 * below the limit. Extreme values (fits on a ridge) so do not stretch it; they still belong to the
 * densities. With fewer than two distinct values it is one unit of u wide to both sides of 0 or of
 * the value.
 *
 * Logarithmic axes leave out values that are not positive. limit is in units of u.
 */
struct density_grid density_grid_make(const double *value, size_t models, bool logarithmic,
                                      double limit, size_t points);
void density_grid_free(struct density_grid *grid);

/** Silverman's rule (1986, eq. 3.31), 0.9 min(s, IQR / 1.34) n^(-1/5), s alone where the IQR is 0.
 *  sample: [count], reordered. NaN for fewer than two distinct values. */
double density_bandwidth_silverman(double *sample, size_t count);

/**
 * The bandwidth of Sheather and Jones (1991, doi 10.1111/j.2517-6161.1991.tb01857.x) that solves
 * their equation ("SJ-ste"), computed from distances in 1000 bins like R's bw.SJ. Falls back on
 * Silverman's rule where the equation has no solution between 0.1 and 1.5 times the oversmoothed
 * bandwidth, as for heavily tied samples. sample: [count], reordered. NaN for fewer than two
 * distinct values.
 */
double density_bandwidth(double *sample, size_t count);

/** f at the grid's coordinates: density[grid->points], written. sample: [count] values of u,
 *  count >= 1; bandwidth > 0. */
void density_evaluate(const struct density_grid *grid, const double *sample, size_t count,
                      double bandwidth, double *density);

/** Densities of all rows. All arrays are the caller's. */
struct density_rows {
    double *density;   /**< [rows][points]; NaN for rows without one */
    double *bandwidth; /**< [rows] h, by density_bandwidth(); NaN likewise */
    double *n;         /**< [rows] number of values in the density (zeros are not) */
    double *zeros;     /**< [rows] share of zeros among values >= 0, NaN if there are none; may be
                            NULL. Only logarithmic axes have zeros. */
};

/** The densities of value[models] by organization. Rows with fewer than `minimum` values, or with
 *  all values equal, have none. On an axis with a limit, values below it count as the limit. */
void density_by_organization(const struct organization_groups *groups, const double *value,
                             const struct density_grid *grid, size_t minimum,
                             const struct density_rows *rows);

/** The observed count of a series at an age, in steps: interpolated linearly between the points
 *  around it; NaN before the first point and after the last. */
double density_count_at(const struct series *series, double age);

/** Edges of `bins` bins of equal width in u over the grid's range, as values x: [bins + 1]. */
void density_histogram_edges(const struct density_grid *grid, size_t bins, double *edge);

/** Numbers of values in each bin, count: [rows][bins], written; bins include their lower edge.
 *  Values beyond the edges are counted in the outermost bins. */
void density_histogram(const struct organization_groups *groups, const double *value,
                       const double *edge, size_t bins, double *count);

/** Parameters whose rank correlations are taken. */
enum { DENSITY_PARAMETERS = 3 };

/**
 * Spearman's rank correlations (Pearson's of the ranks, ties sharing their mean rank) of each pair
 * of parameters over the models that have all of them. value: three arrays of [models].
 * correlation: [rows][3][3], written; NaN for rows with fewer than three models and where a
 * parameter is the same in all. n: [rows], written, how many models.
 */
void density_rank_correlation(const struct organization_groups *groups,
                              const double *const value[DENSITY_PARAMETERS], double *correlation,
                              double *n);

#endif
