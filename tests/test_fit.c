/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Point estimates: known curves are recovered, closed forms met, and data that leave something
 * undetermined end in a status and flags. The truth is always the test's own.
 */
#include "fit.h"
#include "growth.h"
#include "likelihood.h"
#include "tap.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <string.h>

enum { MAX_POINTS = 64 };

static const struct config_fit defaults = {.method = FIT_LEAST_SQUARES,
                                           .confidence = 0.95,
                                           .step_fraction = 0.5,
                                           .low_count = 10.0,
                                           .short_series = 7};

struct series {
    size_t count;
    double time[MAX_POINTS];
    double observed[MAX_POINTS];
};

static struct fit_estimate fit(enum config_fit_method method, const struct series *series,
                               double scale)
{
    struct config_fit config = defaults;
    config.method = method;
    const struct fit_problem problem = {
        .count = series->count, .time = series->time, .observed = series->observed, .scale = scale};
    struct fit_workspace *workspace = fit_workspace_create(MAX_POINTS);
    struct fit_estimate estimate;
    fit_series(&config, &problem, workspace, &estimate);
    fit_workspace_free(workspace);
    return estimate;
}

/** A curve's values at 0, 1, ..., last. */
static struct series curve(const struct growth_parameters *truth, double scale, size_t last)
{
    struct series series = {.count = last + 1};
    for (size_t k = 0; k <= last; k++) {
        series.time[k] = (double)k;
        series.observed[k] = growth_count(truth, scale, (double)k);
    }
    return series;
}

static struct series counts(size_t count, const double *observed)
{
    struct series series = {.count = count};
    for (size_t k = 0; k < count; k++) {
        series.time[k] = (double)k;
        series.observed[k] = observed[k];
    }
    return series;
}

static double parameter_error(const struct growth_parameters *actual,
                              const struct growth_parameters *expected)
{
    return fmax(fabs(actual->fitness / expected->fitness - 1.0),
                fmax(fabs(actual->immediacy - expected->immediacy),
                     fabs(actual->longevity / expected->longevity - 1.0)));
}

/** Curves without noise that have passed their impact time: all methods must find them. */
static void test_recovery(void)
{
    static const struct growth_parameters truth[] = {
        {2.5, 1.5, 0.8}, {6.0, 2.0, 1.2},  {9.0, 2.5, 0.9}, {4.0, 0.5, 0.6},
        {0.8, 2.0, 0.7}, {12.0, 2.2, 1.5}, {5.0, 3.0, 0.4}, {3.0, 1.0, 2.0},
    };
    static const enum config_fit_method method[] = {FIT_LEAST_SQUARES, FIT_NEGATIVE_BINOMIAL};
    for (size_t m = 0; m < 2; m++) {
        for (size_t k = 0; k < sizeof truth / sizeof *truth; k++) {
            const struct series series = curve(&truth[k], 30.0, 30);
            const struct fit_estimate estimate = fit(method[m], &series, 30.0);
            const double error = parameter_error(&estimate.parameters, &truth[k]);
            tap_ok(estimate.status == FIT_FITTED && error < 1e-6,
                   "%s recovers (%g, %g, %g), error %.1e", fit_method_of(method[m])->name,
                   truth[k].fitness, truth[k].immediacy, truth[k].longevity, error);
            tap_ok((estimate.flags & FIT_FITNESS_UNBOUNDED) == 0, "lambda has an upper bound");
        }
    }
}

/** Another unit of time shifts mu by its logarithm and nothing else. */
static void test_time_unit(void)
{
    const double observed[] = {0, 7, 9, 14, 18, 23, 43, 70, 73, 76, 80, 88, 100, 118, 122, 136};
    struct series series = counts(16, observed);
    const struct fit_estimate months = fit(FIT_LEAST_SQUARES, &series, 30.0);
    for (size_t k = 0; k < series.count; k++) {
        series.time[k] *= 30.4375;
    }
    const struct fit_estimate days = fit(FIT_LEAST_SQUARES, &series, 30.0);
    tap_close(days.parameters.fitness, months.parameters.fitness, 1e-5, "lambda, months and days");
    tap_close(days.parameters.immediacy, months.parameters.immediacy + log(30.4375), 1e-5,
              "mu shifts by the logarithm of the unit");
    tap_close(days.parameters.longevity, months.parameters.longevity, 1e-5, "sigma stays");
    tap_close(days.rmse, months.rmse, 1e-9, "rmse stays");
}

static void test_gaps_and_origin(void)
{
    const struct growth_parameters truth = {5.0, 1.8, 0.9};
    struct series series = {.count = 9};
    static const double age[] = {2.0, 3.0, 5.0, 6.5, 11.0, 12.0, 20.0, 21.0, 34.0};
    for (size_t k = 0; k < series.count; k++) {
        series.time[k] = age[k];
        series.observed[k] = growth_count(&truth, 30.0, age[k]);
    }
    for (int method = FIT_LEAST_SQUARES; method <= FIT_NEGATIVE_BINOMIAL; method++) {
        const struct fit_estimate estimate = fit((enum config_fit_method)method, &series, 30.0);
        tap_ok(parameter_error(&estimate.parameters, &truth) < 1e-6,
               "%s: gaps and a first point after release",
               fit_method_of((enum config_fit_method)method)->name);
    }
}

static void test_statuses(void)
{
    const double zero[] = {0, 0, 0, 0, 0}, few[] = {0, 3, 4}, none[] = {0};
    for (int method = FIT_LEAST_SQUARES; method <= FIT_PAPER; method++) {
        const enum config_fit_method m = (enum config_fit_method)method;
        const char *name = fit_method_of(m)->name;
        struct series series = counts(5, zero);
        struct fit_estimate estimate = fit(m, &series, 30.0);
        tap_ok(estimate.status == FIT_ALL_ZERO && isnan(estimate.parameters.fitness),
               "%s: all zero", name);
        series = counts(1, none);
        tap_ok(fit(m, &series, 30.0).status == FIT_ALL_ZERO, "%s: zero before short", name);
        if (m == FIT_PAPER) {
            continue;
        }
        series = counts(3, few);
        estimate = fit(m, &series, 30.0);
        tap_ok(estimate.status == FIT_TOO_SHORT && isnan(estimate.parameters.longevity) &&
                   isnan(estimate.rmse),
               "%s: two points after release are too short", name);
    }
}

/** What the data leave undetermined: finite values, no crash, the right flags. */
static void test_degenerate(void)
{
    const double constant[] = {0, 5, 5, 5, 5, 5, 5, 5}, jump[] = {0, 0, 0, 0, 90, 90, 90, 90, 90};
    const double three[] = {0, 2, 5, 9};
    const double big = 0x1p53;
    const double huge[] = {0, big / 16, big / 8, big / 5, big / 4, big / 3, big / 2, big};
    const double explosive[] = {0, 0, 0, 1, 3, 14, 90, 700, 9000};
    const struct {
        const char *name;
        struct series series;
        unsigned flags; /* must be set */
        double rmse;    /* at most, least squares */
    } cases[] = {
        {"constant", counts(8, constant), FIT_LOW_COUNT | FIT_STEP_LIKE, 1e-5},
        {"one jump", counts(9, jump), FIT_STEP_LIKE, 1e-4},
        {"three points", counts(4, three), FIT_SHORT_SERIES | FIT_LOW_COUNT | FIT_FITNESS_UNBOUNDED,
         0.1},
        {"2^53", counts(8, huge), 0, 0.1 * big},
        {"explosive", counts(9, explosive), FIT_STEP_LIKE, 30.0},
    };
    for (int method = FIT_LEAST_SQUARES; method <= FIT_PAPER; method++) {
        const enum config_fit_method m = (enum config_fit_method)method;
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            const struct fit_estimate estimate = fit(m, &cases[k].series, 30.0);
            const struct growth_parameters *p = &estimate.parameters;
            tap_ok(isfinite(p->fitness) && p->fitness > 0.0 && isfinite(p->immediacy) &&
                       p->longevity > 0.0 && isfinite(estimate.rmse) &&
                       isfinite(estimate.log_likelihood) && estimate.dispersion > 0.0,
                   "%s, %s: a curve (%g, %g, %g)", fit_method_of(m)->name, cases[k].name,
                   p->fitness, p->immediacy, p->longevity);
            if (m == FIT_PAPER) {
                continue;
            }
            tap_ok(p->fitness <= FIT_FITNESS_LIMIT && p->longevity >= FIT_LONGEVITY_MINIMUM,
                   "%s: within the stated limits", cases[k].name);
            tap_ok((estimate.flags & cases[k].flags) == cases[k].flags, "%s: flags %x",
                   cases[k].name, estimate.flags);
            if (m == FIT_LEAST_SQUARES) {
                tap_ok(estimate.rmse <= cases[k].rmse, "%s: rmse %g", cases[k].name, estimate.rmse);
            }
        }
    }
}

/**
 * The limit of lambda to infinity with fixed height and slope is the power law
 * ln(1 + c/m) = a t^b: least squares runs along the ridge and must say so.
 */
static void test_ridge(void)
{
    struct series series = {.count = 21};
    for (size_t k = 0; k < series.count; k++) {
        series.time[k] = (double)k;
        series.observed[k] = 30.0 * expm1(0.6 * pow((double)k, 0.7));
    }
    const struct fit_estimate estimate = fit(FIT_LEAST_SQUARES, &series, 30.0);
    tap_ok((estimate.flags & FIT_FITNESS_UNBOUNDED) != 0 || estimate.parameters.fitness > 1e5,
           "the power law is the ridge's far end, lambda %g", estimate.parameters.fitness);
    tap_ok(estimate.rmse < 0.02 * series.observed[20], "rmse %g", estimate.rmse);
    tap_ok(estimate.parameters.fitness <= FIT_FITNESS_LIMIT, "the limit holds");
}

/** At a maximum of the likelihood no small move of a parameter gains. */
static void test_likelihood_is_maximal(void)
{
    const double observed[] = {0, 4, 9, 9, 17, 22, 51, 53, 60, 66, 66, 71, 80, 81, 81, 83};
    const struct series series = counts(16, observed);
    const struct fit_estimate estimate = fit(FIT_NEGATIVE_BINOMIAL, &series, 30.0);
    tap_ok(estimate.status == FIT_FITTED && isfinite(estimate.dispersion), "r = %g",
           estimate.dispersion);
    for (int k = 0; k < 8; k++) {
        struct growth_parameters moved = estimate.parameters;
        double dispersion = estimate.dispersion;
        const double factor = k % 2 == 0 ? 1.0 + 1e-4 : 1.0 - 1e-4;
        double *const value[] = {&moved.fitness, &moved.immediacy, &moved.longevity, &dispersion};
        *value[k / 2] *= factor;
        const double there =
            likelihood_increments(&moved, 30.0, dispersion, 16, series.time, series.observed, NULL);
        tap_ok(there <= estimate.log_likelihood, "move %d loses %.1e", k,
               estimate.log_likelihood - there);
    }
    /* increments that vary less than Poisson's */
    const double even[] = {0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200};
    const struct series smooth = counts(11, even);
    tap_ok(isinf(fit(FIT_NEGATIVE_BINOMIAL, &smooth, 30.0).dispersion),
           "even increments have r = infinity");
}

/** The paper's protocol: short series come back as the start, others are pinned at mu = 0. */
static void test_paper(void)
{
    const double short_observed[] = {0, 60, 160, 240};
    struct series series = counts(4, short_observed);
    for (size_t k = 0; k < series.count; k++) {
        series.time[k] /= 12.0;
    }
    struct fit_estimate estimate = fit(FIT_PAPER, &series, 1.0);
    tap_ok(estimate.status == FIT_NOT_CONVERGED && (estimate.flags & FIT_START_RETURNED) != 0,
           "no gradient: the start is returned and says so");
    tap_ok(estimate.parameters.fitness == 0.5 && estimate.parameters.immediacy == 2.0 &&
               estimate.parameters.longevity == 0.5,
           "it is the start exactly");

    /* deepseek-coder-1.3b-instruct; published 9.296402771556979, 1.35e-10, 3.007799206430774 */
    const double observed[] = {0, 7, 9, 14, 18, 23, 43, 70, 73, 76, 80, 88, 100, 118, 122, 136};
    series = counts(16, observed);
    for (size_t k = 0; k < series.count; k++) {
        series.time[k] /= 12.0;
    }
    estimate = fit(FIT_PAPER, &series, 1.0);
    tap_ok(estimate.status == FIT_FITTED && (estimate.flags & FIT_AT_BOUND) != 0, "pinned");
    tap_close(estimate.parameters.fitness, 9.296402771556979, 1e-6, "published lambda");
    tap_close(estimate.parameters.longevity, 3.007799206430774, 1e-6, "published sigma");
    tap_ok(estimate.parameters.immediacy < 1e-6, "mu = 0");
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    test_recovery();
    test_time_unit();
    test_gaps_and_origin();
    test_statuses();
    test_degenerate();
    test_ridge();
    test_likelihood_is_maximal();
    test_paper();
    return tap_done();
}
