/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The prior learned over any number of ranks, against one learned by each rank alone; run by
 * tests/run_mpi.sh. */
#include "learning.h"

#include "growth.h"
#include "memory.h"
#include "option.h"
#include "reader.h"
#include "tap_mpi.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char folder[] = "../shared/data/hf_2025-02-18/finetune";

enum { MODELS = 300, POINTS = 20, OLDEST = 40, ORGANIZATIONS = 7, EM_STEPS = 3 };

/* Rounded curves with parameters spread over a lattice: five blocks of the E step. */
static void fill(struct catalog *catalog)
{
    for (size_t i = 0; i < MODELS; i++) {
        struct growth_parameters parameters = {
            .fitness = 0.5 + (double)(i % 5),
            .immediacy = 1 + 0.2 * (double)(i / 5 % 6),
            .longevity = 0.6 + 0.2 * (double)(i / 30 % 4),
        };
        double age[POINTS];
        double observed[POINTS];
        for (size_t k = 0; k < POINTS; k++) {
            age[k] = (double)k;
            observed[k] = round(growth_count(&parameters, 30, (double)k));
        }
        char name[32];
        char organization[32];
        (void)snprintf(name, sizeof name, "model-%zu", i);
        (void)snprintf(organization, sizeof organization, "organization-%zu", i % ORGANIZATIONS);
        struct series series = {
            .name = name,
            .organization = catalog_organization(catalog, organization),
            .release_date = 19000 + (int32_t)i,
            .count = 5 + i % (POINTS - 4),
            .age = age,
            .observed = observed,
        };
        (void)catalog_append(catalog, &series);
    }
    catalog_finish(catalog);
}

static bool same_catalog(const struct catalog *a, const struct catalog *b)
{
    bool same = a->step == b->step && a->end_date == b->end_date &&
                a->series_count == b->series_count &&
                a->organization_count == b->organization_count;
    for (size_t i = 0; same && i < a->organization_count; i++) {
        same = strcmp(a->organization_name[i], b->organization_name[i]) == 0 &&
               dictionary_find(&b->organization_index, a->organization_name[i]) == i;
    }
    for (size_t i = 0; same && i < a->series_count; i++) {
        const struct series *x = &a->series[i];
        const struct series *y = &b->series[i];
        same = strcmp(x->name, y->name) == 0 && x->organization == y->organization &&
               x->release_date == y->release_date && x->count == y->count &&
               memcmp(x->observed, y->observed, x->count * sizeof(double)) == 0;
    }
    return same;
}

static struct forecaster *learned(const struct catalog *catalog, const struct grid *grid,
                                  enum config_pool pool, const struct forecaster_exchange *exchange)
{
    struct config config;
    option_defaults(&config);
    config.hierarchy.pool = pool;
    config.hierarchy.em_steps = EM_STEPS;
    struct forecaster_settings settings = forecaster_settings_make(&config, catalog->step);
    struct forecaster *forecaster =
        forecaster_create(&settings, grid, OLDEST, 1, catalog->organization_count);
    struct forecaster_series *series = memory_array(catalog->series_count, sizeof *series);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *from = &catalog->series[i];
        series[i] = (struct forecaster_series){
            .points = {from->count, from->age, from->observed},
            .name = from->name,
            .organization = from->organization,
        };
    }
    forecaster_learn(forecaster, catalog->series_count, series, exchange, NULL);
    free(series);
    return forecaster;
}

static void test_pool(struct tap_mpi *tap, const struct catalog *catalog, const struct grid *grid,
                      enum config_pool pool, const char *what)
{
    struct forecaster_exchange exchange = learning_exchange(tap->transport);
    struct forecaster *together = learned(catalog, grid, pool, &exchange);
    struct forecaster *alone = learned(catalog, grid, pool, NULL);
    size_t offsets = catalog->organization_count * GRID_AXES * sizeof(double);
    tap_mpi_ok(tap,
               memcmp(forecaster_prior(together), forecaster_prior(alone),
                      sizeof(struct hierarchy_prior)) == 0 &&
                   memcmp(forecaster_offset(together), forecaster_offset(alone), offsets) == 0,
               "the prior of %s has the bits of a single process on every rank", what);
    struct hierarchy_prior start = hierarchy_prior_start(grid, 2);
    tap_mpi_ok(tap, memcmp(&start, forecaster_prior(together), sizeof start) != 0,
               "and is not the prior from which learning starts");
    forecaster_free(together);
    forecaster_free(alone);
}

/** The same on the authors' fine-tune counts and the default grid, where they are. */
static void test_real(struct tap_mpi *tap)
{
    const char *path = folder;
    struct config config;
    struct catalog catalog = {0};
    struct reader_report report = {0};
    struct error error = {0};
    option_defaults(&config);
    if (access(folder, R_OK) != 0) {
        return;
    }
    bool done = reader_read(&config.input, &path, 1, &catalog, &report, &error);
    tap_mpi_ok(tap, done, "%zu published series", catalog.series_count);
    struct grid *grid = grid_create(&config.hierarchy, catalog.step, 0);
    test_pool(tap, &catalog, grid, POOL_ALL, "published series");
    grid_free(grid);
    reader_report_free(&report);
    catalog_free(&catalog);
}

int main(int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    struct tap_mpi tap = {.transport = transport_open(&argc, &argv)};
    struct catalog expected = {0};
    struct catalog catalog = {0};
    struct error error = {0};
    fill(&expected);
    if (transport_rank(tap.transport) == 0) {
        fill(&catalog);
    }
    bool shared = learning_share_catalog(tap.transport, &catalog, &error);
    tap_mpi_ok(&tap, shared && same_catalog(&expected, &catalog), "every rank has the catalog");

    struct config config;
    option_defaults(&config);
    config.hierarchy.ultimate_nodes = 9;
    config.hierarchy.immediacy_nodes = 5;
    config.hierarchy.longevity_nodes = 3;
    struct grid *grid = grid_create(&config.hierarchy, catalog.step, 1e4);
    test_pool(&tap, &catalog, grid, POOL_ALL, "all models");
    test_pool(&tap, &catalog, grid, POOL_ORGANIZATION, "organizations");
    grid_free(grid);
    test_real(&tap);
    catalog_free(&catalog);
    catalog_free(&expected);
    return transport_close(tap.transport, tap_mpi_done(&tap));
}
