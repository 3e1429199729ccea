/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store.h"

#include "output.h"
#include "store_fixture.h"
#include "tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <netcdf.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MODELS = 2500 };

/** A folder that is empty at the start of every test. */
static char folder[] = "/tmp/growcast-store-XXXXXX";
static char output[64];

static size_t files_in_folder(void)
{
    size_t count = 0;
    DIR *directory = opendir(folder);
    for (const struct dirent *entry = NULL; (entry = readdir(directory)) != NULL;) {
        count += entry->d_name[0] == '.' ? 0 : 1;
    }
    (void)closedir(directory);
    return count;
}

/** The bytes of a file, owned by the caller. */
static char *contents(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat status = {0};
    (void)fstat(fileno(file), &status);
    *size = (size_t)status.st_size;
    char *bytes = memory_array(*size, 1);
    *size = fread(bytes, 1, *size, file);
    (void)fclose(file);
    return bytes;
}

/** One number of the output; NaN when there is no such variable. */
static double number_at(int file, const char *name, size_t i, size_t j)
{
    int variable = 0;
    double value = (double)NAN;
    const size_t index[2] = {i, j};
    return nc_inq_varid(file, name, &variable) == NC_NOERR &&
                   nc_get_var1_double(file, variable, index, &value) == NC_NOERR
               ? value
               : (double)NAN;
}

static void test_values(const struct fixture *fixture)
{
    struct error error = {0};
    tap_ok(write_run(fixture, output, STORE_SLAB, &error), "a run is written %s", error.message);
    tap_ok(files_in_folder() == 1, "the output is the only file left");
    int file = 0;
    tap_ok(nc_open(output, NC_NOWRITE, &file) == NC_NOERR, "the output opens");
    size_t worst = 0;
    for (size_t i = 2; i < MODELS; i++) {
        bool same =
            number_at(file, "fitness", i, 0) == row_value(RESULT_FITNESS, i, 0) &&
            number_at(file, "fitness_quantile", i, 2) == row_value(RESULT_FITNESS_QUANTILE, i, 2) &&
            number_at(file, "fit_status", i, 0) == (double)(i % FIT_STATUS_COUNT) &&
            number_at(file, "fit_flags", i, 0) == (double)(i % 512) &&
            number_at(file, "observed_count", i, 1) == (double)(i % 7);
        worst = same || worst > 0 ? worst : i;
    }
    tap_ok(worst == 0, "every model has its values (first wrong: %zu)", worst);
    tap_ok(number_at(file, "fitness", 1, 0) == NC_FILL_DOUBLE, "a missing value is the fill value");
    tap_ok(number_at(file, "observed_count", 3, 5) == NC_FILL_DOUBLE &&
               number_at(file, "fitted_count", 3, 5) == NC_FILL_DOUBLE,
           "counts beyond the last observation are missing");
    tap_ok(number_at(file, "release_date", 0, 0) == NC_FILL_INT &&
               number_at(file, "release_date", 1, 0) == 19001,
           "an unknown release date is missing");
    const struct growth_parameters parameters = {.fitness = row_value(RESULT_FITNESS, 8, 0),
                                                 .immediacy = row_value(RESULT_IMMEDIACY, 8, 0),
                                                 .longevity = row_value(RESULT_LONGEVITY, 8, 0)};
    tap_close(number_at(file, "fitted_count", 8, 4), growth_count(&parameters, 30, 4), 1e-15,
              "fitted_count is the curve at the age");
    (void)nc_close(file);
}

/** All numbers of a variable, owned by the caller; NULL when it has another number of them. */
static double *numbers(int file, const char *name, size_t count)
{
    int variable = 0;
    int rank = 0;
    int dimension[NC_MAX_VAR_DIMS];
    size_t total = 1;
    if (nc_inq_varid(file, name, &variable) != NC_NOERR ||
        nc_inq_var(file, variable, NULL, NULL, &rank, dimension, NULL) != NC_NOERR) {
        return NULL;
    }
    for (int i = 0; i < rank; i++) {
        size_t size = 0;
        (void)nc_inq_dimlen(file, dimension[i], &size);
        total *= size;
    }
    if (total != count) {
        return NULL;
    }
    double *values = memory_array(count, sizeof *values);
    (void)nc_get_var_double(file, variable, values);
    return values;
}

/** Compares a whole variable with numbers. */
static void check_numbers(int file, const char *name, size_t count, const double *expected)
{
    double *values = numbers(file, name, count);
    tap_ok(values != NULL && memcmp(values, expected, count * sizeof *values) == 0,
           "%s has its values", name);
    free(values);
}

static void test_summaries(void)
{
    int file = 0;
    (void)nc_open(output, NC_NOWRITE, &file);
    static const double covariance[] = {11, 12, 13, 12, 22, 23, 13, 23, 33};
    static const double coefficient[] = {1, 2, 3, 4, 5, 6};
    static const double weight[] = {0.25, 0.75};
    static const double taught[] = {17};
    static const double fitted[] = {10, 11, 12};
    static const double models[] = {MODELS / 2.0, MODELS / 2.0, MODELS};
    static const double bounds[] = {1, 2, 2, 3, 3, 4, 4, 5};
    check_numbers(file, "prior_covariance", 9, covariance);
    check_numbers(file, "prior_coefficient", 6, coefficient);
    check_numbers(file, "prior_mean", 3, coefficient);
    check_numbers(file, "prior_size_weight", 2, weight);
    check_numbers(file, "prior_model_count", 1, taught);
    check_numbers(file, "organization_fitted_count", ROWS, fitted);
    check_numbers(file, "organization_model_count", ROWS, models);
    check_numbers(file, "fitness_bin_bounds", 8, bounds);
    tap_close(number_at(file, "fitness_bin", 1, 0), sqrt(6), 1e-15,
              "a bin of a logarithmic axis has the geometric middle");
    /* Organization 1 at milestone 1, point 2, is point 16 + 2 of the second milestone's array. */
    double *density = numbers(file, "count_density", ROWS * MILESTONES * POINTS);
    tap_ok(density != NULL && density[(1 * MILESTONES + 1) * POINTS + 2] == 1 + 18 * 0.01,
           "count_density stands by organization, then milestone");
    free(density);
    (void)nc_close(file);
}

static void test_bits(const struct fixture *fixture)
{
    struct error error = {0};
    size_t size[2] = {0};
    char *bytes[2] = {NULL};
    bytes[0] = contents(output, &size[0]);
    (void)unlink(output);
    tap_ok(write_run(fixture, output, STORE_SLAB, &error), "a run is written again %s",
           error.message);
    bytes[1] = contents(output, &size[1]);
    tap_ok(size[0] == size[1] && memcmp(bytes[0], bytes[1], size[0]) == 0,
           "the same run has the same bytes (%zu, %zu)", size[0], size[1]);
    free(bytes[0]);
    free(bytes[1]);
}

static void test_readers(void)
{
    char command[256];
    if (access("/usr/bin/python3", X_OK) != 0 ||
        system("/usr/bin/python3 -c 'import netCDF4, xarray' 2>/dev/null") != 0) {
        tap_skip("no netCDF4 and xarray for Python");
        return;
    }
    (void)snprintf(command, sizeof command, "/usr/bin/python3 tests/check_output.py %s 1>&2",
                   output);
    tap_ok(system(command) == 0, "netCDF4, xarray and NCO find the output in order");
}

static void test_check(void)
{
    struct error error = {0};
    tap_ok(!output_check(output, false, &error) && error.kind == ERROR_USAGE &&
               strstr(error.message, "exists") != NULL,
           "an existing output is refused: %s", error.message);
    tap_ok(output_check(output, true, &error), "force allows to replace it");
    tap_ok(!output_check(folder, true, &error) && error.kind == ERROR_USAGE,
           "a folder is refused even with force: %s", error.message);
    tap_ok(!output_check("/dev/null", true, &error), "a device is refused: %s", error.message);
    tap_ok(!output_check("/tmp/growcast-no-such-folder/run.nc", false, &error) &&
               strstr(error.message, "No such file") != NULL,
           "a folder that does not exist is refused: %s", error.message);
    char slash[80];
    (void)snprintf(slash, sizeof slash, "%s/new/", folder);
    tap_ok(!output_check(slash, false, &error), "a name that ends in / is refused: %s",
           error.message);
    (void)unlink(output);
    tap_ok(output_check(output, false, &error) && files_in_folder() == 0,
           "a new output is allowed, and asking leaves no file");
}

static void test_required(void)
{
    struct fixture *fixture = fixture_create(3);
    struct error error = {0};
    fixture->rows[fixture->layout.length + fixture->layout.offset[RESULT_FIT_STATUS]] = (double)NAN;
    tap_ok(!write_run(fixture, output, 2, &error) && error.kind == ERROR_RUN &&
               strstr(error.message, "fit_status") != NULL,
           "a model that was never computed is a failure: %s", error.message);
    tap_ok(files_in_folder() == 0, "and leaves no file");
    fixture->rows[fixture->layout.length + fixture->layout.offset[RESULT_FIT_STATUS]] = 1.5;
    tap_ok(!write_run(fixture, output, 2, &error), "so is a value that its type cannot hold: %s",
           error.message);
    fixture_free(fixture);
}

/**
 * Writes the run in a child that may not write files beyond limit bytes, as on a full disk. The
 * exit status of the child: 0 written, 1 failed in an orderly way with a message that says why, 2
 * otherwise.
 */
static int write_limited(const struct fixture *fixture, size_t limit)
{
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit bound = {.rlim_cur = limit, .rlim_max = limit};
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &bound);
        struct error error = {0};
        bool done = write_run(fixture, output, STORE_SLAB, &error);
        bool explained = error.kind == ERROR_RUN && strstr(error.message, "File too large") != NULL;
        exit(done ? 0 : explained ? 1 : 2);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void test_full_disk(const struct fixture *fixture)
{
    struct stat status = {0};
    (void)stat(output, &status);
    size_t whole = (size_t)status.st_size;
    (void)unlink(output);
    enum { STAGES = 24 };
    size_t left = 0;
    int worst = 0;
    for (size_t stage = 0; stage < STAGES; stage++) {
        int result = write_limited(fixture, whole * stage / STAGES);
        worst = result == 1 ? worst : result + 1000;
        left += files_in_folder();
    }
    tap_ok(worst == 0, "a full disk at any stage is a failure that says why (%d)", worst);
    tap_ok(left == 0, "and leaves no file (%zu)", left);
    /* On its way a file may be somewhat larger than in the end. */
    tap_ok(write_limited(fixture, 2 * whole) == 0 && files_in_folder() == 1,
           "a disk that is large enough does");
}

static void test_killed(const struct fixture *fixture)
{
    struct error error = {0};
    struct store *store = store_run_create(output, &fixture->run, &error);
    tap_ok(access(output, F_OK) == 0, "while a new file is written the old one stays");
    store_discard(store);
    tap_ok(files_in_folder() == 1, "giving up leaves the old file alone");
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    (void)snprintf(output, sizeof output, "%s/run.nc", folder);
    struct fixture *fixture = fixture_create(MODELS);
    test_values(fixture);
    test_summaries();
    test_bits(fixture);
    test_readers();
    test_full_disk(fixture);
    test_killed(fixture);
    test_check();
    test_required();
    fixture_free(fixture);
    (void)unlink(output);
    (void)rmdir(folder);
    return tap_done();
}
