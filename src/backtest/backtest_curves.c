/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest_private.h"
#include "fit.h"
#include "forecast.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>

/** What a fit by one protocol needs to be told. */
struct protocol {
    enum config_fit_method method;
    double scale;    /* m */
    double per_year; /* units of t in a year; 0: as many as steps */
};

/** Table 1: m = 1, years. The web application: m = 100, months or, for daily series, days. */
static const double paper_scale = 1, webapp_scale = 100;
static const double months_per_year = 12;

static const double largest_count = 1e12;

struct backtest_curves {
    const struct config *config;
    double step_years;
    struct fit_workspace *workspace;
    double *time; /* [max_points] */
    struct protocol protocol;
    struct fit_estimate estimate;
};

struct backtest_curves *backtest_curves_create(const struct config *config, enum series_step step,
                                               size_t max_points)
{
    struct backtest_curves *curves = memory_array(1, sizeof *curves);
    curves->config = config;
    curves->step_years =
        1 / months_per_year / (step == SERIES_STEP_DAY ? SERIES_DAYS_PER_MONTH : 1);
    curves->workspace = fit_workspace_create(max_points);
    curves->time = memory_array(max_points, sizeof(double));
    return curves;
}

void backtest_curves_free(struct backtest_curves *curves)
{
    if (curves != NULL) {
        fit_workspace_free(curves->workspace);
        free(curves->time);
        free(curves);
    }
}

static struct protocol protocol_of(const struct backtest_curves *curves,
                                   enum backtest_method method)
{
    double steps = 1 / curves->step_years;
    switch (method) {
    case BACKTEST_PAPER:
        return (struct protocol){FIT_PAPER, paper_scale, 1};
    case BACKTEST_WEBAPP:
        return (struct protocol){FIT_PAPER, webapp_scale, steps};
    default:
        return (struct protocol){FIT_LEAST_SQUARES, curves->config->model.scale, steps};
    }
}

void backtest_curves_fit(struct backtest_curves *curves, enum backtest_method method,
                         const struct hierarchy_series *points)
{
    curves->protocol = protocol_of(curves, method);
    double unit = curves->step_years * curves->protocol.per_year;
    for (size_t k = 0; k < points->count; k++) {
        curves->time[k] = points->age[k] * unit;
    }
    struct fit_problem problem = {
        .count = points->count,
        .time = curves->time,
        .observed = points->observed,
        .scale = curves->protocol.scale,
    };
    fit_method_of(curves->protocol.method)
        ->estimate(&curves->config->fit, &problem, curves->workspace, &curves->estimate);
}

double backtest_curves_value(const struct backtest_curves *curves,
                             const struct hierarchy_series *points, size_t ahead)
{
    const struct growth_parameters *parameters = &curves->estimate.parameters;
    double value =
        forecast_curve(parameters, curves->protocol.scale,
                       curves->step_years * curves->protocol.per_year, points, (double)ahead);
    return isnan(value) ? forecast_last_value(points) : fmin(value, largest_count);
}
