/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast.h"

#include "memory.h"
#include "quantile.h"

#include <math.h>
#include <stdlib.h>

double forecast_last_value(const struct hierarchy_series *series)
{
    return series->observed[series->count - 1];
}

/** Mean flow a step over the last `window` steps, taken between observed points. */
static double flow(const struct hierarchy_series *series, double window)
{
    size_t last = series->count - 1;
    size_t first = last;
    while (first > 0 && series->age[last] - series->age[first] < window) {
        first--;
    }
    double steps = series->age[last] - series->age[first];
    return steps > 0 ? (series->observed[last] - series->observed[first]) / steps : 0;
}

double forecast_drift(const struct hierarchy_series *series, double window, double horizon)
{
    return forecast_last_value(series) + horizon * flow(series, window);
}

double forecast_damped_drift(const struct hierarchy_series *series, double window, double damping,
                             double step_months, size_t horizon)
{
    double factor = pow(damping, step_months);
    double sum = 0;
    double power = 1;
    for (size_t j = 0; j < horizon; j++) {
        power *= factor;
        sum += power;
    }
    return forecast_last_value(series) + flow(series, window) * sum;
}

double forecast_theta(const struct hierarchy_series *series, double horizon)
{
    double n = (double)series->count;
    double mean_age = 0;
    double mean_count = 0;
    for (size_t k = 0; k < series->count; k++) {
        mean_age += series->age[k] / n;
        mean_count += series->observed[k] / n;
    }
    double covariance = 0;
    double variance = 0;
    for (size_t k = 0; k < series->count; k++) {
        double age = series->age[k] - mean_age;
        covariance += age * (series->observed[k] - mean_count);
        variance += age * age;
    }
    double slope = variance > 0 ? covariance / variance : 0;
    return forecast_last_value(series) + horizon * slope / 2;
}

double forecast_curve(const struct growth_parameters *parameters, double scale, double time_unit,
                      const struct hierarchy_series *series, double horizon)
{
    double age = series->age[series->count - 1] + horizon;
    return growth_count(parameters, scale, age * time_unit);
}

void forecast_summarise(double *draw, size_t count, const double *probability, size_t quantiles,
                        double *median, double *mean, double *quantile)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += draw[i];
    }
    *mean = sum / (double)count;
    /* The median and the others at once. */
    struct quantile_bracket *bracket = memory_array(quantiles + 1, sizeof *bracket);
    double *all = memory_array(quantiles + 1, sizeof *all);
    for (size_t q = 0; q < quantiles; q++) {
        all[q] = probability[q];
    }
    all[quantiles] = 0.5;
    quantile_brackets(draw, count, all, quantiles + 1, bracket);
    for (size_t q = 0; q < quantiles; q++) {
        quantile[q] = quantile_of(&bracket[q]);
    }
    *median = quantile_of(&bracket[quantiles]);
    free(all);
    free(bracket);
}

static size_t count_reached(const double *draw, size_t count, double threshold)
{
    size_t reached = 0;
    for (size_t i = 0; i < count; i++) {
        reached += draw[i] >= threshold;
    }
    return reached;
}

double forecast_exceedance(const double *draw, size_t count, double threshold)
{
    return (double)count_reached(draw, count, threshold) / (double)count;
}

/** The rank-th smallest number of steps to threshold, found by bisection, since paths rise: the
 *  first step at which more than `rank` paths are there; infinite if there is none. */
static double passage(const double *path, size_t steps, size_t draws, double threshold, size_t rank)
{
    size_t low = 0;
    size_t high = steps + 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (count_reached(path + (middle - 1) * draws, draws, threshold) > rank) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high <= steps ? (double)high : (double)INFINITY;
}

void forecast_time_to_count(const double *path, size_t steps, size_t draws, double last,
                            double threshold, const double *probability, size_t quantiles,
                            double *quantile)
{
    for (size_t q = 0; q < quantiles; q++) {
        double position = probability[q] * (double)(draws - 1);
        size_t rank = (size_t)position;
        struct quantile_bracket bracket = {.fraction = position - (double)rank};
        bracket.lower = passage(path, steps, draws, threshold, rank);
        bracket.upper =
            bracket.fraction > 0 ? passage(path, steps, draws, threshold, rank + 1) : bracket.lower;
        double value = last >= threshold ? 0 : quantile_of(&bracket);
        quantile[q] = value <= (double)steps ? value : NAN;
    }
}
