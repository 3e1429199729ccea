/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "run_output.h"

#include "age.h"
#include "memory.h"
#include "store_run.h"
#include "store_summary.h"
#include "summary.h"

#include <stdlib.h>
#include <string.h>

/* The rows of slab after slab, their estimates kept for the summaries. */
static bool write_rows(const struct run_output *output, struct store *store,
                       const struct store_run *run, struct summary_estimates *estimates,
                       struct error *error)
{
    const struct analysis_plan *plan = output->plan;
    size_t models = output->catalog->series_count;
    size_t replicates = plan->config.bootstrap.replicates;
    size_t length = analysis_row_length(plan);
    bool kept = length > plan->layout.length;
    double *journaled = memory_array(STORE_SLAB * length, sizeof(double));
    double *rows = memory_array(STORE_SLAB * plan->layout.length, sizeof(double));
    double *parts = memory_array(kept ? 3 * STORE_SLAB * replicates : 0, sizeof(double));
    bool done = true;
    for (size_t first = 0; done && first < models; first += STORE_SLAB) {
        size_t count = models - first < STORE_SLAB ? models - first : STORE_SLAB;
        done = journal_read(output->session->journal, first, count, journaled, error);
        if (!done) {
            break;
        }
        summary_estimates_take(estimates, &plan->layout, first, count, length, journaled);
        for (size_t i = 0; i < count; i++) {
            const double *row = journaled + i * length;
            memcpy(rows + i * plan->layout.length, row, plan->layout.length * sizeof *rows);
            for (size_t p = 0; kept && p < 3; p++) {
                memcpy(parts + (p * STORE_SLAB + i) * replicates,
                       row + plan->layout.length + p * replicates, replicates * sizeof *parts);
            }
        }
        done = store_run_rows(store, run, first, count, rows, error);
        if (done && kept) {
            done = store_run_replicates(store, first, count, replicates, parts,
                                        parts + STORE_SLAB * replicates,
                                        parts + 2 * STORE_SLAB * replicates, error);
        }
    }
    free(journaled);
    free(rows);
    free(parts);
    return done;
}

static bool write_all(const struct run_output *output, struct store *store,
                      const struct store_run *run, struct error *error)
{
    struct summary_estimates estimates = summary_estimates_make(output->catalog->series_count);
    bool done = write_rows(output, store, run, &estimates, error) &&
                summary_write_organizations(store, output->plan, output->catalog, &estimates,
                                            output->analysis, error) &&
                summary_write_densities(store, output->plan, output->catalog, &estimates, error) &&
                store_put_prior(store, analysis_prior(output->analysis),
                                analysis_grid(output->analysis), output->taught, error);
    summary_estimates_free(&estimates);
    return done;
}

bool run_output_write(const struct run_output *output, struct error *error)
{
    const struct analysis_plan *plan = output->plan;
    const struct config *config = &plan->config;
    double horizons[CONFIG_LIST_MAX];
    double milestones[CONFIG_LIST_MAX];
    age_list_in_steps(&config->forecast.horizons, plan->step, horizons);
    age_list_in_steps(&config->density.milestones, plan->step, milestones);
    struct provenance provenance = session_provenance(output->session);
    char *history = session_history(output->session);
    struct store_run run = {
        .command = output->session->line->command->name,
        .config = config,
        .catalog = output->catalog,
        .layout = &plan->layout,
        .provenance = &provenance,
        .history = history,
        .step_time = age_step_time(config->model.time_unit, plan->step),
        .age_count = plan->organizations.grid.age_count,
        .horizon = {config->forecast.horizons.count, horizons},
        .quantile = {config->output.quantiles.count, config->output.quantiles.value},
        .milestone = {config->density.milestones.count, milestones},
        .threshold = {config->forecast.thresholds.count, config->forecast.thresholds.value},
        .skipped_rows = output->session->report.skipped_rows,
    };
    struct store *store = store_run_create(output->session->line->output, &run, error);
    bool done = store != NULL &&
                (output->session->part == NULL ||
                 store_attribute(store, "only", output->session->part, error)) &&
                (output->evidence[0] == '\0' ||
                 store_attribute(store, "forecast_choice", output->evidence, error));
    done = done && write_all(output, store, &run, error);
    if (done) {
        done = store_complete(store, error);
    } else {
        store_discard(store);
    }
    free(history);
    provenance_free(&provenance);
    return done;
}
