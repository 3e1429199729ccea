/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "summary.h"

#include "age.h"
#include "density.h"
#include "fit.h"
#include "memory.h"
#include "store_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct summary_estimates summary_estimates_make(size_t models)
{
    return (struct summary_estimates){
        .models = models,
        .fitness = memory_array(models, sizeof(double)),
        .immediacy = memory_array(models, sizeof(double)),
        .longevity = memory_array(models, sizeof(double)),
        .bounded = memory_array(models, sizeof(bool)),
    };
}

void summary_estimates_free(struct summary_estimates *estimates)
{
    free(estimates->fitness);
    free(estimates->immediacy);
    free(estimates->longevity);
    free(estimates->bounded);
    memset(estimates, 0, sizeof *estimates);
}

void summary_estimates_take(struct summary_estimates *estimates, const struct result_layout *layout,
                            size_t first, size_t count, size_t row_length, const double *rows)
{
    for (size_t i = 0; i < count; i++) {
        const double *row = rows + i * row_length;
        bool fitted = row[layout->offset[RESULT_FIT_STATUS]] == FIT_FITTED;
        unsigned flags = (unsigned)row[layout->offset[RESULT_FIT_FLAGS]];
        estimates->fitness[first + i] = fitted ? row[layout->offset[RESULT_FITNESS]] : NAN;
        estimates->immediacy[first + i] = fitted ? row[layout->offset[RESULT_IMMEDIACY]] : NAN;
        estimates->longevity[first + i] = fitted ? row[layout->offset[RESULT_LONGEVITY]] : NAN;
        estimates->bounded[first + i] = fitted && (flags & FIT_FITNESS_UNBOUNDED) == 0;
    }
}

static struct organization_groups group_models(const struct catalog *catalog)
{
    size_t *organization = memory_array(catalog->series_count, sizeof *organization);
    for (size_t i = 0; i < catalog->series_count; i++) {
        organization[i] = catalog->series[i].organization;
    }
    struct organization_groups groups = organization_groups_make(
        organization, catalog->series_count, catalog->organization_count + 1);
    free(organization);
    return groups;
}

/* An estimate on a ridge says where an optimiser stopped; the data say "larger than any bound". */
static void quantiles_of(const struct organization_groups *groups,
                         const struct summary_estimates *estimates, const double *estimate,
                         const struct config_list *probability, double *quantile,
                         double *fitted_count)
{
    double *value = memory_array(estimates->models, sizeof *value);
    for (size_t i = 0; i < estimates->models; i++) {
        bool unbounded = !isnan(estimate[i]) && !estimates->bounded[i];
        value[i] = unbounded ? INFINITY : estimate[i];
    }
    organization_value_quantiles(groups, value, probability->value, probability->count, quantile,
                                 fitted_count);
    free(value);
}

bool summary_write_organizations(struct store *store, const struct analysis_plan *plan,
                                 const struct catalog *catalog,
                                 const struct summary_estimates *estimates,
                                 const struct analysis *analysis, struct error *error)
{
    const struct organization_grid *grid = &plan->organizations.grid;
    const struct config_list *probability = &plan->config.output.quantiles;
    size_t quantiles = probability->count;
    size_t rows = grid->organization_count;
    struct organization_groups groups = group_models(catalog);
    struct organization_counts counts = organization_counts_make(catalog, grid);

    const double *estimate[] = {estimates->fitness, estimates->immediacy, estimates->longevity};
    double *fitted_count = memory_array(rows, sizeof(double));
    double *parameter = memory_array(3 * rows * quantiles, sizeof(double));
    for (size_t p = 0; p < 3; p++) {
        quantiles_of(&groups, estimates, estimate[p], probability, parameter + p * rows * quantiles,
                     fitted_count);
    }
    bool replicated = plan->config.bootstrap.replicates > 0;
    double *by_age = memory_array(rows * grid->age_count * quantiles, sizeof(double));
    double *by_date = memory_array(rows * grid->date_count * quantiles, sizeof(double));
    if (replicated) {
        organization_sums_quantiles(analysis_organization_sums(analysis), &counts,
                                    probability->value, quantiles, by_age, by_date);
    }
    const struct organization_forecasts *forecasts = analysis_organization_forecasts(analysis);
    double *forecast = memory_array(rows * forecasts->horizons * quantiles, sizeof(double));
    organization_forecasts_quantiles(forecasts, probability->value, quantiles, forecast);
    struct store_organizations organizations = {
        .grid = grid,
        .counts = &counts,
        .fitted_count = fitted_count,
        .fitness_quantile = parameter,
        .immediacy_quantile = parameter + rows * quantiles,
        .longevity_quantile = parameter + 2 * rows * quantiles,
        .age_quantile = replicated ? by_age : NULL,
        .date_quantile = replicated ? by_date : NULL,
        .forecast_quantile = forecast,
    };
    bool done = store_put_organizations(store, &organizations, error);
    free(forecast);
    free(by_age);
    free(by_date);
    free(parameter);
    free(fitted_count);
    organization_counts_free(&counts);
    organization_groups_free(&groups);
    return done;
}

/* One parameter's distribution and the memory it stands in. */
struct distribution {
    double *value; /* [models] NaN for models that do not take part */
    struct density_grid grid;
    struct density_rows rows;
    double *edge;
    double *histogram;
};

static struct density_rows allocate_rows(size_t rows, size_t points)
{
    return (struct density_rows){
        .density = memory_array(rows * points, sizeof(double)),
        .bandwidth = memory_array(rows, sizeof(double)),
        .n = memory_array(rows, sizeof(double)),
        .zeros = memory_array(rows, sizeof(double)),
    };
}

static void free_rows(struct density_rows *rows)
{
    free(rows->density);
    free(rows->bandwidth);
    free(rows->n);
    free(rows->zeros);
}

static struct distribution make_distribution(const struct config_density *config,
                                             const struct organization_groups *groups,
                                             const struct summary_estimates *estimates,
                                             const double *estimate, bool logarithmic)
{
    struct distribution distribution = {
        .value = memory_array(estimates->models, sizeof(double)),
        .rows = allocate_rows(groups->rows, config->points),
        .edge = memory_array(config->bins + 1, sizeof(double)),
        .histogram = memory_array(groups->rows * config->bins, sizeof(double)),
    };
    for (size_t i = 0; i < estimates->models; i++) {
        distribution.value[i] = estimates->bounded[i] ? estimate[i] : NAN;
    }
    distribution.grid = density_grid_make(distribution.value, estimates->models, logarithmic,
                                          -INFINITY, config->points);
    density_by_organization(groups, distribution.value, &distribution.grid, config->minimum_models,
                            &distribution.rows);
    density_histogram_edges(&distribution.grid, config->bins, distribution.edge);
    density_histogram(groups, distribution.value, distribution.edge, config->bins,
                      distribution.histogram);
    return distribution;
}

static void free_distribution(struct distribution *distribution)
{
    free(distribution->value);
    density_grid_free(&distribution->grid);
    free_rows(&distribution->rows);
    free(distribution->edge);
    free(distribution->histogram);
}

static struct store_distribution as_stored(const struct distribution *distribution, size_t bins)
{
    return (struct store_distribution){
        .grid = &distribution->grid,
        .rows = &distribution->rows,
        .bins = bins,
        .edge = distribution->edge,
        .histogram = distribution->histogram,
    };
}

/* Counts at the milestones, [milestones][models]; NaN outside density.fitness_range. */
static double *milestone_counts(const struct analysis_plan *plan, const struct catalog *catalog,
                                const struct summary_estimates *estimates)
{
    const struct config_density *config = &plan->config.density;
    size_t models = estimates->models;
    double *count = memory_array(config->milestones.count * models, sizeof *count);
    for (size_t k = 0; k < config->milestones.count; k++) {
        double age = (double)age_in_steps(&config->milestones, k, plan->step);
        for (size_t i = 0; i < models; i++) {
            double fitness = estimates->fitness[i];
            bool inside = fitness >= config->fitness_range.value[0] &&
                          fitness <= config->fitness_range.value[1];
            count[k * models + i] = inside ? density_count_at(&catalog->series[i], age) : NAN;
        }
    }
    return count;
}

bool summary_write_densities(struct store *store, const struct analysis_plan *plan,
                             const struct catalog *catalog,
                             const struct summary_estimates *estimates, struct error *error)
{
    const struct config_density *config = &plan->config.density;
    struct organization_groups groups = group_models(catalog);
    struct distribution fitness =
        make_distribution(config, &groups, estimates, estimates->fitness, true);
    struct distribution immediacy =
        make_distribution(config, &groups, estimates, estimates->immediacy, false);
    struct distribution longevity =
        make_distribution(config, &groups, estimates, estimates->longevity, true);

    const double *values[DENSITY_PARAMETERS] = {fitness.value, immediacy.value, longevity.value};
    double *correlation = memory_array(groups.rows * 9, sizeof *correlation);
    double *correlation_n = memory_array(groups.rows, sizeof *correlation_n);
    density_rank_correlation(&groups, values, correlation, correlation_n);

    /* One count is the least there is, so ln 1 is where the axis of counts ends. */
    size_t milestones = config->milestones.count;
    double *count = milestone_counts(plan, catalog, estimates);
    struct density_grid count_grid =
        density_grid_make(count, milestones * estimates->models, true, 0, config->points);
    struct density_rows *count_rows = memory_array(milestones, sizeof *count_rows);
    for (size_t k = 0; k < milestones; k++) {
        count_rows[k] = allocate_rows(groups.rows, config->points);
        density_by_organization(&groups, count + k * estimates->models, &count_grid,
                                config->minimum_models, &count_rows[k]);
    }
    struct store_densities densities = {
        .fitness = as_stored(&fitness, config->bins),
        .immediacy = as_stored(&immediacy, config->bins),
        .longevity = as_stored(&longevity, config->bins),
        .rank_correlation = correlation,
        .rank_correlation_n = correlation_n,
        .organizations = groups.rows,
        .milestones = milestones,
        .count_grid = &count_grid,
        .count = count_rows,
    };
    bool done = store_put_densities(store, &densities, error);

    for (size_t k = 0; k < milestones; k++) {
        free_rows(&count_rows[k]);
    }
    free(count_rows);
    density_grid_free(&count_grid);
    free(count);
    free(correlation);
    free(correlation_n);
    free_distribution(&fitness);
    free_distribution(&immediacy);
    free_distribution(&longevity);
    organization_groups_free(&groups);
    return done;
}
