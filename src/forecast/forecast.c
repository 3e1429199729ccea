/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast.h"

#include "score.h"

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

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

void forecast_summarise(double *draw, size_t count, const double *probability, size_t quantiles,
                        double *median, double *mean, double *quantile)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += draw[i];
    }
    qsort(draw, count, sizeof *draw, compare_numbers);
    *mean = sum / (double)count;
    *median = score_sorted_quantile(draw, count, 0.5);
    for (size_t q = 0; q < quantiles; q++) {
        quantile[q] = score_sorted_quantile(draw, count, probability[q]);
    }
}

double forecast_exceedance(const double *draw, size_t count, double threshold)
{
    size_t reached = 0;
    for (size_t i = 0; i < count; i++) {
        reached += draw[i] >= threshold;
    }
    return (double)reached / (double)count;
}

/** The first step at which path i has threshold, found by bisection; steps + 1 if none. */
static size_t first_passage(const double *path, size_t steps, size_t draws, size_t i,
                            double threshold)
{
    size_t low = 0; /* not reached at step low, reached at step high */
    size_t high = steps + 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (path[(middle - 1) * draws + i] >= threshold) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return high;
}

void forecast_time_to_count(const double *path, size_t steps, size_t draws, double last,
                            double threshold, const double *probability, size_t quantiles,
                            double *scratch, double *quantile)
{
    for (size_t i = 0; i < draws; i++) {
        scratch[i] =
            last >= threshold ? 0 : (double)first_passage(path, steps, draws, i, threshold);
    }
    qsort(scratch, draws, sizeof *scratch, compare_numbers);
    for (size_t q = 0; q < quantiles; q++) {
        double value = score_sorted_quantile(scratch, draws, probability[q]);
        quantile[q] = value <= (double)steps ? value : NAN;
    }
}
