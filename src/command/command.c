/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include <stdint.h>

const struct command_option command_common_options[COMMAND_COMMON_COUNT] = {
    [COMMAND_CONFIG] = {"config", 'c', "FILE", NULL,
                        "Read settings from an INI file. May be repeated; a later file wins."},
    [COMMAND_SET] = {"set", 's', "SECTION.KEY=VALUE", NULL,
                     "Set one key; wins over files. May be repeated; a later one wins."},
    [COMMAND_OUTPUT] = {"output", 'o', "FILE", NULL, "File to write."},
    [COMMAND_SEED] = {"seed", 0, "N", "run.seed", "Seed of every random number."},
    [COMMAND_INPUT_FORMAT] = {"input-format", 0, "FORMAT", "input.format",
                              "Layout of the input instead of recognising it by its header."},
    [COMMAND_RESUME] = {"resume", 0, NULL, NULL, "Continue a run that stopped early."},
    [COMMAND_FORCE] = {"force", 0, NULL, NULL, "Replace an output that exists."},
    [COMMAND_PROGRESS] = {"progress", 0, "STYLE", "run.progress",
                          "Show progress as auto, bar, lines or none."},
    [COMMAND_QUIET] = {"quiet", 'q', NULL, NULL, "Only warnings and errors."},
    [COMMAND_VERBOSE] = {"verbose", 'v', NULL, NULL, "More messages."},
    [COMMAND_HELP] = {"help", 'h', NULL, NULL, "Print help and end."},
    [COMMAND_VERSION] = {"version", 'V', NULL, NULL, "Print the version and end."},
};

static const struct command_option config_options[] = {
    {"effective", 0, NULL, NULL, "The values in effect after all files and settings, for reuse."},
    {"man", 0, NULL, NULL, "The manual page, in man(7) format."},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command_option collect_options[] = {
    {"base", 0, "MODEL,...", NULL, "Ask the Hub for these models and their descendants."},
    {"author", 0, "NAME,...", NULL, "Ask the Hub for all models of these authors."},
    {"top", 0, "N", NULL, "Ask the Hub for the N models with most downloads."},
    {"cache", 0, "FOLDER", NULL,
     "Keep the Hub's answers there for collect.cache_expiry and ask only for what is not there. "
     "Default: OUTPUT.pages, removed when the output is complete."},
    {"renamed", 0, "FILE", NULL, "CSV file old,new of models that have another name now."},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command_option fit_options[] = {
    {"only", 0, "MODEL", NULL,
     "Fit this model alone, with its replicates (bootstrap.keep), to the same bits as among all: "
     "the others still teach the prior."},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command_option show_options[] = {
    {"format", 0, "FORMAT", NULL, "text (default), csv or json."},
    {"table", 0, "TABLE", NULL,
     "run, models or organizations; methods, horizons, lengths or choices of a backtest; settings, "
     "models or organizations of a sweep. Default: all of them; in csv models, methods or "
     "settings."},
    {"models", 0, "N", NULL, "Show at most N models; 0: all. Default: 20 as text, else all."},
    {"organization", 0, "NAME", NULL, "Only this organization and its models."},
    {"sort", 0, "KEY", NULL,
     "Order of models: count (default), name, release, fitness, immediacy, longevity or forecast; "
     "the largest first."},
    {NULL, 0, NULL, NULL, NULL},
};

static const struct command_option sweep_options[] = {
    {"shard", 0, "I/N", NULL, "Only the I-th of N parts of the work, to be joined by `merge`."},
    {NULL, 0, NULL, NULL, NULL},
};

const struct command command_table[] = {
    {
        .name = "fit",
        .usage = "INPUT... -o RUN.nc",
        .summary = "Fit, bootstrap and aggregate series of counts.",
        .description =
            "Reads series from files and folders, fits every model's growth curve, bootstraps it, "
            "sums up organizations, estimates densities, and writes all of it to one NetCDF file. "
            "Runs alone or under mpirun or srun, with the same result. Every series ends with a "
            "status; finished models are kept in RUN.nc.journal until the output is complete, so "
            "that a run that was stopped continues with --resume.",
        .options = fit_options,
        .fewest_inputs = 1,
        .most_inputs = SIZE_MAX,
        .needs_output = true,
        .run_parallel = command_fit,
    },
    {
        .name = "backtest",
        .usage = "INPUT... -o BT.nc",
        .summary = "Forecast from past origins and score against what came true.",
        .description =
            "Cuts all series at each of backtest.origins, learns priors and forecasts from what "
            "is left by every method, and compares with what was observed later: errors with "
            "intervals for their ratio to the baseline drift3, coverage, interval scores. Prints "
            "tables and writes them and all single forecasts to one NetCDF file. Runs alone or "
            "under mpirun or srun, with the same result, and continues with --resume.",
        .fewest_inputs = 1,
        .most_inputs = SIZE_MAX,
        .needs_output = true,
        .run_parallel = command_backtest,
    },
    {
        .name = "sweep",
        .usage = "INPUT... -o SWEEP.nc",
        .summary = "Fit under all combinations of settings and say what depends on them.",
        .description =
            "Fits and forecasts every model under each combination of the values that section "
            "[sweep] of the configuration gives for settings, such as `model.scale = 1, 30, 100`, "
            "and writes estimates, rank correlations, shares of variance, elasticity, sensitive "
            "models and rankings of organizations to one NetCDF file. Runs alone or under mpirun "
            "or srun, with the same result, and continues with --resume.",
        .options = sweep_options,
        .fewest_inputs = 1,
        .most_inputs = SIZE_MAX,
        .needs_output = true,
        .run_parallel = command_sweep,
    },
    {
        .name = "merge",
        .usage = "PART.nc... -o SWEEP.nc",
        .summary = "Join the shards of a sweep.",
        .description = "Joins what `growcast sweep --shard I/N` wrote for I from 1 to N, as arrays "
                       "of jobs do, to the file that one sweep would have written.",
        .fewest_inputs = 1,
        .most_inputs = SIZE_MAX,
        .needs_output = true,
        .run = command_merge,
    },
    {
        .name = "simulate",
        .usage = "-o SERIES.csv",
        .summary = "Draw series from known parameters.",
        .description =
            "Writes cumulative counts by month, one row a model, to SERIES.csv and the parameters "
            "they were drawn from to SERIES.truth.csv. The parameters come from the table "
            "simulate.parameters or from a population like that of the fine-tune counts of "
            "arXiv 2502.15987. The noise is set by simulate.noise; with none the series are the "
            "curves themselves.",
        .needs_output = true,
        .run = command_simulate,
    },
    {
        .name = "collect",
        .usage = "{INPUT... | --base MODEL,... | --author NAME,... | --top N} -o SERIES.csv",
        .summary = "Make series from records of the Hugging Face Hub.",
        .description =
            "Reads records of models, as JSON lines or arrays that the Hub's API returned or as "
            "event lists base_model,model,created_at[,relation], finds what was made from what, "
            "and writes how many descendants every base model had by age (collect.step = month) "
            "or date (day). With collect.count = downloads it writes the downloads in a folder of "
            "dated snapshots. Every record is read once and in passing, so that files may be of "
            "any size. Without an INPUT it asks the Hub, at the address HF_ENDPOINT "
            "(https://huggingface.co) and with the token HF_TOKEN if these environment variables "
            "are set; a collection that broke off goes on with --resume.",
        .options = collect_options,
        .most_inputs = SIZE_MAX,
        .needs_output = true,
        .run = command_collect,
    },
    {
        .name = "config",
        .usage = "[--effective | --man]",
        .summary = "Write every setting with its type, default, range, unit and meaning.",
        .description = "Writes an INI file to stdout that documents every key and sets it to its "
                       "default. With --effective it writes the values that the other commands "
                       "would use with the same -c and -s, in a form that can be read again.",
        .options = config_options,
        .run = command_config,
    },
    {
        .name = "show",
        .usage = "[--format text|csv|json] [--table TABLE] {FILE.nc | INPUT}",
        .summary = "Print what a run found, or what is in an input, as text, CSV or JSON.",
        .description =
            "Prints what the run was, its models with their estimates, intervals, "
            "status and flags, and its organizations; of a backtest, how good each "
            "method was. Only reads files that are complete. Of an INPUT, a file or folder "
            "of series, it shows what there is before any fit: spans, zeros, gaps, "
            "shocks, defects, how many series can be fitted and why the others "
            "cannot.",
        .options = show_options,
        .fewest_inputs = 1,
        .most_inputs = 1,
        .run = command_show,
    },
};

const size_t command_count = sizeof command_table / sizeof command_table[0];
