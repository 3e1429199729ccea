/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calendar.h"
#include "command.h"
#include "decimal.h"
#include "log.h"
#include "memory.h"
#include "output.h"
#include "simulate.h"

#include <csv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The two files that a simulation writes. */
struct files {
    struct output series;
    struct output truth;
};

/* SERIES.csv -> SERIES.truth.csv; the caller frees it. */
static char *truth_path(const char *series_path)
{
    static const char ending[] = ".csv";
    size_t length = strlen(series_path);
    size_t tail = sizeof ending - 1;
    if (length > tail && strcmp(series_path + length - tail, ending) == 0) {
        length -= tail;
    }
    size_t size = length + sizeof ".truth.csv";
    char *path = memory_array(size, 1);
    (void)snprintf(path, size, "%.*s.truth.csv", (int)length, series_path);
    return path;
}

static void write_header(FILE *series, FILE *truth, size_t steps)
{
    (void)fputs("model", series);
    for (size_t k = 0; k <= steps; k++) {
        (void)fprintf(series, ",%zu-month", k);
    }
    (void)fputs(",company,created_at,source\n", series);
    (void)fputs("model,organization,fitness,immediacy,longevity,dispersion,unit,m,origin,source\n",
                truth);
}

static void write_series(FILE *file, const struct simulate_model *model, const double *count,
                         size_t steps, bool integers)
{
    (void)csv_fwrite(file, model->name, strlen(model->name));
    for (size_t k = 0; k <= model->length; k++) {
        (void)fprintf(file, integers ? ",%.0f" : ",%.17g", count[k]);
    }
    for (size_t k = model->length; k < steps; k++) {
        (void)fputc(',', file);
    }
    char date[CALENDAR_TEXT_SIZE];
    calendar_format(model->release_date, date);
    (void)fputc(',', file);
    (void)csv_fwrite(file, model->organization, strlen(model->organization));
    (void)fprintf(file, ",%s 00:00:00+00:00,simulated\n", date);
}

/* One more field, empty for NaN. */
static void write_number(FILE *file, double value)
{
    char text[DECIMAL_SIZE];
    (void)fprintf(file, ",%s", isnan(value) ? "" : decimal_write(value, text));
}

static void write_truth(FILE *file, const struct simulate_model *model)
{
    static const char *const units[] = {[TIME_UNIT_STEP] = "month",
                                        [TIME_UNIT_MONTH] = "month",
                                        [TIME_UNIT_DAY] = "day",
                                        [TIME_UNIT_YEAR] = "year"};
    static const char *const origins[] = {
        [SIMULATE_FROM_TABLE] = "table", [SIMULATE_FROM_POPULATION] = "population"};
    (void)csv_fwrite(file, model->name, strlen(model->name));
    (void)fputc(',', file);
    (void)csv_fwrite(file, model->organization, strlen(model->organization));
    write_number(file, model->parameters.fitness);
    write_number(file, model->parameters.immediacy);
    write_number(file, model->parameters.longevity);
    write_number(file, model->dispersion);
    (void)fprintf(file, ",%s", units[model->unit]);
    write_number(file, model->scale);
    (void)fprintf(file, ",%s,simulated\n", origins[model->origin]);
}

static bool write_ensemble(struct simulate_ensemble *ensemble,
                           const struct config_simulate *simulate, struct files *files,
                           struct error *error)
{
    write_header(files->series.stream, files->truth.stream, simulate->steps);
    double *count = memory_array(simulate->steps + 1, sizeof *count);
    bool drawn = true;
    for (size_t i = 0; i < simulate_ensemble_count(ensemble) && drawn; i++) {
        struct simulate_model model;
        drawn = simulate_ensemble_draw(ensemble, i, &model, count, error);
        if (drawn) {
            write_series(files->series.stream, &model, count, simulate->steps,
                         simulate->noise != NOISE_NONE);
            write_truth(files->truth.stream, &model);
        }
    }
    free(count);
    return drawn;
}

static bool create_files(struct files *files, const struct command_line *line, const char *truth,
                         struct error *error)
{
    return output_create(&files->series, line->output, line->force, error) &&
           output_create(&files->truth, truth, line->force, error);
}

/* The series come last: where they are, their truth is. */
static bool complete_files(struct files *files, struct error *error)
{
    return output_complete(&files->truth, error) && output_complete(&files->series, error);
}

bool command_simulate(const struct command_line *line, const struct config *config,
                      struct error *error)
{
    struct simulate_ensemble *ensemble = simulate_ensemble_create(config, error);
    if (ensemble == NULL) {
        return false;
    }
    char *truth = truth_path(line->output);
    struct files files = {0};
    bool done = create_files(&files, line, truth, error) &&
                write_ensemble(ensemble, &config->simulate, &files, error) &&
                complete_files(&files, error);
    if (!done) {
        output_discard(&files.series);
        output_discard(&files.truth);
    } else {
        bool quiet = line->verbosity < 0;
        struct log log = log_make(stderr, true, quiet, false);
        log_stage(&log, "wrote %zu simulated series to %s, their truth to %s",
                  simulate_ensemble_count(ensemble), line->output, truth);
    }
    free(truth);
    simulate_ensemble_free(ensemble);
    return done;
}
