/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Forecasts from past origins, scored against what came true.
 *
 * A calendar origin k steps before the end of the data drops the last k points of every series.
 * Nothing that became known later enters: priors are learned, and the series to forecast are
 * chosen, by what is left. One origin's work is independent of the others', and within an origin
 * one series' forecasts are independent of the others' once the priors are learned, so that both
 * may be spread over ranks.
 */
#ifndef GROWCAST_BACKTEST_H
#define GROWCAST_BACKTEST_H

#include "config.h"
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
    BACKTEST_LEAST_SQUARES, /**< extrapolated curve, fit.method = least-squares */
    BACKTEST_PAPER,         /**< the same by the Table 1 protocol */
    BACKTEST_WEBAPP,        /**< the same by the protocol of the authors' web application */
    BACKTEST_AUTO,          /**< the method that was best at earlier origins */
    BACKTEST_METHODS,
};

struct backtest_description {
    const char *name;
    const char *definition; /**< one line for the output's attributes */
};

extern const struct backtest_description backtest_table[BACKTEST_METHODS];

/** One origin: the series as they were known then, and the forecasters. */
struct backtest_origin;

/**
 * Cuts every series `back` steps before its last point. index: the origin's number, which keys its
 * random streams. use: [BACKTEST_METHODS], the methods wanted. config and catalog are borrowed. The
 * caller owns the origin.
 */
struct backtest_origin *backtest_origin_create(const struct config *config,
                                               const struct catalog *catalog, uint32_t index,
                                               double back, const bool use[BACKTEST_METHODS]);
void backtest_origin_free(struct backtest_origin *origin);

/** The series as known at the origin, *count of them (borrowed). */
const struct forecaster_series *backtest_origin_series(const struct backtest_origin *origin,
                                                       size_t *count);

/** Learns all priors; collective over the ranks of exchange, NULL in a single process. */
void backtest_origin_learn(struct backtest_origin *origin,
                           const struct forecaster_exchange *exchange);

/** Whether series i (of backtest_origin_series) is forecast: backtest.min_count and
 *  backtest.min_increments reached at the origin, and a later point to compare with. */
bool backtest_origin_target(const struct backtest_origin *origin, size_t i);

/** Most records that one target gives. */
size_t backtest_origin_record_max(const struct backtest_origin *origin);

/**
 * Forecasts series i by every method in use at every horizon whose truth is known. record:
 * [backtest_origin_record_max()], written. Returns how many.
 */
size_t backtest_origin_forecast(struct backtest_origin *origin, size_t i,
                                struct score_forecast *record);

/** All targets of all configured origins in this process. *record is allocated, [returned count],
 *  the caller's; sorted by origin, then series, method, horizon. */
size_t backtest_run(const struct config *config, const struct catalog *catalog,
                    const bool use[BACKTEST_METHODS], struct score_forecast **record);

/** What `auto` chooses from, in the order of preference when they are equally good. */
enum { BACKTEST_CANDIDATES = 4 };
extern const enum backtest_method backtest_candidates[BACKTEST_CANDIDATES];

/** When the origins and horizons of records are. A plain value. */
struct backtest_times {
    size_t origins;
    double back[CONFIG_LIST_MAX];  /**< steps before the end of the data, by origin */
    size_t steps[CONFIG_LIST_MAX]; /**< by horizon */
};

struct backtest_times backtest_times_make(const struct config *config, enum series_step step);

/**
 * The candidate with the least mean absolute log error over the records whose truth was known
 * `back` steps before the end of the data (0: all of them); `otherwise` if there are none.
 * evidence: [BACKTEST_CANDIDATES], written, those errors; NaN: none.
 */
enum backtest_method backtest_choose(size_t count, const struct score_forecast *record,
                                     const struct backtest_times *times, double back,
                                     enum backtest_method otherwise,
                                     double evidence[BACKTEST_CANDIDATES]);

/** Appends the records of BACKTEST_AUTO: at every origin those of the method that was best by what
 *  was known then. *record may move. Returns the new count. */
size_t backtest_add_auto(size_t count, const struct backtest_times *times,
                         enum backtest_method otherwise, struct score_forecast **record);

/** What `auto` falls back on: the hierarchy for monthly series, for daily ones, where it adds
 *  nothing, the flow of the last month. */
enum backtest_method backtest_fallback(enum series_step step);

/**
 * Summary of one method at one origin and one horizon; `all` (UINT32_MAX) for either takes them
 * together. Only targets that drift3 forecasts too, which is all of them.
 */
struct score_summary backtest_summarise(size_t count, const struct score_forecast *record,
                                        uint32_t method, uint32_t origin, uint32_t horizon,
                                        size_t resamples, uint64_t seed);

#define BACKTEST_ALL UINT32_MAX

#endif
