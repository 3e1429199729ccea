/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Forecasts from past origins, scored against what came true.
 *
 * At an origin every series is cut: a calendar origin at -k drops what came after k steps before
 * the series' last point, an origin at age k what came after that age. Nothing that is dropped
 * enters: priors are learned, and the series to forecast are chosen, by what is left. The methods
 * other than `auto` know nothing of other origins, and one series' forecasts are independent of the
 * others' once the priors are learned, so that all of them may be spread over ranks. `auto` is
 * chosen afterwards, from what had come true by then.
 *
 *     every rank:  backtest_plan_make(), then for every origin
 *                  backtest_origin_create(), backtest_origin_learn() (collective),
 *                  backtest_origin_forecast() of some targets -> rows
 *     rank 0:      backtest_origin_records() of all rows, in order; backtest_add_auto();
 *                  backtest_summarise()
 */
#ifndef GROWCAST_BACKTEST_H
#define GROWCAST_BACKTEST_H

#include "config.h"
#include "error.h"
#include "forecaster.h"
#include "score.h"
#include "series.h"

#include <stdbool.h>
#include <stddef.h>

/** The methods of a backtest, in the order of the output's dimension `method`. */
enum backtest_method {
    BACKTEST_HIERARCHICAL,  /**< as configured */
    BACKTEST_NO_SHOCKS,     /**< the same without shocks */
    BACKTEST_NO_COHORT,     /**< the same with one prior mean for all */
    BACKTEST_PLAIN,         /**< without shocks and with one prior mean */
    BACKTEST_ORGANIZATION,  /**< with organizations' offsets */
    BACKTEST_REINFORCED,    /**< mean increment (y + m)(exp(lambda dPhi) - 1) */
    BACKTEST_CONSTANT_RATE, /**< negative binomial with a constant rate and its own prior */
    BACKTEST_LEARNED,       /**< methods before this one are forecasters with a learned prior */
    BACKTEST_LAST_VALUE = BACKTEST_LEARNED,
    BACKTEST_DRIFT1, /**< mean flow of the last month goes on */
    BACKTEST_DRIFT3, /**< mean flow of the last three months goes on: the baseline */
    BACKTEST_DAMPED_DRIFT,
    BACKTEST_THETA,
    BACKTEST_CURVES, /**< methods from here to BACKTEST_WEBAPP extrapolate a fitted curve */
    BACKTEST_LEAST_SQUARES = BACKTEST_CURVES, /**< fit.method = least-squares */
    BACKTEST_PAPER,                           /**< the Table 1 protocol */
    BACKTEST_WEBAPP,                          /**< the protocol of the authors' web application */
    BACKTEST_AUTO,                            /**< the method that was best at earlier origins */
    BACKTEST_METHODS,
};

struct backtest_description {
    const char *name;
    const char *definition; /**< for the output's attributes */
};

extern const struct backtest_description backtest_table[BACKTEST_METHODS];

/** Classes of the time that a series was observed for at the origin. */
enum backtest_length { BACKTEST_SHORT, BACKTEST_MIDDLE, BACKTEST_LONG, BACKTEST_LENGTHS };

/** NULL-terminated. */
extern const char *const backtest_length_names[BACKTEST_LENGTHS + 1];

/** What is forecast, by what and from where. A plain value, the same on every rank. */
struct backtest_plan {
    struct config config;
    enum series_step step;
    bool use[BACKTEST_METHODS];
    size_t origins;
    double position[CONFIG_LIST_MAX]; /**< [origins] steps, increasing: -12 is 12 steps before the
                                           last point, 12 the age of 12 steps */
    size_t horizons;
    size_t horizon[CONFIG_LIST_MAX]; /**< [horizons] steps ahead, increasing */
};

/** Checks backtest.methods and marks its methods, or all, and drift3 in any case. ERROR_USAGE names
 *  a method that there is not. */
bool backtest_methods(const struct config *config, bool use[BACKTEST_METHODS], struct error *error);

/** The configured plan for series of a step. */
struct backtest_plan backtest_plan_make(const struct config *config, enum series_step step,
                                        const bool use[BACKTEST_METHODS]);

/** One origin: the series as they were known then, and the forecasters. */
struct backtest_origin;

/** The plan's origin `index`. plan and catalog are borrowed. The caller owns the origin. */
struct backtest_origin *backtest_origin_create(const struct backtest_plan *plan,
                                               const struct catalog *catalog, size_t index);
void backtest_origin_free(struct backtest_origin *origin);

/** The series as known at the origin, *count of them (borrowed). */
const struct forecaster_series *backtest_origin_series(const struct backtest_origin *origin,
                                                       size_t *count);

/** Whether series i (of backtest_origin_series) is forecast: backtest.min_count and
 *  backtest.min_increments reached at the origin, and a later point to compare with. */
bool backtest_origin_target(const struct backtest_origin *origin, size_t i);

/** Steps to the farthest horizon of target i with a known truth. */
size_t backtest_origin_farthest(const struct backtest_origin *origin, size_t i);

/** Learns all priors; collective over the ranks of exchange, NULL in a single process. */
void backtest_origin_learn(struct backtest_origin *origin,
                           const struct forecaster_exchange *exchange);

/** Values that describe one forecast: value, range of the PIT, PIT and quantiles. */
enum { BACKTEST_VALUES = 4 + SCORE_QUANTILES };

/** Doubles of a row: BACKTEST_VALUES for every horizon for every method but auto. */
size_t backtest_row_length(const struct backtest_plan *plan);

/** Forecasts target i by every method in use; after backtest_origin_learn(). row:
 *  [backtest_row_length()], written; NaN for what there is not. */
void backtest_origin_forecast(struct backtest_origin *origin, size_t i, double *row);

/** Most records that one target gives, auto included. */
size_t backtest_record_max(const struct backtest_plan *plan);

/** The row of target i as records by method and horizon. record: [backtest_record_max()], written.
 *  Returns how many. Needs no priors. */
size_t backtest_origin_records(const struct backtest_origin *origin, size_t i, const double *row,
                               struct score_forecast *record);

/** What `auto` falls back on: the hierarchy for monthly series; for daily ones, where it adds
 *  nothing, the flow of the last month; drift3 if that one is not in use. */
enum backtest_method backtest_fallback(const struct backtest_plan *plan);

/** What `auto` chose at an origin, and why. */
struct backtest_choice {
    uint32_t method;                /**< backtest_fallback() where there is no evidence */
    size_t count;                   /**< forecasts of each candidate that had come true */
    double error[BACKTEST_METHODS]; /**< their mean absolute log error; NaN: no candidate */
};

/**
 * Chooses among the methods that forecast.method offers and that are in use (hierarchical,
 * least_squares for curve, drift3 for drift, drift1 for persistence) the one with the smallest mean
 * absolute log error over the forecasts made at origins before `position`, horizon h from origin e
 * only if e + h <= position: those whose truth was known by then. position = 0 is the end of the
 * data for calendar origins: what a forecast of the future chooses by. The fallback wins ties.
 */
struct backtest_choice backtest_choose(const struct backtest_plan *plan, size_t count,
                                       const struct score_forecast *record, double position);

/**
 * Adds the records of `auto`, copies of the method's that it chose at their origin. record:
 * [count], sorted by origin, series, method, horizon, with room for backtest_record_max() a target;
 * so they are afterwards. choice: [origins], written, or NULL. Returns the new count.
 */
size_t backtest_add_auto(const struct backtest_plan *plan, size_t count,
                         struct score_forecast *record, struct backtest_choice *choice);

/** The whole backtest in this process. *record is allocated, [returned count], the caller's; sorted
 *  by origin, series, method, horizon. choice: [origins], written, or NULL. */
size_t backtest_run(const struct backtest_plan *plan, const struct catalog *catalog,
                    struct score_forecast **record, struct backtest_choice *choice);

/** Which forecasts are summarised; BACKTEST_ALL takes all together. */
#define BACKTEST_ALL UINT32_MAX
struct backtest_selection {
    uint32_t method;  /**< one */
    uint32_t origin;  /**< index, or BACKTEST_ALL */
    uint32_t horizon; /**< index, or BACKTEST_ALL */
    uint32_t length;  /**< enum backtest_length, or BACKTEST_ALL */
};

/** Summary of a selection, with drift3 as the baseline. record: [count], sorted. */
struct score_summary backtest_summarise(const struct backtest_plan *plan, size_t count,
                                        const struct score_forecast *record,
                                        const struct backtest_selection *selection);

/** All summaries of a backtest. Arrays are owned; methods that are not in use have no entries
 *  filled. */
struct backtest_scores {
    struct score_summary *by_horizon; /**< [origins][BACKTEST_METHODS][horizons] */
    struct score_summary *together;   /**< [origins][BACKTEST_METHODS], all horizons */
    struct score_summary *by_length;  /**< [origins][BACKTEST_METHODS][BACKTEST_LENGTHS] */
};

struct backtest_scores backtest_scores_make(const struct backtest_plan *plan, size_t count,
                                            const struct score_forecast *record);
void backtest_scores_free(struct backtest_scores *scores);

#endif
