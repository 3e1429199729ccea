/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The methods on the published fine-tune series against the authors' own estimates, the columns
 * lambda_i, mu_i, sigma_i of their files (m = 1, t in years). Series with a final count of at least
 * 10 and at least 4 points are compared.
 */
#include "fit.h"
#include "growth.h"
#include "tap.h"

#include <dirent.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char folder[] = "../shared/data/hf_2025-02-18/finetune";

enum { MAX_POINTS = 64, MAX_COLUMNS = 128, MAX_SERIES = 4096, LINE_SIZE = 1 << 16 };

/** What the authors' optimiser did, read off their values. */
enum class { CLASS_INITIAL, CLASS_PINNED, CLASS_RIDGE, CLASS_INTERIOR, CLASS_COUNT };
static const char *const class_name[] = {"initial guess", "pinned", "ridge", "interior"};

struct series {
    size_t count;
    double observed[MAX_POINTS];
    struct growth_parameters published;
};

/** Counts of the paper's comparison, by class. */
struct tally {
    size_t series, error_not_above, values, values_or_cost, start_returned;
};

/** Splits a line at its commas in place (the files have no quotes); returns the number of cells. */
static size_t split(char *line, char *cell[MAX_COLUMNS])
{
    size_t count = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *next = line; next != NULL && count < MAX_COLUMNS; count++) {
        cell[count] = next;
        next = strchr(next, ',');
        if (next != NULL) {
            *next++ = '\0';
        }
    }
    return count;
}

static size_t find_column(char *const *cell, size_t count, const char *name)
{
    for (size_t k = 0; k < count; k++) {
        if (strcmp(cell[k], name) == 0) {
            return k;
        }
    }
    return MAX_COLUMNS;
}

static size_t read_file(const char *name, struct series *series, size_t count)
{
    static char line[LINE_SIZE];
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    char *cell[MAX_COLUMNS];
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return count;
    }
    const size_t columns = split(line, cell);
    const size_t first = find_column(cell, columns, "0-month");
    const size_t lambda = find_column(cell, columns, "lambda_i");
    while (first < columns && lambda + 2 < columns && count < MAX_SERIES &&
           fgets(line, sizeof line, file) != NULL) {
        if (split(line, cell) < lambda + 3 || *cell[lambda] == '\0') {
            continue;
        }
        struct series *one = &series[count];
        one->count = 0;
        while (first + one->count < lambda && *cell[first + one->count] != '\0') {
            one->observed[one->count] = strtod(cell[first + one->count], NULL);
            one->count++;
        }
        one->published =
            (struct growth_parameters){strtod(cell[lambda], NULL), strtod(cell[lambda + 1], NULL),
                                       strtod(cell[lambda + 2], NULL)};
        count += one->count >= 4 && one->observed[one->count - 1] >= 10.0 ? 1 : 0;
    }
    (void)fclose(file);
    return count;
}

static size_t read_all(struct series *series)
{
    DIR *directory = opendir(folder);
    size_t count = 0;
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        const char *extension = strrchr(entry->d_name, '.');
        if (extension != NULL && strcmp(extension, ".csv") == 0) {
            count = read_file(entry->d_name, series, count);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return count;
}

static enum class class_of(const struct growth_parameters *published) {
    if (published->fitness == 0.5 && published->immediacy == 2.0 &&
        published->longevity == 0.5){return CLASS_INITIAL;}
if (published->immediacy < 1e-6)
{
    return CLASS_PINNED;
}
return published->fitness > 100.0 ? CLASS_RIDGE : CLASS_INTERIOR;
}

static double rmse_of(const struct growth_parameters *parameters, const struct series *series,
                      double unit)
{
    double sum = 0.0;
    for (size_t k = 0; k < series->count; k++) {
        const double error = growth_count(parameters, 1.0, (double)k / unit) - series->observed[k];
        sum += error * error;
    }
    return sqrt(sum / (double)series->count);
}

static struct fit_estimate fit(enum config_fit_method method, const struct series *series,
                               double unit, struct fit_workspace *workspace)
{
    const struct config_fit config = {.method = method,
                                      .confidence = 0.95,
                                      .step_fraction = 0.5,
                                      .low_count = 10.0,
                                      .short_series = 7};
    double time[MAX_POINTS];
    for (size_t k = 0; k < series->count; k++) {
        time[k] = (double)k / unit;
    }
    const struct fit_problem problem = {
        .count = series->count, .time = time, .observed = series->observed, .scale = 1.0};
    struct fit_estimate estimate;
    fit_series(&config, &problem, workspace, &estimate);
    return estimate;
}

static bool is_near(double actual, double published)
{
    return fabs(actual - published) <= 0.01 * fabs(published) + 1e-6;
}

static void compare_paper(const struct series *series, struct fit_workspace *workspace,
                          struct tally tally[CLASS_COUNT])
{
    const struct fit_estimate estimate = fit(FIT_PAPER, series, 12.0, workspace);
    const struct growth_parameters *ours = &estimate.parameters, *theirs = &series->published;
    const double error = rmse_of(theirs, series, 12.0);
    const bool values = is_near(ours->fitness, theirs->fitness) &&
                        is_near(ours->immediacy, theirs->immediacy) &&
                        is_near(ours->longevity, theirs->longevity);
    struct tally *mine = &tally[class_of(theirs)];
    mine->series++;
    /* a series without change after its first month is met to rounding by both */
    mine->error_not_above += estimate.rmse <= 1.02 * error + 1e-6 ? 1 : 0;
    mine->values += values ? 1 : 0;
    mine->values_or_cost += values || estimate.rmse < error ? 1 : 0;
    mine->start_returned += (estimate.flags & FIT_START_RETURNED) != 0 ? 1 : 0;
}

static void test_paper(const struct series *series, size_t count, struct fit_workspace *workspace)
{
    struct tally tally[CLASS_COUNT] = {{0}};
    for (size_t k = 0; k < count; k++) {
        compare_paper(&series[k], workspace, tally);
    }
    size_t not_above = 0;
    for (size_t k = 0; k < CLASS_COUNT; k++) {
        not_above += tally[k].error_not_above;
        printf("# %s: %zu series, rmse not above by 2%% %zu, values %zu, values or lower cost %zu, "
               "start returned %zu\n",
               class_name[k], tally[k].series, tally[k].error_not_above, tally[k].values,
               tally[k].values_or_cost, tally[k].start_returned);
    }
    const struct tally *initial = &tally[CLASS_INITIAL], *pinned = &tally[CLASS_PINNED];
    const struct tally *interior = &tally[CLASS_INTERIOR];
    tap_ok((double)not_above >= 0.97 * (double)count, "paper: rmse not above by 2%%: %zu of %zu",
           not_above, count);
    tap_ok((double)pinned->values_or_cost >= 0.97 * (double)pinned->series,
           "pinned: values or a lower cost: %zu of %zu", pinned->values_or_cost, pinned->series);
    tap_ok((double)interior->values_or_cost >= 0.92 * (double)interior->series,
           "interior: values or a lower cost: %zu of %zu", interior->values_or_cost,
           interior->series);
    tap_ok(initial->start_returned == initial->series,
           "start returned where theirs was: %zu of %zu", initial->start_returned, initial->series);
    tap_ok(pinned->start_returned + interior->start_returned == 0, "and nowhere else");
}

static void test_least_squares(const struct series *series, size_t count,
                               struct fit_workspace *workspace)
{
    double *ratio = calloc(count, sizeof *ratio);
    size_t not_above = 0, unbounded = 0;
    for (size_t k = 0; k < count; k++) {
        const struct fit_estimate estimate = fit(FIT_LEAST_SQUARES, &series[k], 1.0, workspace);
        const double error = rmse_of(&series[k].published, &series[k], 12.0);
        not_above += estimate.rmse <= 1.01 * error ? 1 : 0;
        unbounded += (estimate.flags & FIT_FITNESS_UNBOUNDED) != 0 ? 1 : 0;
        ratio[k] = error / estimate.rmse;
    }
    gsl_sort(ratio, 1, count);
    tap_ok((double)not_above >= 0.99 * (double)count,
           "least squares: rmse not above theirs by 1%%: %zu of %zu", not_above, count);
    tap_ok(ratio[count / 2] >= 1.2, "median ratio of their rmse to ours %.3f", ratio[count / 2]);
    /* measured on all of the authors' data: 41% of series have no upper bound on lambda */
    const double share = (double)unbounded / (double)count;
    tap_ok(share > 0.3 && share < 0.55, "no upper bound on lambda in %.0f%%", 100.0 * share);
    free(ratio);
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    struct series *series = calloc(MAX_SERIES, sizeof *series);
    const size_t count = series != NULL ? read_all(series) : 0;
    if (count == 0) {
        tap_skip("the published series are not in %s", folder);
    } else {
        struct fit_workspace *workspace = fit_workspace_create(MAX_POINTS);
        tap_ok(count > 300, "%zu series", count);
        test_paper(series, count, workspace);
        test_least_squares(series, count, workspace);
        fit_workspace_free(workspace);
    }
    free(series);
    return tap_done();
}
