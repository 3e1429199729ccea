/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_sweep_read.h"

#include "calendar.h"
#include "memory.h"
#include "store_sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool store_sweep_read_shard(const struct store_reader *reader, size_t *shard, size_t *shards,
                            struct error *error)
{
    char *text = NULL;
    if (!store_read_text(reader, NULL, "shard", &text, error)) {
        return false;
    }
    bool valid = sweep_read_shard(text, shard, shards);
    free(text);
    return valid || error_set(error, ERROR_INPUT, "attribute shard is not I/N");
}

/* The labels of the models. */
struct labels {
    char **model, **organization;
    double *index, *release;
};

static bool read_labels(const struct store_reader *reader, struct labels *labels,
                        struct error *error)
{
    return store_read_names(reader, "model_name", "model", &labels->model, error) &&
           store_read_names(reader, "organization_name", "organization", &labels->organization,
                            error) &&
           store_read_numbers(reader, "organization_index", "model", &labels->index, error) &&
           store_read_numbers(reader, "release_date", "model", &labels->release, error);
}

/* Whether a number is a day of the calendar. */
static bool is_day(double value)
{
    const struct calendar_date first = {0, 1, 1};
    const struct calendar_date last = {9999, 12, 31};
    return value >= calendar_days(first) && value <= calendar_days(last);
}

static bool append_models(const struct store_reader *reader, const struct labels *labels,
                          struct catalog *catalog, struct error *error)
{
    size_t organizations = store_read_size(reader, "organization");
    double zero = 0;
    for (size_t i = 0; i < store_read_size(reader, "model"); i++) {
        if (!(labels->index[i] >= 0 && labels->index[i] < (double)organizations)) {
            return error_set(error, ERROR_INPUT, "organization_index: no such organization");
        }
        if (!isnan(labels->release[i]) && !is_day(labels->release[i])) {
            return error_set(error, ERROR_INPUT, "release_date: no day of the years 0 to 9999");
        }
        const char *organization = labels->organization[(size_t)labels->index[i]];
        struct series series = {
            .name = labels->model[i],
            .organization = catalog_organization(catalog, organization),
            .release_date =
                isnan(labels->release[i]) ? SERIES_NO_DATE : (int32_t)labels->release[i],
            .count = 1,
            .age = &zero,
            .observed = &zero,
        };
        (void)catalog_append(catalog, &series);
    }
    return true;
}

/* The last date of the data is known to the attributes alone, and is absent without any date. */
static int32_t read_end_date(const struct store_reader *reader)
{
    char *text = NULL;
    struct error absent;
    struct calendar_time time;
    int32_t date = SERIES_NO_DATE;
    if (store_read_text(reader, NULL, "time_coverage_end", &text, &absent) &&
        calendar_parse(text, &time)) {
        date = time.day;
    }
    free(text);
    return date;
}

bool store_sweep_read_catalog(const struct store_reader *reader, struct catalog *catalog,
                              struct error *error)
{
    struct labels labels = {0};
    char *unit = NULL;
    bool done = store_read_text(reader, NULL, "age_unit", &unit, error) &&
                read_labels(reader, &labels, error) &&
                append_models(reader, &labels, catalog, error);
    if (done) {
        catalog->step = strcmp(unit, "day") == 0 ? SERIES_STEP_DAY : SERIES_STEP_MONTH;
        catalog_finish(catalog);
        catalog->end_date = read_end_date(reader);
    }
    free(unit);
    store_read_free_names(reader, "model", labels.model);
    store_read_free_names(reader, "organization", labels.organization);
    free(labels.index);
    free(labels.release);
    return done;
}

/* The inputs as provenance_input_text() wrote them; text is changed. */
static void add_inputs(struct provenance *provenance, char *text)
{
    enum { NAME = PROVENANCE_SHA256_SIZE + 1 };
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (strlen(line) > NAME) {
            line[PROVENANCE_SHA256_SIZE - 1] = '\0';
            provenance_add_input(provenance, line + NAME, line);
        }
    }
}

bool store_sweep_read_provenance(const struct store_reader *reader, struct provenance *provenance,
                                 struct error *error)
{
    char *seed = NULL;
    char *inputs = NULL;
    memset(provenance, 0, sizeof *provenance);
    bool done =
        store_read_text(reader, NULL, "library_versions", &provenance->libraries, error) &&
        store_read_text(reader, NULL, "instruction_set", &provenance->instruction_set, error) &&
        store_read_text(reader, NULL, "elementary_functions", &provenance->functions, error) &&
        store_read_text(reader, NULL, "configuration", &provenance->configuration, error) &&
        store_read_text(reader, NULL, "seed", &seed, error) &&
        store_read_text(reader, NULL, "inputs", &inputs, error);
    if (done) {
        provenance->seed = strtoull(seed, NULL, 10);
        add_inputs(provenance, inputs);
    } else {
        provenance_free(provenance);
    }
    free(seed);
    free(inputs);
    return done;
}

bool store_sweep_read_rows(const struct store_reader *reader, struct sweep_result *result,
                           size_t begin, size_t end, struct error *error)
{
    size_t offset = 0;
    for (size_t f = 0; f < SWEEP_FIELDS; f++) {
        char dimensions[STORE_SWEEP_DIMENSIONS_SIZE];
        const char *name = result_table[sweep_result_fields[f]].name;
        size_t extent = result->extent[f];
        double *values = NULL;
        store_sweep_dimensions(result, f, dimensions);
        if (extent > 0 && !store_read_numbers(reader, name, dimensions, &values, error)) {
            return false;
        }
        for (size_t i = begin; i < end && extent > 0; i++) {
            memcpy(result->row + i * result->row_length + offset, values + i * extent,
                   extent * sizeof *values);
        }
        offset += extent;
        free(values);
    }
    return true;
}
