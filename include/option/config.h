/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The settings of a run: one plain struct, one section a member.
 *
 * Every key, its type, default, range, unit and help stand once, in the descriptor table of
 * option.c; that table fills this struct and documents it. The struct holds no pointers: rank 0
 * reads the files and broadcasts it as bytes.
 */
#ifndef GROWCAST_CONFIG_H
#define GROWCAST_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONFIG_LIST_MAX = 32, CONFIG_TEXT_SIZE = 1024 };

struct config_list {
    size_t count;
    double value[CONFIG_LIST_MAX];
};

/** Unit in which an age was written: `6` is in input steps, `30d` in days, `6mo` in months. */
enum config_age_unit { CONFIG_AGE_STEP, CONFIG_AGE_DAY, CONFIG_AGE_MONTH };

struct config_age_list {
    size_t count;
    double value[CONFIG_LIST_MAX];
    enum config_age_unit unit[CONFIG_LIST_MAX];
};

/** A span of wall-clock time: `90` or `90s`, `5min`, `2h`, `1d`. */
struct config_duration {
    double seconds;
};

/** Unit of t in the curve, and so of mu. STEP is the input's own step, month or day. */
enum config_time_unit { TIME_UNIT_STEP, TIME_UNIT_MONTH, TIME_UNIT_DAY, TIME_UNIT_YEAR };

struct config_model {
    double scale; /**< m of the curve, in counts */
    enum config_time_unit time_unit;
};

enum config_input_format {
    INPUT_FORMAT_AUTO,
    INPUT_FORMAT_WIDE_AGE,
    INPUT_FORMAT_WIDE_DATE,
    INPUT_FORMAT_LONG,
};

enum config_counter {
    COUNTER_CUMULATIVE,
    COUNTER_INCREMENT,
    COUNTER_TRAILING30,
    COUNTER_TRAILING30_SUM,
};

enum config_on_bad_row { ON_BAD_ROW_FAIL, ON_BAD_ROW_SKIP };

struct config_input {
    enum config_input_format format;
    enum config_counter counter;
    enum config_on_bad_row on_bad_row;
    double min_final;               /**< leave out series whose last count is below, counts */
    size_t observation_window;      /**< leave out points at ages above this, steps */
    char exclude[CONFIG_TEXT_SIZE]; /**< file of model names or patterns to leave out, or "" */
    char organizations[CONFIG_TEXT_SIZE]; /**< file of namespace,organization, or "" */
};

enum config_fit_method { FIT_LEAST_SQUARES, FIT_NEGATIVE_BINOMIAL, FIT_PAPER };

enum config_engine { ENGINE_BATCHED, ENGINE_GSL };

struct config_fit {
    enum config_fit_method method;
    enum config_engine engine;
    double confidence;    /**< level of the profile likelihood's verdict `unbounded`, in (0, 1) */
    double step_fraction; /**< a single step above this share of the last count is `step_like` */
    double low_count;     /**< a last count below this is flagged `low_count`, counts */
    size_t short_series;  /**< fewer observed ages after age 0 than this is flagged */
};

enum config_bootstrap_method {
    BOOTSTRAP_PARAMETRIC_NB,
    BOOTSTRAP_PARAMETRIC_POISSON,
    BOOTSTRAP_RESIDUAL,
    BOOTSTRAP_CASE,
    BOOTSTRAP_BLOCK,
};

struct config_bootstrap {
    enum config_bootstrap_method method;
    size_t replicates;   /**< refits per model; 0: none */
    size_t block_length; /**< of the block bootstrap, points */
    bool keep;           /**< write every replicate to group /bootstrap */
};

enum config_pool { POOL_ALL, POOL_ORGANIZATION, POOL_NONE };

/** What the mean of the prior depends on, beside a constant. */
enum config_covariates { COVARIATES_NONE, COVARIATES_COHORT, COVARIATES_NAMES };

struct config_hierarchy {
    enum config_pool pool;
    enum config_covariates covariates;
    double min_count;         /**< last count of the series that teach the prior, at least this */
    size_t sample;            /**< at most so many series teach the prior */
    size_t min_series;        /**< fewer than this teach nothing: the prior stays wide */
    size_t em_steps;          /**< steps of expectation and maximisation */
    bool shocks;              /**< increments are a mixture of ordinary steps and shocks */
    double shock_probability; /**< in (0, 1) */
    double shock_factor;      /**< mean of a shock: factor * M + offset */
    double shock_offset;      /**< counts */
    double shock_dispersion;  /**< r of a shock */
    double discount;          /**< weight of an increment a month older, when forecasting */
    double random_walk;       /**< standard deviation of the log level's step a month, forecasts */
    struct config_list ultimate_range; /**< two numbers: ln(ultimate count), the grid's A */
    size_t ultimate_nodes;
    struct config_list immediacy_range; /**< two numbers: mu in ln(months) */
    size_t immediacy_nodes;
    struct config_list longevity_range; /**< two numbers: sigma; nodes are even in ln(sigma) */
    size_t longevity_nodes;
    struct config_list dispersions; /**< r of the grid, increasing */
};

enum config_forecast_method {
    FORECAST_HIERARCHICAL,
    FORECAST_CURVE,
    FORECAST_DRIFT,
    FORECAST_PERSISTENCE,
    FORECAST_AUTO,
};

struct config_forecast {
    enum config_forecast_method method;
    struct config_age_list horizons; /**< ahead of the last observation */
    size_t draws;                    /**< paths drawn from the predictive distribution */
    struct config_list thresholds;   /**< counts of exceedance_probability and time_to_count */
};

/** Where the series are cut: at a time before their end, or at an age. */
enum config_origin_kind { ORIGIN_CALENDAR, ORIGIN_AGE };

struct config_backtest {
    enum config_origin_kind origin_kind;
    struct config_age_list origins; /**< time before the end of the data, or ages */
    char methods[CONFIG_TEXT_SIZE]; /**< names of methods, or "" for all */
    double min_count;               /**< last count at the origin of the series forecast */
    size_t min_increments;          /**< increments known at the origin, at least */
    size_t resamples;               /**< of models, for the interval of a ratio */
};

struct config_output {
    struct config_list quantiles; /**< probabilities of every _quantile variable, increasing */
};

struct config_organization {
    size_t maximum; /**< organizations with replicate sums, the largest first; the rest have none */
};

struct config_density {
    struct config_age_list milestones; /**< ages of count_density */
    struct config_list fitness_range;  /**< two numbers: models with fitness inside count */
    size_t points;                     /**< grid points of every density */
    size_t bins;                       /**< of the histograms */
    size_t minimum_models;             /**< fewer models than this give no density */
};

enum config_noise { NOISE_NEGATIVE_BINOMIAL, NOISE_POISSON, NOISE_NONE };

struct config_simulate {
    enum config_noise noise;
    size_t models;                     /**< series to draw; 0: the rows of `parameters`, or 1000 */
    size_t organizations;              /**< organizations of a drawn population */
    size_t steps;                      /**< longest series, months */
    size_t release_window;             /**< months over which releases are spread */
    double dispersion;                 /**< r of the noise: variance M + M^2/r */
    char parameters[CONFIG_TEXT_SIZE]; /**< CSV of model,fitness,immediacy,longevity */
};

/** What a series of growcast collect counts. */
enum config_collect_count {
    COLLECT_COUNT_DESCENDANTS,
    COLLECT_COUNT_DOWNLOADS, /**< the Hub's 30-day counter */
    COLLECT_COUNT_DOWNLOADS_ALL_TIME,
};

enum config_collect_relation {
    COLLECT_RELATION_FINETUNE,
    COLLECT_RELATION_ADAPTER,
    COLLECT_RELATION_QUANTIZED,
    COLLECT_RELATION_MERGE,
    COLLECT_RELATION_ALL,
};

enum config_collect_step { COLLECT_STEP_MONTH, COLLECT_STEP_DAY };

/** What becomes of a base model whose release is not known. */
enum config_collect_undated { COLLECT_UNDATED_DROP, COLLECT_UNDATED_FIRST };

enum config_collect_left_censored { COLLECT_LEFT_CENSORED_KEEP, COLLECT_LEFT_CENSORED_DROP };

struct config_collect {
    enum config_collect_count count;
    enum config_collect_relation relation;
    size_t depth;    /**< generations of descendants */
    bool fractional; /**< a model of n bases counts 1/n for each */
    enum config_collect_step step;
    char until[CONFIG_TEXT_SIZE]; /**< date of observation, or "": the latest date of the records */
    enum config_collect_undated undated;
    enum config_collect_left_censored left_censored;
    bool all_models;                     /**< also models without descendants */
    size_t retries;                      /**< of a request */
    struct config_duration backoff;      /**< wait before the first retry; doubles */
    struct config_duration timeout;      /**< for a connection, or without data */
    struct config_duration longest_wait; /**< that a server may ask for */
    struct config_duration cache_expiry; /**< age up to which a page in a cache is used */
};

enum config_progress { PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_LINES, PROGRESS_NONE };

/** When finished results reach the disk, see journal.h. */
enum config_journal { JOURNAL_SYNC, JOURNAL_FLUSH, JOURNAL_NONE };

enum config_instruction_set {
    CONFIG_INSTRUCTION_SET_AUTO,
    CONFIG_INSTRUCTION_SET_BASELINE,
    CONFIG_INSTRUCTION_SET_AVX2,
    CONFIG_INSTRUCTION_SET_AVX512,
};

struct config_run {
    uint64_t seed;
    enum config_instruction_set instruction_set; /**< of the batched engine */
    size_t chunk; /**< largest number of models in one work message; 0: chosen by the coordinator */
    enum config_progress progress;
    struct config_duration time_limit; /**< stop in an orderly way after this time; 0: no limit */
    struct config_duration grace_time; /**< to collect what is under way when stopping */
    enum config_journal journal;
    struct config_duration checkpoint_interval; /**< between checkpoints of sums over ranks */
    struct config_duration chunk_deadline;      /**< a rank silent for so long is given up */
};

enum {
    CONFIG_SWEEP_MAX = 5,         /**< settings that vary */
    CONFIG_SWEEP_VALUES_MAX = 32, /**< values of one setting */
    CONFIG_SWEEP_NAME_SIZE = 64,
    CONFIG_SWEEP_VALUES_SIZE = 256,
};

/** A setting that varies in a sweep; see option_sweep_assign(). */
struct config_sweep_setting {
    char name[CONFIG_SWEEP_NAME_SIZE];     /**< section.key */
    char values[CONFIG_SWEEP_VALUES_SIZE]; /**< as written, with commas */
};

/** What a sweep varies, in the order in which it was given. */
struct config_sweep {
    size_t count;
    struct config_sweep_setting setting[CONFIG_SWEEP_MAX];
};

struct config {
    struct config_model model;
    struct config_input input;
    struct config_fit fit;
    struct config_bootstrap bootstrap;
    struct config_hierarchy hierarchy;
    struct config_forecast forecast;
    struct config_backtest backtest;
    struct config_output output;
    struct config_organization organization;
    struct config_density density;
    struct config_simulate simulate;
    struct config_collect collect;
    struct config_run run;
    struct config_sweep sweep;
};

#endif
