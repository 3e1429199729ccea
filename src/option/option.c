/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "option.h"

#include "suggest.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const char *const time_units[] = {"step", "month", "day", "year", NULL};
static const char *const input_formats[] = {"auto", "wide-age", "wide-date", "long", NULL};
static const char *const counters[] = {"cumulative", "increment", "trailing30", "trailing30-sum",
                                       NULL};
static const char *const bad_row_actions[] = {"fail", "skip", NULL};
static const char *const fit_methods[] = {"least-squares", "negative-binomial", "paper", NULL};
static const char *const engines[] = {"batched", "gsl", NULL};
static const char *const bootstrap_methods[] = {
    "parametric-nb", "parametric-poisson", "residual", "case", "block", NULL};
static const char *const pools[] = {"all", "organization", "none", NULL};
static const char *const covariate_sets[] = {"none", "cohort", "cohort,size,instruct", NULL};
static const char *const forecast_methods[] = {"hierarchical", "curve", "drift",
                                               "persistence",  "auto",  NULL};
static const char *const origin_kinds[] = {"calendar", "age", NULL};
static const char *const noises[] = {"negative-binomial", "poisson", "none", NULL};
static const char *const collect_counts[] = {"descendants", "downloads", "downloads-all-time",
                                             NULL};
static const char *const collect_relations[] = {"finetune", "adapter", "quantized",
                                                "merge",    "all",     NULL};
static const char *const collect_steps[] = {"month", "day", NULL};
static const char *const collect_undated[] = {"drop", "first-descendant", NULL};
static const char *const collect_left_censored[] = {"keep", "drop", NULL};
static const char *const instruction_sets[] = {"auto", "baseline", "avx2", "avx512", NULL};
static const char *const journal_policies[] = {"sync", "flush", "none", NULL};
static const char *const progress_styles[] = {"auto", "bar", "lines", "none", NULL};

/** The value of a member of struct config, for the operand of _Generic only. */
#define MEMBER(section_, key_) (((struct config *)NULL)->section_.key_)

/* A key's type is the type of its member, so that the two cannot disagree. Enumerated types are
   compatible with unsigned int. */
/* clang-format off */
#define TYPE_OF(section_, key_)                                                                    \
    _Generic(MEMBER(section_, key_),                                                               \
             double: OPTION_REAL,                                                                  \
             uint64_t: OPTION_INTEGER,                                                             \
             bool: OPTION_FLAG,                                                                    \
             unsigned: OPTION_CHOICE,                                                              \
             char *: OPTION_TEXT,                                                                  \
             struct config_list: OPTION_LIST,                                                      \
             struct config_age_list: OPTION_AGES,                                                  \
             struct config_duration: OPTION_DURATION)
/* clang-format on */

#define KEY(section_, key_)                                                                        \
    .section = #section_, .name = #key_, .type = TYPE_OF(section_, key_),                          \
    .offset = offsetof(struct config, section_.key_)

static_assert(sizeof(size_t) == sizeof(uint64_t), "OPTION_INTEGER has 64 bits");

const struct option_key option_table[] = {
    {KEY(model, scale), .initial = "30", .maximum = INFINITY, .open = true, .unit = "count",
     .help = "m of the growth curve c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1), shared by "
             "all series."},
    {KEY(model, time_unit), .initial = "step", .choices = time_units,
     .help = "Unit of t, and so of mu. step is the input's own, month or day; a year is 12 months "
             "or 365.25 days."},

    {KEY(input, format), .initial = "auto", .choices = input_formats,
     .help = "Layout of the input files; auto recognises each file by its header."},
    {KEY(input, counter), .initial = "cumulative", .choices = counters,
     .help = "What the numbers are: cumulative counts, increments per step, the Hub's counter of "
             "the trailing 30 days, or the running sum of that counter."},
    {KEY(input, on_bad_row), .initial = "fail", .choices = bad_row_actions,
     .help = "Whether a bad row ends the run or is reported, left out and counted."},
    {KEY(input, min_final), .initial = "0", .maximum = INFINITY, .unit = "count",
     .help = "Series whose last count is smaller are left out. Choosing series by their last count "
             "looks ahead: do not do it in a backtest."},
    {KEY(input, observation_window), .initial = "1000000", .minimum = 1, .maximum = 1e6,
     .unit = "step",
     .help = "Points at greater ages are left out, as if every series had ended there; applied "
             "after input.min_final. The default is larger than any age."},
    {KEY(input, exclude), .initial = "",
     .help = "File of model names, one a line, with * and ? as wildcards, to leave out."},
    {KEY(input, organizations), .initial = "",
     .help = "CSV file of namespace,organization that merges namespaces into organizations."},

    {KEY(fit, method), .initial = "least-squares", .choices = fit_methods,
     .help =
         "Cost of the point estimate. paper is the protocol of the paper's Table 1; it sets "
         "model.scale = 1 and model.time_unit = year unless the same file, a later one or --set "
         "sets them."},
    {KEY(fit, engine), .initial = "batched", .choices = engines,
     .help = "What refits the replicates: batched uses SIMD lanes, gsl is the slow reference."},
    {KEY(fit, confidence), .initial = "0.95", .maximum = 1, .open = true,
     .help = "Level at which the profile likelihood must bound lambda from above; otherwise the "
             "fit is flagged fitness_unbounded."},
    {KEY(fit, step_fraction), .initial = "0.5", .maximum = 1, .open = true,
     .help = "A series with a single step above this share of its last count is flagged "
             "step_like."},
    {KEY(fit, low_count), .initial = "10", .maximum = INFINITY, .unit = "count",
     .help = "A series whose last count is smaller is flagged low_count."},
    {KEY(fit, short_series), .initial = "7", .maximum = 1e6, .unit = "observation",
     .help = "A series with fewer observations after age 0 is flagged short_series."},

    {KEY(bootstrap, method), .initial = "parametric-nb", .choices = bootstrap_methods,
     .help = "How replicates are drawn: increments from the fitted curve (negative binomial or "
             "Poisson), or resampled residuals, points or blocks of residuals."},
    {KEY(bootstrap, replicates), .initial = "1000", .maximum = 1e7,
     .help = "Refits of every model; 0 for none."},
    {KEY(bootstrap, block_length), .initial = "3", .minimum = 1, .maximum = 1e4, .unit = "step",
     .help = "Length of a block of the block bootstrap."},
    {KEY(bootstrap, keep), .initial = "no",
     .help = "Write every replicate to the group /bootstrap of the output."},

    {KEY(hierarchy, pool), .initial = "all", .choices = pools,
     .help = "What the prior of a series is learned from: all series; all, with an offset of each "
             "organization that is shrunk to 0; or nothing."},
    {KEY(hierarchy, covariates), .initial = "cohort", .choices = covariate_sets,
     .help = "What the mean of the prior depends on: the release cohort (age at the end of the "
             "data); also size and kind read from the name."},
    {KEY(hierarchy, min_count), .initial = "3", .maximum = INFINITY, .unit = "count",
     .help = "Series with a smaller last count, or fewer than 3 increments, do not teach the "
             "prior."},
    {KEY(hierarchy, sample), .initial = "2048", .minimum = 1, .maximum = 1e7, .unit = "model",
     .help = "Most series that teach the prior; above it a fixed random sample of them."},
    {KEY(hierarchy, min_series), .initial = "20", .minimum = 1, .maximum = 1e6,
     .help = "Fewer series than this teach nothing: the prior then stays the wide one."},
    {KEY(hierarchy, em_steps), .initial = "15", .maximum = 1000,
     .help = "Steps of expectation and maximisation that learn the prior."},
    {KEY(hierarchy, shocks), .initial = "yes",
     .help = "Increments are a mixture of ordinary steps and rare shocks."},
    {KEY(hierarchy, shock_probability), .initial = "0.06", .maximum = 1, .open = true,
     .help = "Probability that a step is a shock."},
    {KEY(hierarchy, shock_factor), .initial = "4", .maximum = 1e6, .open = true,
     .help = "The mean of a shock is shock_factor times the ordinary mean plus shock_offset."},
    {KEY(hierarchy, shock_offset), .initial = "2", .maximum = 1e9, .open = true, .unit = "count",
     .help = "See shock_factor."},
    {KEY(hierarchy, shock_dispersion), .initial = "0.5", .maximum = 1e6, .open = true,
     .help = "r of a shock."},
    {KEY(hierarchy, discount), .initial = "0.8", .minimum = 0.01, .maximum = 1,
     .help = "Weight in the likelihood of an increment one month older, when forecasting. The "
             "prior is learned with weight 1."},
    {KEY(hierarchy, random_walk), .initial = "0.15", .maximum = 10,
     .help = "Standard deviation, for one month, of the random walk of the logarithm of a series' "
             "level in forecasts."},
    {KEY(hierarchy, ultimate_range), .initial = "0, 16", .minimum = -20, .maximum = 60,
     .increasing = true, .fewest = 2, .most = 2,
     .help = "Bounds of the grid in the logarithm of the ultimate count. For daily series the "
             "upper one grows to ln(10 times the largest count)."},
    {KEY(hierarchy, ultimate_nodes), .initial = "25", .minimum = 2, .maximum = 1000,
     .help = "Nodes of the grid in the logarithm of the ultimate count."},
    {KEY(hierarchy, immediacy_range), .initial = "-1.5, 5.5", .minimum = -20, .maximum = 20,
     .increasing = true, .fewest = 2, .most = 2, .unit = "ln(month)",
     .help = "Bounds of the grid in mu, whatever the time unit of the output."},
    {KEY(hierarchy, immediacy_nodes), .initial = "11", .minimum = 2, .maximum = 1000,
     .help = "Nodes of the grid in mu."},
    {KEY(hierarchy, longevity_range), .initial = "0.2, 3.5", .minimum = 0.001, .maximum = 100,
     .increasing = true, .fewest = 2, .most = 2,
     .help = "Bounds of the grid in sigma; its nodes are even in ln(sigma)."},
    {KEY(hierarchy, longevity_nodes), .initial = "5", .minimum = 2, .maximum = 1000,
     .help = "Nodes of the grid in ln(sigma)."},
    {KEY(hierarchy, dispersions), .initial = "0.25, 0.6, 1.3, 3, 8, 30", .minimum = 0.001,
     .maximum = 1e6, .increasing = true, .fewest = 1, .most = 9,
     .help = "Values of the grid in r; daily series also get 100, 1000 and 10000."},

    {KEY(forecast, method), .initial = "hierarchical", .choices = forecast_methods,
     .help = "hierarchical: the posterior predictive; curve: the fitted curve's extrapolation; "
             "drift: the mean flow of the last three months goes on; persistence: that of the "
             "last month; auto: chosen by a backtest inside the run."},
    {KEY(forecast, horizons), .initial = "1, 3, 6, 12", .minimum = 1, .maximum = 3660,
     .increasing = true, .fewest = 1, .most = CONFIG_LIST_MAX, .unit = "step",
     .help = "How far ahead of the last observation to forecast."},
    {KEY(forecast, draws), .initial = "1000", .minimum = 10, .maximum = 1e6,
     .help = "Paths drawn from the predictive distribution of every series."},
    {KEY(forecast, thresholds), .initial = "", .minimum = 0, .maximum = INFINITY,
     .increasing = true, .most = CONFIG_LIST_MAX, .unit = "count",
     .help = "Counts for which to give the time until they are reached and the probability to "
             "reach them within each horizon."},

    {KEY(backtest, origin_kind), .initial = "calendar", .choices = origin_kinds,
     .help =
         "What an origin is. calendar: a time before the end of the data, so that nothing known "
         "later enters; age: an age at which every series is cut, so that priors are learned "
         "from others' early months even if these came later."},
    {KEY(backtest, origins), .initial = "12, 9, 6", .minimum = 1, .maximum = 3660, .fewest = 1,
     .most = CONFIG_LIST_MAX, .unit = "step",
     .help = "Origins from which to forecast: times before the end of the data, or ages."},
    {KEY(backtest, methods), .initial = "",
     .help = "Methods to compare, separated by commas; none: all. drift3, the baseline, is always "
             "one of them."},
    {KEY(backtest, min_count), .initial = "5", .maximum = INFINITY, .unit = "count",
     .help = "Series with a smaller count at the origin are not forecast."},
    {KEY(backtest, min_increments), .initial = "3", .minimum = 1, .maximum = 1e4,
     .help = "Series with fewer increments at the origin are not forecast."},
    {KEY(backtest, resamples), .initial = "1000", .minimum = 10, .maximum = 1e6,
     .help = "Bootstrap resamples of models for the intervals of the ratios to drift3."},

    {KEY(output, quantiles), .initial = "0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975", .maximum = 1,
     .open = true, .increasing = true, .fewest = 1, .most = CONFIG_LIST_MAX,
     .help = "Probabilities of every variable with a quantile dimension."},

    {KEY(organization, maximum), .initial = "50", .maximum = 1e6,
     .help = "Number of organizations, largest first, with quantiles of sums over their models."},

    {KEY(density, milestones), .initial = "2, 6, 12", .minimum = 0, .maximum = 1e6,
     .increasing = true, .most = CONFIG_LIST_MAX, .unit = "step",
     .help = "Ages of the densities of cumulative counts."},
    {KEY(density, fitness_range), .initial = "1, 10", .maximum = INFINITY, .increasing = true,
     .fewest = 2, .most = 2,
     .help = "Models with lambda inside this range enter the densities of counts."},
    {KEY(density, points), .initial = "256", .minimum = 2, .maximum = 65536,
     .help = "Points of the grid of every density."},
    {KEY(density, bins), .initial = "40", .minimum = 1, .maximum = 65536,
     .help = "Bins of the histograms of lambda, mu and sigma."},
    {KEY(density, minimum_models), .initial = "5", .minimum = 2, .maximum = 1e9, .unit = "model",
     .help = "An organization with fewer models gets no density."},

    {KEY(simulate, noise), .initial = "negative-binomial", .choices = noises,
     .help = "Distribution of the increments; none writes the curve itself with 17 digits."},
    {KEY(simulate, models), .initial = "0", .maximum = 1e9,
     .help = "Number of series. More than simulate.parameters has rows: the rows are used again. "
             "0: one for each row, or 1000 without a table."},
    {KEY(simulate, organizations), .initial = "50", .minimum = 1, .maximum = 1e6,
     .help = "Organizations of a drawn population; their sizes fall as 1/rank."},
    {KEY(simulate, steps), .initial = "36", .minimum = 1, .maximum = 1e4, .unit = "month",
     .help = "Length of the longest series."},
    {KEY(simulate, release_window), .initial = "33", .maximum = 1e4, .unit = "month",
     .help = "Releases are spread evenly over so many months, so that series have between "
             "simulate.steps less this and simulate.steps months."},
    {KEY(simulate, dispersion), .initial = "3", .maximum = INFINITY, .open = true,
     .help = "r of the negative binomial increments: variance M + M^2/r around the mean M."},
    {KEY(simulate, parameters), .initial = "",
     .help = "CSV file with a header and columns model, fitness, immediacy, longevity to draw the "
             "series from, instead of a population. Optional columns: fitted, m, unit, dispersion, "
             "created_at, organization."},

    {KEY(collect, count), .execution = true, .initial = "descendants", .choices = collect_counts,
     .help = "What growcast collect counts: models made from a model, or its downloads in dated "
             "snapshots, by the Hub's counter of the trailing 30 days or of all time."},
    {KEY(collect, relation), .execution = true, .initial = "finetune", .choices = collect_relations,
     .help = "Which descendants count."},
    {KEY(collect, depth), .execution = true, .initial = "1", .minimum = 1, .maximum = 100,
     .unit = "generation",
     .help = "Generations of descendants: 2 also counts what was made from descendants. Every "
             "descendant counts once."},
    {KEY(collect, fractional), .execution = true, .initial = "no",
     .help = "A model of n bases counts 1/n for each instead of 1. Needs collect.depth = 1."},
    {KEY(collect, step), .execution = true, .initial = "month", .choices = collect_steps,
     .help = "Counts by completed month since release, or by day."},
    {KEY(collect, until), .execution = true, .initial = "",
     .help = "Date of observation, YYYY-MM-DD: what is dated that day or later does not count. "
             "Empty: the latest date in the records, a day that may be incomplete."},
    {KEY(collect, undated), .execution = true, .initial = "drop", .choices = collect_undated,
     .help = "A base without a record of its own has no known release: drop it, or begin at its "
             "first descendant, which makes the model too young."},
    {KEY(collect, left_censored), .execution = true, .initial = "keep",
     .choices = collect_left_censored,
     .help = "Models whose date is the Hub's earliest stamp, 2022-03-02T23:29:04Z, are older than "
             "that: keep them (fit flags them) or leave them out."},
    {KEY(collect, all_models), .execution = true, .initial = "no",
     .help = "Also write models without descendants: series of zeros. From the Hub, the models "
             "asked for are always written, and only they."},
    {KEY(collect, retries), .execution = true, .initial = "6", .maximum = 100,
     .help = "How often a request to the Hub is repeated that failed in a way that may pass."},
    {KEY(collect, backoff), .execution = true, .initial = "1", .maximum = 60, .unit = "second",
     .help = "Wait before the first repetition; it doubles each time, up to a minute. What the "
             "server asks for goes before."},
    {KEY(collect, timeout), .execution = true, .initial = "30", .minimum = 0.1, .maximum = 3600,
     .unit = "second",
     .help = "A request without a connection or without data for this long has "
             "failed."},
    {KEY(collect, longest_wait), .execution = true, .initial = "900", .maximum = 86400,
     .unit = "second",
     .help = "If the server asks for a longer wait, the collection stops (exit code 75), ready "
             "for --resume."},
    {KEY(collect, cache_expiry), .execution = true, .initial = "86400", .maximum = 1e10,
     .unit = "second", .help = "A page in the folder of --cache that is older is requested anew."},

    {KEY(run, seed), .initial = "1", .maximum = 0x1p53,
     .help = "Seed of every random number; the same seed gives the same bits."},
    {KEY(run, instruction_set), .initial = "auto", .choices = instruction_sets,
     .help = "Vector instructions of the batched engine. auto takes the widest set that all ranks "
             "have; bits are the same on the same set where the C library's exp() and log() are "
             "(global attributes instruction_set and elementary_functions)."},
    {KEY(run, chunk), .execution = true, .initial = "0", .maximum = 1e6, .unit = "model",
     .help = "Most models in one work message between ranks; 0: chosen by the program."},
    {KEY(run, progress), .execution = true, .initial = "auto", .choices = progress_styles,
     .help = "How progress is shown on stderr."},
    {KEY(run, time_limit), .execution = true, .initial = "0", .maximum = 1e9, .unit = "second",
     .help = "Stop in an orderly way after this time, ready for --resume; 0: no limit. In a SLURM "
             "job that sets SLURM_JOB_END_TIME its end is a limit too."},
    {KEY(run, grace_time), .execution = true, .initial = "30", .maximum = 1e6, .unit = "second",
     .help = "When stopping, time to collect the work that is under way."},
    {KEY(run, journal), .execution = true, .initial = "sync", .choices = journal_policies,
     .help = "Finished results are kept in OUTPUT.journal, for --resume. sync: a power loss costs "
             "at most a second of work; flush: the system decides when to write; none: no journal, "
             "an interrupted run begins anew."},
    {KEY(run, checkpoint_interval), .execution = true, .initial = "60", .maximum = 1e6,
     .unit = "second",
     .help = "Time between checkpoints of the organizations' sums; a killed run repeats at most "
             "this much work."},
    {KEY(run, chunk_deadline), .execution = true, .initial = "600", .maximum = 1e6, .open = true,
     .unit = "second",
     .help = "A rank that is silent for this time is taken for hung: the run ends, with everything "
             "finished saved."},
};

const size_t option_count = sizeof option_table / sizeof option_table[0];

static_assert(sizeof option_table / sizeof option_table[0] <= OPTION_COUNT_MAX,
              "OPTION_COUNT_MAX is too small");

const struct option_key *option_find(const char *section, const char *name)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_key *key = &option_table[i];
        if (strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0) {
            return key;
        }
    }
    return NULL;
}

/* The right name in a wrong section is a likelier slip than several wrong letters. */
static size_t slip(const struct option_key *key, const char *section, const char *name)
{
    enum { WRONG_SECTION = 3 };
    size_t wrong_name = suggest_distance(name, key->name);
    size_t wrong_section = suggest_distance(section, key->section);
    return wrong_name + (wrong_section < WRONG_SECTION ? wrong_section : WRONG_SECTION);
}

const struct option_key *option_nearest(const char *section, const char *name)
{
    const struct option_key *nearest = &option_table[0];
    for (size_t i = 1; i < option_count; i++) {
        if (slip(&option_table[i], section, name) < slip(nearest, section, name)) {
            nearest = &option_table[i];
        }
    }
    return nearest;
}
