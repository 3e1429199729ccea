/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a backtest does: its methods, and the plan made from the configuration. */
#include "backtest.h"

#include "age.h"
#include "memory.h"
#include "suggest.h"

#include <stdlib.h>
#include <string.h>

#define POSTERIOR "posterior of the negative binomial model of increments, its prior learned by EM "
#define CURVE     "c(t + h) of the growth curve fitted to the cumulative counts by "

const struct backtest_description backtest_table[BACKTEST_METHODS] = {
    [BACKTEST_HIERARCHICAL] =
        {"hierarchical",
         POSTERIOR "from the series as known at the origin, with shocks and covariates as in "
                   "[hierarchy]; median of paths drawn from the posterior predictive distribution, "
                   "which start from the last count"},
    [BACKTEST_NO_SHOCKS] = {"no_shocks", "hierarchical, without shocks"},
    [BACKTEST_NO_COHORT] = {"no_cohort", "hierarchical, with one prior mean for all series"},
    [BACKTEST_PLAIN] = {"plain", "hierarchical, without shocks and with one prior mean"},
    [BACKTEST_ORGANIZATION] = {"organization",
                               "hierarchical, with an offset of the prior mean for every "
                               "organization, shrunk to 0"},
    [BACKTEST_REINFORCED] = {"reinforced", "hierarchical, where the mean of the increment after "
                                           "count y is (y + m)(exp(lambda dPhi) - 1)"},
    [BACKTEST_CONSTANT_RATE] = {"constant_rate",
                                "hierarchical, without shocks, random walk and covariates, where "
                                "the mean increment of a series is constant; discount 0.7 a month"},
    [BACKTEST_LAST_VALUE] = {"last_value", "last count"},
    [BACKTEST_DRIFT1] = {"drift1",
                         "last count plus h times the mean increment over the last month"},
    [BACKTEST_DRIFT3] = {"drift3", "last count plus h times the mean increment over the last three "
                                   "months: the baseline of win rates and ratios"},
    [BACKTEST_DAMPED_DRIFT] = {"damped_drift",
                               "as drift3, with an increment that falls by the factor 0.9 a month"},
    [BACKTEST_THETA] = {"theta",
                        "last count plus h times half the slope of the least-squares line through "
                        "the cumulative counts"},
    [BACKTEST_LEAST_SQUARES] = {"least_squares",
                                CURVE "global least squares, m as in [model], t in steps"},
    [BACKTEST_PAPER] = {"paper", CURVE "the protocol of Table 1 of arXiv 2502.15987: m = 1, t in "
                                       "years, parameters above 0, one start"},
    [BACKTEST_WEBAPP] = {"webapp", CURVE "the protocol of the authors' web application: as paper, "
                                         "with m = 100 and t in steps"},
    [BACKTEST_AUTO] =
        {"auto",
         "the one of hierarchical, least_squares, drift3 and drift1 with the smallest "
         "mean absolute log error over forecasts made at earlier origins that had "
         "come true by the origin; where there are none, hierarchical for monthly and drift1 "
         "for daily series"},
};

const char *const backtest_length_names[BACKTEST_LENGTHS + 1] = {"short", "middle", "long", NULL};

static size_t find_method(const char *name, size_t length)
{
    size_t method = 0;
    while (method < BACKTEST_METHODS && (strlen(backtest_table[method].name) != length ||
                                         strncmp(backtest_table[method].name, name, length) != 0)) {
        method++;
    }
    return method;
}

static bool unknown_method(const char *name, size_t length, struct error *error)
{
    char *word = memory_array(length + 1, 1);
    memcpy(word, name, length);
    size_t nearest = 0;
    for (size_t method = 1; method < BACKTEST_METHODS; method++) {
        if (suggest_distance(word, backtest_table[method].name) <
            suggest_distance(word, backtest_table[nearest].name)) {
            nearest = method;
        }
    }
    (void)error_set(error, ERROR_USAGE,
                    "backtest.methods: there is no method \"%s\"; the nearest is %s", word,
                    backtest_table[nearest].name);
    free(word);
    return false;
}

bool backtest_methods(const struct config *config, bool use[BACKTEST_METHODS], struct error *error)
{
    const char *next = config->backtest.methods + strspn(config->backtest.methods, ", ");
    for (size_t method = 0; method < BACKTEST_METHODS; method++) {
        use[method] = *next == '\0';
    }
    use[BACKTEST_DRIFT3] = true;
    while (*next != '\0') {
        size_t length = strcspn(next, ", ");
        size_t method = find_method(next, length);
        if (method == BACKTEST_METHODS) {
            return unknown_method(next, length, error);
        }
        use[method] = true;
        next += length;
        next += strspn(next, ", ");
    }
    return true;
}

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/* The list in steps, increasing, each once, times sign. Returns how many. */
static size_t sorted_steps(const struct config_age_list *list, enum series_step step, double sign,
                           double *steps)
{
    size_t count = 0;
    age_list_in_steps(list, step, steps);
    for (size_t i = 0; i < list->count; i++) {
        steps[i] *= sign;
    }
    qsort(steps, list->count, sizeof *steps, compare_numbers);
    for (size_t i = 0; i < list->count; i++) {
        if (count == 0 || steps[i] != steps[count - 1]) {
            steps[count++] = steps[i];
        }
    }
    return count;
}

struct backtest_plan backtest_plan_make(const struct config *config, enum series_step step,
                                        const bool use[BACKTEST_METHODS])
{
    struct backtest_plan plan = {.config = *config, .step = step};
    double horizon[CONFIG_LIST_MAX];
    double sign = config->backtest.origin_kind == ORIGIN_CALENDAR ? -1 : 1;
    memcpy(plan.use, use, sizeof plan.use);
    plan.origins = sorted_steps(&config->backtest.origins, step, sign, plan.position);
    plan.horizons = sorted_steps(&config->forecast.horizons, step, 1, horizon);
    for (size_t h = 0; h < plan.horizons; h++) {
        plan.horizon[h] = (size_t)horizon[h];
    }
    return plan;
}

size_t backtest_row_length(const struct backtest_plan *plan)
{
    return BACKTEST_AUTO * plan->horizons * BACKTEST_VALUES;
}

size_t backtest_record_max(const struct backtest_plan *plan)
{
    return BACKTEST_METHODS * plan->horizons;
}
