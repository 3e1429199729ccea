/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A synthetic run and its output, for the tests of the store and of its readers. */
#ifndef GROWCAST_STORE_FIXTURE_H
#define GROWCAST_STORE_FIXTURE_H

#include "fit.h"
#include "memory.h"
#include "store_run.h"
#include "store_summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AGES = 30, REPLICATES = 5, QUANTILES = 3, HORIZONS = 2 };

/** Rows of organizations: two and "all". */
enum { ROWS = 3, POINTS = 16, BINS = 4, MILESTONES = 2 };

static const double quantile[QUANTILES] = {0.05, 0.5, 0.95};
static const double horizon[HORIZONS] = {1, 3};
static const double milestone[MILESTONES] = {2, 6};

/** Everything that a synthetic run is described by. */
struct fixture {
    struct config config;
    struct catalog catalog;
    struct result_layout layout;
    struct provenance provenance;
    double *rows;
    struct store_run run;
};

/** Model i: observed at ages 0 .. 1 + i % 29, counts age * (i % 7); two organizations. */
static void fill_catalog(struct catalog *catalog, size_t models)
{
    double age[AGES];
    double observed[AGES];
    const size_t organization[2] = {catalog_organization(catalog, "Zoë"),
                                    catalog_organization(catalog, "acme")};
    for (size_t i = 0; i < models; i++) {
        size_t count = 2 + i % (AGES - 1);
        for (size_t k = 0; k < count; k++) {
            age[k] = (double)k;
            observed[k] = (double)(k * (i % 7));
        }
        char name[64];
        (void)snprintf(name, sizeof name, "acme/模型-%zu", i);
        const struct series series = {
            .name = name,
            .organization = organization[i % 2],
            .release_date = i == 0 ? SERIES_NO_DATE : (int32_t)(19000 + i % 300),
            .count = count,
            .age = age,
            .observed = observed,
        };
        (void)catalog_append(catalog, &series);
    }
    catalog_finish(catalog);
}

/** Distinct values: scalar field f of model i is f + i / 8; element k of a wider one adds k. */
static double row_value(size_t field, size_t model, size_t element)
{
    size_t words = 0;
    while (result_table[field].meanings != NULL && result_table[field].meanings[words] != NULL) {
        words++;
    }
    switch (result_table[field].type) {
    case RESULT_FLAGS:
        return (double)(model % 512);
    case RESULT_CATEGORY:
        return (double)(model % words);
    case RESULT_INTEGER:
        return (double)(field + model);
    case RESULT_REAL:
        break;
    }
    return model == 1 && !result_table[field].required
               ? (double)NAN
               : (double)field + (double)model / 8 + (double)element;
}

static struct fixture *fixture_create(size_t models)
{
    struct fixture *fixture = memory_array(1, sizeof *fixture);
    fixture->config.model.scale = 30;
    fill_catalog(&fixture->catalog, models);
    fixture->layout = result_layout_make(QUANTILES, HORIZONS, 0);
    fixture->provenance = provenance_make("Open MPI v4.1.4, package: Debian", "NetCDF 4.9.0",
                                          "baseline", "[run]\nseed = 1\n", UINT64_MAX);
    provenance_add_input(&fixture->provenance, "daten/ä.csv",
                         "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    fixture->rows = memory_array(models * fixture->layout.length, sizeof *fixture->rows);
    for (size_t i = 0; i < models; i++) {
        double *row = fixture->rows + i * fixture->layout.length;
        for (size_t field = 0; field < RESULT_FIELD_COUNT; field++) {
            size_t extent = fixture->layout.extent[result_table[field].dimension];
            for (size_t k = 0; k < extent; k++) {
                row[fixture->layout.offset[field] + k] = row_value(field, i, k);
            }
        }
    }
    fixture->run = (struct store_run){
        .command = "fit",
        .config = &fixture->config,
        .catalog = &fixture->catalog,
        .layout = &fixture->layout,
        .provenance = &fixture->provenance,
        .history = "2026-01-01T00:00:00Z host: growcast fit (1 rank)",
        .step_time = 1,
        .age_count = AGES,
        .horizon = {HORIZONS, horizon},
        .quantile = {QUANTILES, quantile},
        .milestone = {MILESTONES, milestone},
    };
    return fixture;
}

static void fixture_free(struct fixture *fixture)
{
    catalog_free(&fixture->catalog);
    provenance_free(&fixture->provenance);
    free(fixture->rows);
    free(fixture);
}

/** values[count]: first, first + step, ...; owned by the caller. */
static double *ramp(size_t count, double first, double step)
{
    double *values = memory_array(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = first + (double)i * step;
    }
    return values;
}

static bool write_organizations(const struct fixture *fixture, struct store *store,
                                struct error *error)
{
    struct organization_grid grid = organization_grid_make(&fixture->catalog);
    struct organization_counts counts = organization_counts_make(&fixture->catalog, &grid);
    size_t most = ROWS * (grid.age_count + grid.date_count + HORIZONS) * QUANTILES;
    double *values = ramp(most, 0, 0.5);
    double *whole = ramp(ROWS, 10, 1);
    const struct store_organizations organizations = {
        .grid = &grid,
        .counts = &counts,
        .fitted_count = whole,
        .fitness_quantile = values,
        .immediacy_quantile = values,
        .longevity_quantile = values,
        .age_quantile = values,
        .date_quantile = values,
        .forecast_quantile = values,
    };
    bool done = store_put_organizations(store, &organizations, error);
    free(values);
    free(whole);
    organization_counts_free(&counts);
    organization_grid_free(&grid);
    return done;
}

static bool write_densities(struct store *store, struct error *error)
{
    double *value = ramp(POINTS, 1, 0.25);
    double *density = ramp(ROWS * POINTS, 0, 0.01);
    double *other = ramp(ROWS * POINTS, 1, 0.01);
    double *whole = ramp(ROWS * BINS, 5, 1);
    double *edge = ramp(BINS + 1, 1, 1);
    double *correlation = ramp(ROWS * 9, -1, 0.05);
    const struct density_grid grid = {.logarithmic = true, .points = POINTS, .value = value};
    const struct density_rows rows = {density, density, whole, density};
    const struct density_rows later = {other, density, whole, density};
    const struct density_rows milestones[MILESTONES] = {rows, later};
    const struct store_distribution distribution = {&grid, &rows, BINS, edge, whole};
    const struct store_densities densities = {
        .fitness = distribution,
        .immediacy = distribution,
        .longevity = distribution,
        .rank_correlation = correlation,
        .rank_correlation_n = whole,
        .organizations = ROWS,
        .milestones = MILESTONES,
        .count_grid = &grid,
        .count = milestones,
    };
    bool done = store_put_densities(store, &densities, error);
    free(value);
    free(density);
    free(other);
    free(whole);
    free(edge);
    free(correlation);
    return done;
}

static bool write_prior(struct store *store, struct error *error)
{
    const struct hierarchy_prior prior = {
        .covariates = 2,
        .coefficient = {{1, 2, 3}, {4, 5, 6}},
        .covariance = {11, 12, 13, 22, 23, 33},
        .dispersion = {0.25, 0.75},
        .dormant = 0.625,
    };
    const struct grid grid = {.dispersions = 2, .dispersion = {0.5, 8}};
    return store_put_prior(store, &prior, &grid, 17, error);
}

/** Writes the run in slabs of so many models. */
__attribute__((unused)) static bool write_run(const struct fixture *fixture, const char *output,
                                              size_t slab, struct error *error)
{
    struct store *store = store_run_create(output, &fixture->run, error);
    if (store == NULL) {
        return false;
    }
    size_t models = fixture->catalog.series_count;
    double *replicates = memory_array(slab * REPLICATES, sizeof *replicates);
    bool done = true;
    for (size_t first = 0; first < models && done; first += slab) {
        size_t count = models - first < slab ? models - first : slab;
        for (size_t i = 0; i < count * REPLICATES; i++) {
            replicates[i] = (double)(first * REPLICATES + i);
        }
        done = store_run_rows(store, &fixture->run, first, count,
                              fixture->rows + first * fixture->layout.length, error) &&
               store_run_replicates(store, first, count, REPLICATES, replicates, replicates,
                                    replicates, error);
    }
    free(replicates);
    done = done && write_organizations(fixture, store, error) && write_densities(store, error) &&
           write_prior(store, error);
    if (!done) {
        store_discard(store);
        return false;
    }
    return store_complete(store, error);
}

#endif
