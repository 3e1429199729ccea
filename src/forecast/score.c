/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "score.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>

const double score_probability[SCORE_QUANTILES] = {0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975};

static const double largest_scaled_error = 50;

/** Errors that differ by rounding alone are equal. */
static const double tie = 1e-9;
static const double coverage_level[3] = {0.5, 0.8, 0.95};

double score_log_error(double value, double truth)
{
    return fabs(log1p(value) - log1p(truth));
}

double score_percentage_error(double value, double truth)
{
    return truth > 0 ? fabs(value - truth) / truth : NAN;
}

double score_scaled_error(double value, double truth, double scale)
{
    return fmin(fabs(value - truth) / fmax(scale, 0.5), largest_scaled_error);
}

double score_weighted_interval(const double quantile[SCORE_QUANTILES], double truth)
{
    enum { INTERVALS = SCORE_QUANTILES / 2 };
    double y = log1p(truth);
    double sum = 0.5 * fabs(y - log1p(quantile[INTERVALS]));
    for (size_t k = 0; k < INTERVALS; k++) {
        double alpha = 2 * score_probability[k];
        double lower = log1p(quantile[k]);
        double upper = log1p(quantile[SCORE_QUANTILES - 1 - k]);
        double score = upper - lower + 2 / alpha * (fmax(lower - y, 0) + fmax(y - upper, 0));
        sum += alpha / 2 * score;
    }
    return sum / (INTERVALS + 0.5);
}

void score_pit_range(const double *draw, size_t count, double truth, double *lower, double *upper)
{
    size_t below = 0;
    size_t equal = 0;
    for (size_t i = 0; i < count; i++) {
        below += draw[i] < truth;
        equal += draw[i] == truth;
    }
    *lower = (double)below / (double)count;
    *upper = (double)(below + equal) / (double)count;
}

double score_inside(double lower, double upper, double level)
{
    double from = (1 - level) / 2;
    double to = (1 + level) / 2;
    if (lower == upper) {
        return from <= lower && lower <= to ? 1 : 0;
    }
    return fmax(fmin(upper, to) - fmax(lower, from), 0) / (upper - lower);
}

double score_sorted_quantile(const double *sorted, size_t count, double p)
{
    double position = p * (double)(count - 1);
    size_t below = (size_t)position;
    size_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (position - (double)below) * (sorted[above] - sorted[below]);
}

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *value, size_t count)
{
    qsort(value, count, sizeof *value, compare_numbers);
    return count > 0 ? score_sorted_quantile(value, count, 0.5) : NAN;
}

/** Sums of errors by model, for resampling: [models] each; models without forecasts are left out.
 */
struct clusters {
    size_t count;
    double *error;
    double *baseline;
};

static struct clusters make_clusters(size_t count, const struct score_forecast *forecast,
                                     const struct score_forecast *baseline)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        largest = forecast[i].model > largest ? forecast[i].model : largest;
    }
    size_t models = (size_t)largest + 1;
    struct clusters clusters = {0, memory_array(models, sizeof(double)),
                                memory_array(models, sizeof(double))};
    size_t *size = memory_array(models, sizeof *size);
    for (size_t i = 0; i < count; i++) {
        uint32_t model = forecast[i].model;
        clusters.error[model] += score_log_error(forecast[i].value, forecast[i].truth);
        clusters.baseline[model] += score_log_error(baseline[i].value, baseline[i].truth);
        size[model]++;
    }
    for (size_t model = 0; model < models; model++) {
        if (size[model] > 0) {
            clusters.error[clusters.count] = clusters.error[model];
            clusters.baseline[clusters.count++] = clusters.baseline[model];
        }
    }
    free(size);
    return clusters;
}

static void resample_ratio(const struct clusters *clusters, size_t resamples,
                           struct random_stream *stream, struct score_summary *summary)
{
    double *ratio = memory_array(resamples, sizeof *ratio);
    for (size_t b = 0; b < resamples; b++) {
        double error = 0;
        double baseline = 0;
        for (size_t i = 0; i < clusters->count; i++) {
            size_t chosen = random_below(stream, clusters->count);
            error += clusters->error[chosen];
            baseline += clusters->baseline[chosen];
        }
        ratio[b] = error / baseline;
    }
    qsort(ratio, resamples, sizeof *ratio, compare_numbers);
    summary->ratio_lower = score_sorted_quantile(ratio, resamples, 0.025);
    summary->ratio_upper = score_sorted_quantile(ratio, resamples, 0.975);
    free(ratio);
}

/** Coverage and the interval score, over the forecasts that have a distribution. */
static void summarise_distribution(size_t count, const struct score_forecast *forecast,
                                   struct score_summary *summary)
{
    double inside[3] = {0};
    size_t distributions = 0;
    double interval_score = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(forecast[i].pit_lower)) {
            continue;
        }
        distributions++;
        interval_score += score_weighted_interval(forecast[i].quantile, forecast[i].truth);
        for (size_t k = 0; k < 3; k++) {
            inside[k] +=
                score_inside(forecast[i].pit_lower, forecast[i].pit_upper, coverage_level[k]);
        }
    }
    double n = distributions > 0 ? (double)distributions : NAN;
    summary->distributions = distributions;
    summary->weighted_interval_score = interval_score / n;
    for (size_t k = 0; k < 3; k++) {
        summary->coverage[k] = inside[k] / n;
    }
}

struct score_summary score_summarise(size_t count, const struct score_forecast *forecast,
                                     const struct score_forecast *baseline, size_t resamples,
                                     struct random_stream *stream)
{
    struct score_summary summary = {.count = count};
    double *percentage = memory_array(count, sizeof *percentage);
    size_t percentages = 0;
    double error = 0;
    double baseline_error = 0;
    double scaled = 0;
    double wins = 0;
    for (size_t i = 0; i < count; i++) {
        const struct score_forecast *f = &forecast[i];
        double own = score_log_error(f->value, f->truth);
        double other = score_log_error(baseline[i].value, baseline[i].truth);
        error += own;
        baseline_error += other;
        wins += fabs(own - other) <= tie ? 0.5 : own < other ? 1 : 0;
        scaled += score_scaled_error(f->value, f->truth, f->scale);
        if (f->truth > 0) {
            percentage[percentages++] = score_percentage_error(f->value, f->truth);
        }
    }
    double n = count > 0 ? (double)count : NAN;
    summary.mean_absolute_log_error = error / n;
    summary.scaled_error = scaled / n;
    summary.win_rate = wins / n;
    summary.percentages = percentages;
    summary.median_absolute_percentage_error = median(percentage, percentages);
    summary.ratio = error / baseline_error;
    free(percentage);
    summarise_distribution(count, forecast, &summary);
    summary.ratio_lower = summary.ratio_upper = NAN;
    if (count > 0 && resamples > 0) {
        struct clusters clusters = make_clusters(count, forecast, baseline);
        resample_ratio(&clusters, resamples, stream, &summary);
        free(clusters.error);
        free(clusters.baseline);
    }
    return summary;
}
