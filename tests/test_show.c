/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "show.h"

#include "command.h"
#include "option.h"
#include "store_fixture.h"
#include "tap.h"

#include <jansson.h>
#include <netcdf.h>
#include <unistd.h>

enum { MODELS = 40 };

static char folder[] = "/tmp/growcast-show-XXXXXX";
static char output[64];
static char broken[64];

typedef struct table *show_function(const struct store_reader *, const struct show_selection *,
                                    struct error *);

static struct table *run_table(const struct store_reader *reader,
                               const struct show_selection *selection, struct error *error)
{
    (void)selection;
    return show_run(reader, error);
}

static show_function *const functions[] = {run_table, show_models, show_organizations};

/** A table as JSON, or NULL with an error. */
static json_t *shown(const struct store_reader *reader, show_function *function,
                     const struct show_selection *selection, struct error *error)
{
    struct table *table = function(reader, selection, error);
    if (table == NULL) {
        return NULL;
    }
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    bool written = table_write((const struct table *const *)&table, 1, TABLE_FORMAT_JSON, file);
    (void)fclose(file);
    table_free(table);
    json_t *root = written ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return root;
}

/** A number of row i of the models' table; key is NULL for a plain number. */
static double model_number(const json_t *root, size_t i, const char *column, const char *key)
{
    const json_t *cell =
        json_object_get(json_array_get(json_object_get(root, "models"), i), column);
    return json_number_value(key == NULL ? cell : json_object_get(cell, key));
}

static const char *model_text(const json_t *root, size_t i, const char *column)
{
    const json_t *row = json_array_get(json_object_get(root, "models"), i);
    const char *text = json_string_value(json_object_get(row, column));
    return text == NULL ? "" : text;
}

static void test_models(const struct store_reader *reader)
{
    struct error error = {0};
    const struct show_selection selection = {.sort = SHOW_SORT_NAME};
    json_t *root = shown(reader, show_models, &selection, &error);
    tap_ok(json_array_size(json_object_get(root, "models")) == MODELS, "all models are shown %s",
           error.message);
    /* By name, "acme/模型-10" is the third: after -0 and -1. See store_fixture.h for the values:
       ages 0 .. 11, counts age * 3. */
    tap_ok(strcmp(model_text(root, 2, "model"), "acme/模型-10") == 0, "sorted by name");
    tap_ok(strcmp(model_text(root, 2, "organization"), "Zoë") == 0 &&
               strcmp(model_text(root, 2, "released"), "2022-01-18") == 0,
           "organization and release date");
    tap_ok(model_number(root, 2, "age", NULL) == 11 && model_number(root, 2, "count", NULL) == 33,
           "last age and count");
    tap_ok(model_number(root, 2, "fitness", "value") == row_value(RESULT_FITNESS, 10, 0) &&
               model_number(root, 2, "fitness", "low") ==
                   row_value(RESULT_FITNESS_QUANTILE, 10, 0) &&
               model_number(root, 2, "fitness", "high") ==
                   row_value(RESULT_FITNESS_QUANTILE, 10, QUANTILES - 1),
           "an estimate and its interval");
    /* Flags are the bits of the model's number: model 10 = 2 + 8, model 1 = 1. */
    const json_t *flags =
        json_object_get(json_array_get(json_object_get(root, "models"), 2), "flags");
    json_t *expected = json_pack("[s,s]", "at_bound", "step_like");
    tap_ok(json_equal(flags, expected), "flags in words");
    json_decref(expected);
    const json_t *fitness =
        json_object_get(json_array_get(json_object_get(root, "models"), 1), "fitness");
    const char *value = json_string_value(json_object_get(fitness, "value"));
    const char *high = json_string_value(json_object_get(fitness, "high"));
    tap_ok(value != NULL && strcmp(value, "Infinity") == 0 && high != NULL &&
               strcmp(high, "Infinity") == 0,
           "a fitness flagged fitness_unbounded is unbounded");
    json_decref(root);
}

static void test_selection(const struct store_reader *reader)
{
    struct error error = {0};
    const struct show_selection selection = {
        .organization = "acme", .models = 3, .sort = SHOW_SORT_COUNT};
    json_t *root = shown(reader, show_models, &selection, &error);
    bool falling = json_array_size(json_object_get(root, "models")) == 3;
    for (size_t i = 0; i < 3; i++) {
        falling = falling && strcmp(model_text(root, i, "organization"), "acme") == 0 &&
                  (i == 0 || model_number(root, i - 1, "count", NULL) >=
                                 model_number(root, i, "count", NULL));
    }
    /* Odd models i have count (1 + i % 29) * (i % 7): the largest is model 27 with 28 * 6. */
    tap_ok(falling && model_number(root, 0, "count", NULL) == 168,
           "the largest models of an organization");
    json_decref(root);
    const struct show_selection unknown = {.organization = "nobody"};
    tap_ok(shown(reader, show_models, &unknown, &error) == NULL && error.kind == ERROR_USAGE,
           "an unknown organization: %s", error.message);
}

static void test_organizations(const struct store_reader *reader)
{
    struct error error = {0};
    const struct show_selection selection = {0};
    json_t *root = shown(reader, show_organizations, &selection, &error);
    const json_t *rows = json_object_get(root, "organizations");
    const json_t *all = json_array_get(rows, ROWS - 1);
    const char *name = json_string_value(json_object_get(all, "organization"));
    tap_ok(json_array_size(rows) == ROWS && name != NULL && strcmp(name, "all") == 0,
           "organizations end with all %s", error.message);
    /* Models that have a release date, all but model 0, have last counts (1 + i % 29) (i % 7). */
    double total = 0;
    for (size_t i = 1; i < MODELS; i++) {
        total += (double)((1 + i % 29) * (i % 7));
    }
    tap_ok(json_number_value(json_object_get(all, "models")) == MODELS &&
               json_number_value(json_object_get(all, "count")) == total,
           "the number of all models and the sum of their last counts");
    /* Quantiles are 0, 0.5, 1, ... in the order of the file. */
    const json_t *fitness = json_object_get(all, "fitness");
    const json_t *forecast = json_object_get(all, "forecast");
    tap_ok(json_number_value(json_object_get(fitness, "low")) == 3 &&
               json_number_value(json_object_get(fitness, "value")) == 3.5 &&
               json_number_value(json_object_get(fitness, "high")) == 4 &&
               json_number_value(json_object_get(forecast, "low")) == 7.5,
           "medians and intervals, forecasts at the longest horizon");
    json_decref(root);
}

static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    char bytes[4096];
    for (size_t count = 0; (count = fread(bytes, 1, sizeof bytes, in)) > 0;) {
        (void)fwrite(bytes, 1, count, out);
    }
    (void)fclose(in);
    (void)fclose(out);
}

/** What is done to a variable. */
enum damage {
    DAMAGE_MISSING,
    DAMAGE_TEXT,
    DAMAGE_NUMBER,
    DAMAGE_SHAPE,
    DAMAGE_ATTRIBUTES,
    DAMAGES
};

static void damage_variable(int file, int variable, const char *name, enum damage how)
{
    int dimension = 0;
    int other = 0;
    if (how == DAMAGE_ATTRIBUTES) {
        (void)nc_del_att(file, variable, "units");
        (void)nc_del_att(file, variable, "flag_meanings");
        return;
    }
    (void)nc_rename_var(file, variable, "damaged");
    (void)nc_inq_dimid(file, how == DAMAGE_SHAPE ? "quantile" : "model", &dimension);
    if (how != DAMAGE_MISSING) {
        (void)nc_def_var(file, name, how == DAMAGE_TEXT ? NC_STRING : NC_SHORT, 1, &dimension,
                         &other);
    }
}

/** Damages a variable; every table must be made or fail with an input error that names it. */
static bool survives(const char *name, enum damage how)
{
    int file = 0;
    int variable = 0;
    struct error error = {0};
    copy_file(output, broken);
    (void)nc_open(broken, NC_WRITE, &file);
    bool good = nc_inq_varid(file, name, &variable) == NC_NOERR;
    damage_variable(file, variable, name, how);
    (void)nc_close(file);
    const struct show_selection selection = {0};
    struct store_reader *reader = store_read_open(broken, &error);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        error = (struct error){0};
        json_t *root = shown(reader, functions[i], &selection, &error);
        good = good &&
               (root != NULL || (error.kind == ERROR_INPUT && strstr(error.message, name) != NULL));
        json_decref(root);
    }
    if (!good) {
        printf("# %s, damage %d: %s\n", name, (int)how, error.message);
    }
    store_read_close(reader);
    (void)unlink(broken);
    return good;
}

/** All variables that the tables read. */
static const char *const variables[] = {
    "model_name",
    "organization_name",
    "organization_index",
    "release_date",
    "age",
    "horizon",
    "quantile",
    "observed_count",
    "fit_status",
    "fit_flags",
    "fitness",
    "immediacy",
    "longevity",
    "fitness_quantile",
    "immediacy_quantile",
    "longevity_quantile",
    "organization_model_count",
    "organization_fitted_count",
    "organization_calendar_count",
    "organization_fitness_quantile",
    "organization_immediacy_quantile",
    "organization_longevity_quantile",
    "organization_forecast_quantile",
};

static void test_damage(void)
{
    static const char *const words[DAMAGES] = {"missing", "text", "another number type",
                                               "of another shape", "without attributes"};
    for (int how = 0; how < DAMAGES; how++) {
        bool good = true;
        for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
            good = survives(variables[i], (enum damage)how) && good;
        }
        tap_ok(good, "each variable %s: a table, or an error that names it", words[how]);
    }
}

/** Writes a file of one organization with counts by date, but without a date. */
static bool write_without_dates(const char *path)
{
    static const char *const name = "acme";
    int file = 0;
    int shape[2] = {0};
    int names = 0;
    int counts = 0;
    bool good =
        nc_create(path, NC_NETCDF4, &file) == NC_NOERR &&
        nc_def_dim(file, "organization", 1, &shape[0]) == NC_NOERR &&
        nc_def_dim(file, "date", NC_UNLIMITED, &shape[1]) == NC_NOERR &&
        nc_def_var(file, "organization_name", NC_STRING, 1, shape, &names) == NC_NOERR &&
        nc_def_var(file, "organization_calendar_count", NC_DOUBLE, 2, shape, &counts) == NC_NOERR &&
        nc_put_att_text(file, NC_GLOBAL, "run_status", 8, "complete") == NC_NOERR &&
        nc_put_var_string(file, names, (const char **)&name) == NC_NOERR;
    return nc_close(file) == NC_NOERR && good;
}

static void test_empty_dimension(void)
{
    struct error error = {0};
    const struct show_selection selection = {0};
    bool good = write_without_dates(broken);
    struct store_reader *reader = store_read_open(broken, &error);
    json_t *root = shown(reader, show_organizations, &selection, &error);
    const json_t *row = json_array_get(json_object_get(root, "organizations"), 0);
    tap_ok(good && row != NULL && json_object_get(row, "count") == NULL,
           "without a date there is no last count %s", error.message);
    json_decref(root);
    store_read_close(reader);
    (void)unlink(broken);
}

/* Damage at a place of the file, from its beginning or, where that is negative, from its end. */
static bool notices(long place)
{
    struct error error = {0};
    copy_file(output, broken);
    FILE *file = fopen(broken, "r+b");
    (void)fseek(file, place, place < 0 ? SEEK_END : SEEK_SET);
    int byte = fgetc(file);
    (void)fseek(file, place, place < 0 ? SEEK_END : SEEK_SET);
    (void)fputc(byte ^ 0x10, file);
    (void)fclose(file);
    struct store_reader *reader = store_read_open(broken, &error);
    bool noticed =
        reader == NULL && error.kind == ERROR_INPUT && strstr(error.message, "is damaged") != NULL;
    store_read_close(reader);
    return noticed;
}

static void test_checksum(void)
{
    struct error error = {0};
    struct store_reader *reader = store_read_open(output, &error);
    tap_ok(reader != NULL && store_read_sealed(reader), "an output has a checksum");
    store_read_close(reader);
    bool all = true;
    for (long place = 0; place < 60000; place += 997) {
        all = notices(place) && all;
    }
    tap_ok(all && notices(-20) && notices(-100),
           "a changed bit is noticed before the file is opened");
    int file = 0;
    copy_file(output, broken);
    (void)nc_open(broken, NC_WRITE, &file);
    (void)nc_put_att_text(file, NC_GLOBAL, "note", 5, "added");
    (void)nc_close(file);
    reader = store_read_open(broken, &error);
    tap_ok(reader != NULL && !store_read_sealed(reader),
           "what another program changed has none and is read %s", error.message);
    store_read_close(reader);
    (void)unlink(broken);
}

static void test_incomplete(void)
{
    struct error error = {0};
    int file = 0;
    copy_file(output, broken);
    (void)nc_open(broken, NC_WRITE, &file);
    (void)nc_put_att_text(file, NC_GLOBAL, "run_status", 7, "partial");
    (void)nc_close(file);
    tap_ok(store_read_open(broken, &error) == NULL && error.kind == ERROR_INPUT &&
               strstr(error.message, "partial") != NULL,
           "an incomplete file: %s", error.message);
    (void)nc_open(broken, NC_WRITE, &file);
    (void)nc_del_att(file, NC_GLOBAL, "run_status");
    (void)nc_close(file);
    tap_ok(store_read_open(broken, &error) == NULL && error.kind == ERROR_INPUT,
           "another program's file: %s", error.message);
    (void)unlink(broken);
    tap_ok(store_read_open(broken, &error) == NULL && error.kind == ERROR_INPUT, "no file: %s",
           error.message);
    tap_ok(store_read_open(folder, &error) == NULL && error.kind == ERROR_INPUT, "a folder: %s",
           error.message);
    tap_ok(store_read_open("Makefile", &error) == NULL && error.kind == ERROR_INPUT,
           "not NetCDF: %s", error.message);
    tap_ok(store_read_open("http://127.0.0.1/run.nc", &error) == NULL &&
               strstr(error.message, "No such file") != NULL,
           "an address is the name of a file that is not there: %s", error.message);
}

/** Runs a command line; returns what it printed (caller frees) and fills *error. */
static char *run_command(int argc, char **argv, struct error *error)
{
    struct command_line line;
    struct config config;
    *error = (struct error){0};
    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    FILE *file = tmpfile();
    (void)dup2(fileno(file), STDOUT_FILENO);
    option_defaults(&config);
    if (command_line_parse(argc, argv, &line, error)) {
        (void)line.command->run(&line, &config, error);
    }
    command_line_free(&line);
    (void)fflush(stdout);
    (void)dup2(saved, STDOUT_FILENO);
    (void)close(saved);
    long size = ftell(file);
    char *text = memory_array((size_t)size + 1, 1);
    rewind(file);
    (void)fread(text, 1, (size_t)size, file);
    (void)fclose(file);
    return text;
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines;
}

static void test_command(void)
{
    struct error error = {0};
    char *csv[] = {"growcast", "show", "--format", "csv", output};
    char *text = run_command(5, csv, &error);
    tap_ok(error.kind == ERROR_NONE && lines_of(text) == MODELS + 1 &&
               strncmp(text, "model,organization,", 19) == 0,
           "CSV is the table of all models %s", error.message);
    free(text);
    char *json[] = {"growcast", "show", "--format", "json", output};
    text = run_command(5, json, &error);
    json_t *root = json_loads(text, 0, NULL);
    tap_ok(json_object_size(root) == 3, "JSON has the three tables");
    json_decref(root);
    free(text);
    char *few[] = {"growcast", "show", "--table", "models", "--models", "3", output};
    text = run_command(7, few, &error);
    tap_ok(lines_of(text) == 5, "text has a title, a heading and three models");
    free(text);
    char *wrong[][3] = {{"--format", "xml", output},
                        {"--sort", "colour", output},
                        {"--models", "-1", output},
                        {"--table", "all", output}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *arguments[] = {"growcast", "show", wrong[i][0], wrong[i][1], wrong[i][2]};
        text = run_command(5, arguments, &error);
        tap_ok(error.kind == ERROR_USAGE && text[0] == '\0', "wrong usage: %s", error.message);
        free(text);
    }
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(output, sizeof output, "%s/run.nc", folder);
    (void)snprintf(broken, sizeof broken, "%s/broken.nc", folder);
    struct fixture *fixture = fixture_create(MODELS);
    struct error error = {0};
    tap_ok(write_run(fixture, output, STORE_SLAB, &error), "a run is written %s", error.message);
    fixture_free(fixture);
    struct store_reader *reader = store_read_open(output, &error);
    tap_ok(reader != NULL, "the output opens %s", error.message);
    test_models(reader);
    test_selection(reader);
    test_organizations(reader);
    store_read_close(reader);
    test_damage();
    test_empty_dimension();
    test_checksum();
    test_incomplete();
    test_command();
    (void)unlink(output);
    (void)rmdir(folder);
    return tap_done();
}
