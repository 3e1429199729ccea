/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "density.h"

#include "memory.h"
#include "quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static double coordinate_of(const struct density_grid *grid, double value)
{
    const double u = grid->logarithmic ? log(value) : value;
    return u < grid->limit ? grid->limit : u;
}

/** The coordinates of the values that have one, in place; returns their number. */
static size_t to_coordinates(const struct density_grid *grid, double *sample, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = sample[i];
        if (isfinite(value) && (!grid->logarithmic || value > 0.0)) {
            sample[kept++] = coordinate_of(grid, value);
        }
    }
    return kept;
}

/** The range of u that the grid covers, see density_grid_make(). */
static void choose_range(double *sample, size_t count, double *low, double *high)
{
    static const double probability[] = {0.005, 0.25, 0.75, 0.995};
    const double reach = 3.0;
    double quantile[4] = {0.0, 0.0, 0.0, 0.0};
    if (count > 0) {
        (void)quantile_sample(sample, count, probability, 4, quantile);
    }
    const double bandwidth = density_bandwidth_silverman(sample, count);
    const double margin = isnan(bandwidth) ? 1.0 : reach * bandwidth;
    *low = quantile[0] - margin;
    *high = quantile[3] + margin;
    const double spread = reach * (quantile[2] - quantile[1]);
    if (spread > 0.0) {
        *low = fmax(*low, quantile[1] - spread);
        *high = fmin(*high, quantile[2] + spread);
    }
}

struct density_grid density_grid_make(const double *value, size_t models, bool logarithmic,
                                      double limit, size_t points)
{
    struct density_grid grid = {
        .logarithmic = logarithmic,
        .limit = limit,
        .points = points,
        .coordinate = memory_array(points, sizeof(double)),
        .value = memory_array(points, sizeof(double)),
    };
    double *sample = memory_array(models, sizeof *sample);
    for (size_t i = 0; i < models; i++) {
        sample[i] = value[i];
    }
    double low;
    double high;
    choose_range(sample, to_coordinates(&grid, sample, models), &low, &high);
    free(sample);
    low = low < limit ? limit : low;
    for (size_t i = 0; i < points; i++) {
        const double share = (double)i / (double)(points - 1);
        grid.coordinate[i] = low + share * (high - low);
        grid.value[i] = logarithmic ? exp(grid.coordinate[i]) : grid.coordinate[i];
    }
    return grid;
}

void density_grid_free(struct density_grid *grid)
{
    free(grid->coordinate);
    free(grid->value);
    *grid = (struct density_grid){0};
}

static double kernel_sum(double u, const double *sample, size_t count, double bandwidth)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double z = (u - sample[i]) / bandwidth;
        sum += exp(-0.5 * z * z);
    }
    return sum;
}

void density_evaluate(const struct density_grid *grid, const double *sample, size_t count,
                      double bandwidth, double *density)
{
    const double inverse_sqrt_tau = 0.39894228040143267794;
    const double factor = inverse_sqrt_tau / (bandwidth * (double)count);
    for (size_t i = 0; i < grid->points; i++) {
        const double u = grid->coordinate[i];
        double sum = kernel_sum(u, sample, count, bandwidth);
        if (isfinite(grid->limit)) {
            sum += kernel_sum(2.0 * grid->limit - u, sample, count, bandwidth);
        }
        density[i] = factor * sum;
    }
}

static double share_of_zeros(const double *sample, size_t count)
{
    size_t zeros = 0;
    for (size_t i = 0; i < count; i++) {
        zeros += sample[i] == 0.0 ? 1 : 0;
    }
    return count > 0 ? (double)zeros / (double)count : (double)NAN;
}

void density_by_organization(const struct organization_groups *groups, const double *value,
                             const struct density_grid *grid, size_t minimum,
                             const struct density_rows *rows)
{
    double *sample = memory_array(groups->models, sizeof *sample);
    for (size_t row = 0; row < groups->rows; row++) {
        size_t count = organization_sample(groups, row, value, sample);
        if (rows->zeros != NULL) {
            rows->zeros[row] = share_of_zeros(sample, count);
        }
        count = to_coordinates(grid, sample, count);
        rows->n[row] = (double)count;
        rows->bandwidth[row] = count >= minimum ? density_bandwidth(sample, count) : (double)NAN;
        double *density = &rows->density[row * grid->points];
        if (!isnan(rows->bandwidth[row])) {
            density_evaluate(grid, sample, count, rows->bandwidth[row], density);
            continue;
        }
        for (size_t i = 0; i < grid->points; i++) {
            density[i] = (double)NAN;
        }
    }
    free(sample);
}

double density_count_at(const struct series *series, double age)
{
    if (age < series->age[0] || age > series->age[series->count - 1]) {
        return (double)NAN;
    }
    size_t k = 0;
    while (series->age[k] < age) {
        k++;
    }
    if (series->age[k] == age) {
        return series->observed[k];
    }
    const double share = (age - series->age[k - 1]) / (series->age[k] - series->age[k - 1]);
    return series->observed[k - 1] + share * (series->observed[k] - series->observed[k - 1]);
}

void density_histogram_edges(const struct density_grid *grid, size_t bins, double *edge)
{
    const double low = grid->coordinate[0];
    const double width = (grid->coordinate[grid->points - 1] - low) / (double)bins;
    for (size_t i = 0; i <= bins; i++) {
        const double u = low + (double)i * width;
        edge[i] = grid->logarithmic ? exp(u) : u;
    }
}

/** The last bin whose lower edge is not above value; bin 0 if there is none. */
static size_t bin_of(const double *edge, size_t bins, double value)
{
    size_t low = 0;
    size_t high = bins;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (edge[middle] <= value) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

void density_histogram(const struct organization_groups *groups, const double *value,
                       const double *edge, size_t bins, double *count)
{
    double *sample = memory_array(groups->models, sizeof *sample);
    for (size_t row = 0; row < groups->rows; row++) {
        const size_t n = organization_sample(groups, row, value, sample);
        double *row_count = &count[row * bins];
        for (size_t i = 0; i < bins; i++) {
            row_count[i] = 0.0;
        }
        for (size_t i = 0; i < n; i++) {
            row_count[bin_of(edge, bins, sample[i])] += 1.0;
        }
    }
    free(sample);
}

/** The correlation matrix of three samples of n; work: [2 n]. */
static void correlate(double *const sample[DENSITY_PARAMETERS], size_t n, double *work,
                      double *correlation)
{
    for (size_t i = 0; i < DENSITY_PARAMETERS; i++) {
        for (size_t j = 0; j < DENSITY_PARAMETERS; j++) {
            double rho =
                n >= 3 ? gsl_stats_spearman(sample[i], 1, sample[j], 1, n, work) : (double)NAN;
            /* Rounding must not leave the range: readers mask what lies outside. */
            correlation[i * DENSITY_PARAMETERS + j] = rho > 1 ? 1 : rho < -1 ? -1 : rho;
        }
    }
}

void density_rank_correlation(const struct organization_groups *groups,
                              const double *const value[DENSITY_PARAMETERS], double *correlation,
                              double *n)
{
    /* A model takes part only with all three parameters: blank the others, so that the samples of
       the three stay aligned. */
    double *complete[DENSITY_PARAMETERS];
    double *sample[DENSITY_PARAMETERS];
    for (size_t p = 0; p < DENSITY_PARAMETERS; p++) {
        complete[p] = memory_array(groups->models, sizeof(double));
        sample[p] = memory_array(groups->models, sizeof(double));
        for (size_t i = 0; i < groups->models; i++) {
            const bool all = !isnan(value[0][i]) && !isnan(value[1][i]) && !isnan(value[2][i]);
            complete[p][i] = all ? value[p][i] : (double)NAN;
        }
    }
    double *work = memory_array(2 * groups->models, sizeof *work);
    for (size_t row = 0; row < groups->rows; row++) {
        size_t count = 0;
        for (size_t p = 0; p < DENSITY_PARAMETERS; p++) {
            count = organization_sample(groups, row, complete[p], sample[p]);
        }
        n[row] = (double)count;
        correlate(sample, count, work, &correlation[row * DENSITY_PARAMETERS * DENSITY_PARAMETERS]);
    }
    for (size_t p = 0; p < DENSITY_PARAMETERS; p++) {
        free(complete[p]);
        free(sample[p]);
    }
    free(work);
}
