/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ensemble.h"

#include "ensemble_curve.h"
#include "growth.h"
#include "memory.h"
#include "quantile.h"
#include "random.h"
#include "replicate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ensemble {
    const struct config *config;
    const struct engine *engine;
    void *workspace;
    struct replicate_generator *generator;
    enum instruction_set set;
    size_t max_points;
    double *memory;   /**< of all arrays of doubles that follow */
    double *observed; /**< [replicates][count] */
    double *weight;   /**< the same, or NULL if the method has no weights */
    double *curve;    /**< [replicates] at one point */
    double *fitted;   /**< [count] curve of the point estimate */
    struct refit_result refits;
    double *parameter[3]; /**< [replicates] lambda, mu, 1 / sigma of the curves */
    double *sample;       /**< [replicates] values whose quantiles are taken */
    struct quantile_bracket *bracket;
    size_t failures; /**< replicates without a fit */
    size_t ridges;
};

/** Takes an array from the memory at *next, on cache lines of its own. */
static double *take(double **next, size_t count)
{
    double *array = *next;
    *next += memory_whole_lines(count);
    return array;
}

struct ensemble *ensemble_create(const struct config *config, const struct engine *engine,
                                 size_t max_points, enum instruction_set set)
{
    enum { OF_REPLICATES = 9 }; /* arrays of one double for each replicate */
    struct ensemble *ensemble = memory_array(1, sizeof *ensemble);
    const size_t replicates = config->bootstrap.replicates;
    const size_t values = replicates * max_points;
    const bool weighted = replicate_is_weighted(config->bootstrap.method);
    ensemble->config = config;
    ensemble->engine = engine;
    ensemble->workspace = engine->create(max_points, set);
    ensemble->generator = replicate_generator_create();
    ensemble->set = set;
    ensemble->max_points = max_points;
    ensemble->memory = memory_pages((weighted ? 2 : 1) * memory_whole_lines(values) +
                                        OF_REPLICATES * memory_whole_lines(replicates) +
                                        memory_whole_lines(max_points),
                                    sizeof(double));
    double *next = ensemble->memory;
    ensemble->observed = take(&next, values);
    ensemble->weight = weighted ? take(&next, values) : NULL;
    ensemble->curve = take(&next, replicates);
    ensemble->fitted = take(&next, max_points);
    ensemble->refits = (struct refit_result){
        .fitness = take(&next, replicates),
        .immediacy = take(&next, replicates),
        .longevity = take(&next, replicates),
        .cost = take(&next, replicates),
        .status = memory_array(replicates, sizeof(unsigned char)),
    };
    for (size_t i = 0; i < 3; i++) {
        ensemble->parameter[i] = take(&next, replicates);
    }
    ensemble->sample = take(&next, replicates);
    ensemble->bracket = memory_array(config->output.quantiles.count, sizeof *ensemble->bracket);
    return ensemble;
}

void ensemble_free(struct ensemble *ensemble)
{
    if (ensemble == NULL) {
        return;
    }
    ensemble->engine->free(ensemble->workspace);
    replicate_generator_free(ensemble->generator);
    free(ensemble->memory);
    free(ensemble->refits.status);
    free(ensemble->bracket);
    free(ensemble);
}

const struct fit_scout *ensemble_scout(const struct ensemble *ensemble)
{
    return ensemble->engine->scout(ensemble->workspace);
}

/** Fills ensemble->fitted; false if there is no finite curve of a fitted point estimate. */
static bool compute_fitted(struct ensemble *ensemble, const struct ensemble_problem *problem)
{
    if (problem->estimate->status != FIT_FITTED) {
        return false;
    }
    for (size_t k = 0; k < problem->count; k++) {
        ensemble->fitted[k] =
            growth_count(&problem->estimate->parameters, problem->scale, problem->time[k]);
        if (!isfinite(ensemble->fitted[k])) {
            return false;
        }
    }
    return true;
}

static void generate(struct ensemble *ensemble, const struct ensemble_problem *problem)
{
    const struct config *config = ensemble->config;
    const struct replicate_source source = {
        .method = config->bootstrap.method,
        .count = problem->count,
        .time = problem->time,
        .observed = problem->observed,
        .fitted = ensemble->fitted,
        .dispersion = problem->estimate->dispersion,
        .block_length = config->bootstrap.block_length,
        .monotone = config->fit.method == FIT_NEGATIVE_BINOMIAL,
        .seed = config->run.seed,
        .name_hash = random_name_hash(problem->name),
    };
    replicate_prepare(ensemble->generator, &source);
    replicate_generate(ensemble->generator, 0, config->bootstrap.replicates, ensemble->observed,
                       ensemble->weight);
}

static void refit(struct ensemble *ensemble, const struct ensemble_problem *problem)
{
    const struct refit_request request = {
        .method = ensemble->config->fit.method,
        .count = problem->count,
        .time = problem->time,
        .scale = problem->scale,
        .start = problem->estimate->parameters,
        .dispersion = problem->estimate->dispersion,
        .replicates = ensemble->config->bootstrap.replicates,
        .observed = ensemble->observed,
        .weight = ensemble->weight,
    };
    ensemble->engine->refit(ensemble->workspace, &request, &ensemble->refits);
}

static bool has_fit(unsigned char status)
{
    return status == REFIT_CONVERGED || status == REFIT_RIDGE;
}

static void count_statuses(struct ensemble *ensemble)
{
    size_t failures = 0;
    size_t ridges = 0;
    for (size_t b = 0; b < ensemble->config->bootstrap.replicates; b++) {
        failures += has_fit(ensemble->refits.status[b]) ? 0 : 1;
        ridges += ensemble->refits.status[b] == REFIT_RIDGE ? 1 : 0;
    }
    ensemble->failures = failures;
    ensemble->ridges = ridges;
}

/** Fills ensemble->sample with a parameter of the replicates that have a fit, ridges as infinite;
 *  returns how many replicates those are. */
static size_t take_sample(struct ensemble *ensemble, const double *parameter)
{
    const size_t replicates = ensemble->config->bootstrap.replicates;
    if (ensemble->failures == 0 && ensemble->ridges == 0) {
        memcpy(ensemble->sample, parameter, replicates * sizeof *parameter);
        return replicates;
    }
    size_t present = 0;
    for (size_t b = 0; b < replicates; b++) {
        const unsigned char status = ensemble->refits.status[b];
        ensemble->sample[present] = status == REFIT_RIDGE ? (double)INFINITY : parameter[b];
        present += has_fit(status) ? 1 : 0;
    }
    return present;
}

/** Writes the quantiles of a parameter and of an increasing function of it. */
static void summarise(struct ensemble *ensemble, const double *parameter,
                      double (*function)(double value, double scale), double scale,
                      double *quantile, double *function_quantile)
{
    const struct config_list *quantiles = &ensemble->config->output.quantiles;
    const size_t present = take_sample(ensemble, parameter);
    if (present == 0) {
        return;
    }
    quantile_brackets(ensemble->sample, present, quantiles->value, quantiles->count,
                      ensemble->bracket);
    for (size_t i = 0; i < quantiles->count; i++) {
        struct quantile_bracket bracket = ensemble->bracket[i];
        quantile[i] = quantile_of(&bracket);
        if (function != NULL) {
            bracket.lower = function(bracket.lower, scale);
            bracket.upper = function(bracket.upper, scale);
            function_quantile[i] = quantile_of(&bracket);
        }
    }
}

static double impact_time(double immediacy, double scale)
{
    (void)scale;
    return exp(immediacy);
}

static void write_row(struct ensemble *ensemble, const struct ensemble_problem *problem,
                      const struct result_layout *layout, double *row)
{
    const struct refit_result *refits = &ensemble->refits;
    row[layout->offset[RESULT_BOOTSTRAP_FAILURES]] = (double)ensemble->failures;
    row[layout->offset[RESULT_BOOTSTRAP_RIDGES]] = (double)ensemble->ridges;
    summarise(ensemble, refits->fitness, growth_ultimate, problem->scale,
              &row[layout->offset[RESULT_FITNESS_QUANTILE]],
              &row[layout->offset[RESULT_ULTIMATE_COUNT_QUANTILE]]);
    summarise(ensemble, refits->immediacy, impact_time, problem->scale,
              &row[layout->offset[RESULT_IMMEDIACY_QUANTILE]],
              &row[layout->offset[RESULT_IMPACT_TIME_QUANTILE]]);
    summarise(ensemble, refits->longevity, NULL, problem->scale,
              &row[layout->offset[RESULT_LONGEVITY_QUANTILE]], NULL);
}

/** The parameters of each replicate's curve: the point estimate's where it has no fit. */
static void choose_parameters(struct ensemble *ensemble, const struct growth_parameters *estimate)
{
    const struct refit_result *refits = &ensemble->refits;
    const size_t replicates = ensemble->config->bootstrap.replicates;
    memcpy(ensemble->parameter[0], refits->fitness, replicates * sizeof(double));
    memcpy(ensemble->parameter[1], refits->immediacy, replicates * sizeof(double));
    for (size_t b = 0; b < replicates; b++) {
        ensemble->parameter[2][b] = 1.0 / refits->longevity[b];
    }
    for (size_t b = 0; ensemble->failures > 0 && b < replicates; b++) {
        if (!has_fit(refits->status[b])) {
            ensemble->parameter[0][b] = estimate->fitness;
            ensemble->parameter[1][b] = estimate->immediacy;
            ensemble->parameter[2][b] = 1.0 / estimate->longevity;
        }
    }
}

/** Hands the replicates' curves to the sink, a point at a time: they stay in the first-level cache.
 */
static void add_curves(struct ensemble *ensemble, const struct ensemble_problem *problem,
                       const struct ensemble_sink *sink)
{
    const size_t replicates = ensemble->config->bootstrap.replicates;
    const struct ensemble_curves curves = {
        .count = replicates,
        .fitness = ensemble->parameter[0],
        .immediacy = ensemble->parameter[1],
        .steepness = ensemble->parameter[2],
    };
    choose_parameters(ensemble, &problem->estimate->parameters);
    for (size_t k = 0; k < problem->count; k++) {
        ensemble_curve_values(&curves, problem->scale, log(problem->time[k]), ensemble->set,
                              ensemble->curve);
        sink->add(sink->context, k, ensemble->curve, replicates);
    }
}

bool ensemble_run(struct ensemble *ensemble, const struct ensemble_problem *problem,
                  const struct result_layout *layout, double *row, const struct ensemble_sink *sink)
{
    assert(problem->count <= ensemble->max_points);
    const size_t replicates = ensemble->config->bootstrap.replicates;
    if (replicates == 0 || !compute_fitted(ensemble, problem)) {
        return false;
    }
    generate(ensemble, problem);
    refit(ensemble, problem);
    count_statuses(ensemble);
    write_row(ensemble, problem, layout, row);
    if (sink != NULL) {
        add_curves(ensemble, problem, sink);
    }
    return true;
}

const struct refit_result *ensemble_refits(const struct ensemble *ensemble)
{
    return &ensemble->refits;
}
