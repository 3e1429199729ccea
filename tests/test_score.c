/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Metrics against closed forms and hand-worked examples. */
#include "score.h"

#include "tap.h"

/** Quantiles, on ln(1 + count), at 1 ... 7: counts e^1 - 1 ... e^7 - 1. */
static void test_interval_score(void)
{
    double quantile[SCORE_QUANTILES];
    for (size_t q = 0; q < SCORE_QUANTILES; q++) {
        quantile[q] = expm1((double)(q + 1));
    }
    /* Truth at the median: widths 6, 4, 2 weighted by alpha/2 = .025, .1, .25; sum 1.05 / 3.5. */
    tap_close(score_weighted_interval(quantile, expm1(4)), 0.3, 1e-12, "truth at the median");
    /* At 8: + 4/2 for the median, and alpha/2 * 2/alpha * (1, 2, 3) = 6: (1.05 + 2 + 6) / 3.5. */
    tap_close(score_weighted_interval(quantile, expm1(8)), 9.05 / 3.5, 1e-12, "truth above all");
    tap_close(score_weighted_interval(quantile, 0), (1.05 + 2 + 6) / 3.5, 1e-12, "truth below all");
}

static void test_errors(void)
{
    tap_close(score_log_error(9, 99), log(10), 1e-15, "log error");
    tap_close(score_percentage_error(9, 12), 0.25, 1e-15, "percentage error");
    tap_ok(isnan(score_percentage_error(1, 0)), "no percentage of 0");
    tap_close(score_scaled_error(10, 4, 3), 2, 1e-15, "scaled error");
    tap_close(score_scaled_error(10, 4, 0.1), 12, 1e-15, "scaled by at least 1/2");
    tap_close(score_scaled_error(1000, 4, 1), 50, 1e-15, "scaled error is capped");
}

static void test_pit(void)
{
    const double draw[8] = {3, 1, 2, 2, 5, 2, 8, 2};
    double lower;
    double upper;
    score_pit_range(draw, 8, 2, &lower, &upper);
    tap_ok(lower == 1.0 / 8 && upper == 5.0 / 8, "a tie spans the draws that are equal");
    score_pit_range(draw, 8, 9, &lower, &upper);
    tap_ok(lower == 1 && upper == 1, "above all draws");
    tap_close(score_inside(0.125, 0.625, 0.5), 0.75, 1e-15, "a tie counts in part");
    tap_close(score_inside(0, 0.2, 0.5) + 1, 1, 1e-15, "outside");
    tap_close(score_inside(0.1, 1, 0.8), 8.0 / 9, 1e-15, "over one end");
    tap_ok(score_inside(0.25, 0.25, 0.5) == 1 && score_inside(1, 1, 0.95) == 0,
           "without a tie inside or not, the ends included");
    const double sorted[5] = {0, 1, 2, 3, 10};
    tap_close(score_sorted_quantile(sorted, 5, 0.875), 6.5, 1e-15, "quantile between two values");
    tap_close(score_sorted_quantile(sorted, 5, 1), 10, 1e-15, "largest");
}

/** Two models: errors of model 0 are half the baseline's, those of model 1 equal to it. */
static void test_summary(void)
{
    enum { COUNT = 8 };
    struct score_forecast own[COUNT];
    struct score_forecast baseline[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        double factor = i < 4 ? 0.5 : 1;
        own[i] = (struct score_forecast){
            .model = i < 4 ? 0 : 7, .value = expm1(2 + factor), .truth = expm1(2), .scale = 1};
        own[i].pit_lower = own[i].pit_upper = (double)(i + 1) / 10; /* .1 ... .8 */
        for (size_t q = 0; q < SCORE_QUANTILES; q++) {
            own[i].quantile[q] = expm1(2);
        }
        baseline[i] = own[i];
        baseline[i].value = expm1(3);
    }
    struct random_stream stream = random_stream_open(1, RANDOM_SCORE, 0, 0);
    struct score_summary summary = score_summarise(COUNT, own, baseline, 500, &stream);
    tap_ok(summary.count == COUNT, "count");
    tap_close(summary.mean_absolute_log_error, 0.75, 1e-12, "mean absolute log error");
    tap_close(summary.ratio, 0.75, 1e-12, "ratio");
    tap_close(summary.win_rate, (4 + 0.5 * 4) / 8, 1e-12, "ties win half");
    tap_close(summary.coverage[0], 5.0 / 8, 1e-12, "central half holds .3 ... .7");
    tap_close(summary.coverage[1], 8.0 / 8, 1e-12, "central 80% holds .1 ... .8");
    tap_close(summary.weighted_interval_score + 1, 1, 1e-12, "a sharp forecast that is right");
    /* Resampling two models gives ratios .5, .75 and 1 with probabilities 1/4, 1/2, 1/4. */
    tap_close(summary.ratio_lower, 0.5, 1e-12, "lower end: model 0 twice");
    tap_close(summary.ratio_upper, 1, 1e-12, "upper end: model 7 twice");
}

int main(void)
{
    test_interval_score();
    test_errors();
    test_pit();
    test_summary();
    return tap_done();
}
