/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "provenance.h"

#include "tap.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char empty_sha256[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static struct provenance example(const char *configuration, uint64_t seed)
{
    struct provenance provenance =
        provenance_make("Open MPI v4.1.4, package: Debian OpenMPI\n", "NetCDF 4.9.0; HDF5 1.10.8",
                        "avx2", configuration, seed);
    provenance_add_input(&provenance, "b.csv", empty_sha256);
    provenance_add_input(&provenance, "a b.csv", empty_sha256);
    return provenance;
}

static void test_versions(void)
{
    struct provenance provenance = example("", 1);
    tap_ok(strncmp(provenance.libraries, "Open MPI v4.1.4; GSL 2.", 23) == 0 &&
               strstr(provenance.libraries, "; NetCDF 4.9.0; HDF5 1.10.8") != NULL,
           "libraries: %s", provenance.libraries);
    tap_ok(strcmp(provenance.instruction_set, "avx2") == 0 &&
               strspn(provenance.functions, "0123456789abcdef") == 16,
           "arithmetic: %s, %s", provenance.instruction_set, provenance.functions);
    provenance_free(&provenance);
    tap_ok(strcmp(provenance_version(), GROWCAST_VERSION) == 0, "version %s", provenance_version());
    tap_ok(strncmp(provenance_compiler(), "gcc ", 4) == 0 ||
               strncmp(provenance_compiler(), "clang ", 6) == 0,
           "compiler %s", provenance_compiler());
    const char *commit = provenance_commit();
    size_t digits = 0;
    while (isxdigit((unsigned char)commit[digits])) {
        digits++;
    }
    tap_ok(strcmp(commit, "unknown") == 0 ||
               (digits == 40 && (commit[40] == '\0' || strcmp(commit + 40, "-dirty") == 0)),
           "commit %s", commit);
}

/**
 * The digits are those of
 *     printf '0.1.0\n%s\n%s\n%s\n%s' 18446744073709551615 '[run]' E E | sha256sum
 * with E the SHA-256 of nothing.
 */
static void test_identifier(void)
{
    struct provenance provenance = example("[run]", UINT64_MAX);
    char *identifier = provenance_identifier(&provenance);
    char *inputs = provenance_input_text(&provenance);
    tap_ok(strcmp(GROWCAST_VERSION, "0.1.0") != 0 ||
               strcmp(identifier, "growcast-8ccf6152f76cd64b7bdbfbd02fb506b3") == 0,
           "identifier %s", identifier);
    char expected[256];
    (void)snprintf(expected, sizeof expected, "%s  b.csv\n%s  a b.csv", empty_sha256, empty_sha256);
    tap_ok(strcmp(inputs, expected) == 0, "inputs stand as sha256sum writes them");
    struct provenance other = example("[run]", 1);
    char *changed = provenance_identifier(&other);
    tap_ok(strcmp(identifier, changed) != 0, "another seed has another identifier");
    free(identifier);
    free(changed);
    free(inputs);
    provenance_free(&provenance);
    provenance_free(&other);
}

static void test_history(void)
{
    char *const arguments[] = {"growcast", "fit", "my series.csv", "it's", "", "-s", "run.seed=1"};
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    char expected[512];
    /* date -u -d @1700000000 says Tue Nov 14 22:13:20 UTC 2023. */
    (void)snprintf(expected, sizeof expected,
                   "2023-11-14T22:13:20Z %s: growcast fit 'my series.csv' 'it'\\''s' '' -s "
                   "run.seed=1 (4 ranks)",
                   host);
    char *history = provenance_history(7, arguments, 4, 1700000000);
    tap_ok(strcmp(history, expected) == 0, "%s", history);
    free(history);
}

int main(void)
{
    test_versions();
    test_identifier();
    test_history();
    return tap_done();
}
