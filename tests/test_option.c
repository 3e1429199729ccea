/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "option.h"
#include "suggest.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/growcast-test-option-XXXXXX";

static void write_file(const char *text)
{
    FILE *file = fopen(path, "w");
    (void)fputs(text, file);
    (void)fclose(file);
}

/* Reads text as the only file, finished; the error's message is in *error. */
static bool read_text(const char *text, struct config *config, struct error *error)
{
    write_file(text);
    struct option_layers layers;
    char note[512];
    option_layers_start(&layers);
    bool read = option_read_file(&layers, path, error);
    option_layers_finish(&layers, note, sizeof note);
    *config = layers.config;
    return read;
}

/* The file must be rejected as wrong configuration at that line, with that in the message. */
static void rejects(const char *text, size_t line, const char *part)
{
    struct config config;
    struct error error = {.kind = ERROR_NONE};
    char where[64];
    (void)snprintf(where, sizeof where, "%s:%zu: ", path, line);
    bool read = read_text(text, &config, &error);
    bool told = strncmp(error.message, where, strlen(where)) == 0 && strstr(error.message, part);
    if (!tap_ok(!read && error.kind == ERROR_USAGE && told, "rejected: %s", part)) {
        printf("# %s\n", error.message);
    }
}

static void test_defaults(void)
{
    struct config config;
    option_defaults(&config);
    /* The values that the interface promises. */
    tap_ok(config.model.scale == 30, "model.scale = 30");
    tap_ok(config.model.time_unit == TIME_UNIT_STEP, "model.time_unit = step");
    tap_ok(config.fit.method == FIT_LEAST_SQUARES, "fit.method = least-squares");
    tap_ok(config.bootstrap.replicates == 1000, "bootstrap.replicates = 1000");
    tap_ok(config.bootstrap.method == BOOTSTRAP_PARAMETRIC_NB, "bootstrap.method = parametric-nb");
    tap_ok(!config.bootstrap.keep, "bootstrap.keep = no");
    tap_ok(config.run.seed == 1, "run.seed = 1");
    tap_ok(config.density.milestones.count == 3 && config.density.milestones.value[2] == 12,
           "density.milestones = 2, 6, 12");
    tap_ok(config.density.fitness_range.value[0] == 1 &&
               config.density.fitness_range.value[1] == 10,
           "density.fitness_range = 1, 10");
}

static void test_table(void)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_key *key = &option_table[i];
        struct config config;
        char text[2048];
        option_defaults(&config);
        option_format(key, &config, text, sizeof text);
        tap_ok(strcmp(text, key->initial) == 0 && option_find(key->section, key->name) == key &&
                   strlen(key->help) > 0 && strpbrk(key->help, "\n") == NULL &&
                   (key->type != OPTION_CHOICE || key->choices != NULL),
               "%s.%s: the default reads and writes as %s", key->section, key->name, text);
    }
}

static void test_values(void)
{
    struct config config;
    struct error error;
    tap_ok(
        read_text("\xEF\xBB\xBF[model]\r\nscale = 1e2 ; inline\r\n[bootstrap]\nkeep=yes # yes\n"
                  "replicates: 0\n[density]\nmilestones = 2, 30d ,6mo\n"
                  "[input]\nexclude = a#b;c d\n[run]\ntime_limit = 1.5h\nseed=9007199254740992\n",
                  &config, &error),
        "a file with a byte order mark, CRLF and comments is read");
    tap_ok(config.model.scale == 100, "a number in scientific notation");
    tap_ok(config.bootstrap.keep && config.bootstrap.replicates == 0, "a flag and a colon");
    const struct config_age_list *ages = &config.density.milestones;
    tap_ok(ages->count == 3 && ages->value[1] == 30 && ages->unit[1] == CONFIG_AGE_DAY &&
               ages->value[2] == 6 && ages->unit[2] == CONFIG_AGE_MONTH &&
               ages->unit[0] == CONFIG_AGE_STEP,
           "ages with units");
    tap_ok(strcmp(config.input.exclude, "a#b;c d") == 0, "text keeps # and ; inside words");
    tap_ok(config.run.time_limit.seconds == 5400, "1.5h is 5400 s");
    tap_ok(config.run.seed == 9007199254740992U, "a seed of 2^53");
}

static void test_rejections(void)
{
    rejects("[model]\nscal = 3\n", 2,
            "unknown key model.scal; the nearest known key is model.scale");
    rejects("[boostrap]\n\n# x\nreplicates = 3\n", 4, "nearest known key is bootstrap.replicates");
    rejects("[fit]\nreplicates = 3\n", 2, "nearest known key is bootstrap.replicates");
    rejects("scale = 3\n", 1, "unknown key .scale; the nearest known key is model.scale");
    rejects("[model]\nscale = 3\n[run]\nseed=1\n[model]\nscale = 3\n", 6, "given twice");
    rejects("[model]\nscale = 0\n", 2, "model.scale = 0: expected real number, > 0");
    rejects("[model]\nscale = 3x\n", 2, "model.scale = 3x: expected real number");
    rejects("[model]\nscale = nan\n", 2, "expected real number");
    rejects("[model]\nscale = inf\n", 2, "expected real number");
    rejects("[model]\nscale =\n", 2, "expected real number");
    rejects("[bootstrap]\nreplicates = -1\n", 2, "expected whole number, >= 0 and <= 10000000");
    rejects("[bootstrap]\nreplicates = 1.5\n", 2, "expected whole number");
    rejects("[run]\nseed = 99999999999999999999999\n", 2, "expected whole number");
    rejects("[bootstrap]\nkeep = maybe\n", 2, "bootstrap.keep = maybe: expected yes or no");
    rejects("[fit]\nengine = fast\n", 2, "expected one of batched | gsl");
    rejects("[output]\nquantiles = 0.5, 0.5\n", 2, "increasing");
    rejects("[output]\nquantiles = 0.5, 1\n", 2, "< 1");
    rejects("[output]\nquantiles = 0.5,\n", 2, "list of numbers");
    rejects("[output]\nquantiles = ,0.5\n", 2, "list of numbers");
    rejects("[density]\nfitness_range = 1\n", 2, "exactly 2");
    rejects("[density]\nmilestones = 6 weeks\n", 2, "list of ages");
    rejects("[run]\ntime_limit = 3 fortnights\n", 2, "duration");
    rejects("[model]\nscale = 3\njust words\n[model]\n", 3, "neither");
    rejects("[model\nscale = 3\n", 1, "neither");
    rejects("[model]\nscale = 3\n  and more\n", 3, "neither");
}

static void test_long_lines(void)
{
    char text[6000] = "[output]\nquantiles = 0.1";
    struct config config;
    struct error error;
    size_t used = strlen(text);
    memset(text + used, ' ', 1000);
    (void)strcpy(text + used + 1000, ", 0.2\n");
    tap_ok(read_text(text, &config, &error) && config.output.quantiles.count == 2,
           "a line of 1000 bytes is read whole");
    memset(text + used, ' ', 5000);
    (void)strcpy(text + used + 5000, ", 0.2\n");
    rejects(text, 2, "line of more than");
}

static void test_round_trip(void)
{
    struct config config;
    struct config again;
    struct error error;
    (void)read_text(
        "[model]\nscale = 0.1\n[fit]\nconfidence = 0.30000000000000004\nmethod = paper\n"
        "[density]\nmilestones = 2, 30d, 1e-300mo\n[simulate]\nparameters = a b.csv\n"
        "[run]\ntime_limit = 90min\n",
        &config, &error);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = memory_stream(&text, &size);
    option_write_effective(&config, stream);
    (void)fclose(stream);
    tap_ok(read_text(text, &again, &error), "the effective configuration can be read");
    tap_ok(memcmp(&config, &again, sizeof config) == 0, "and is the same bytes");
    free(text);

    text = option_recorded_text(&config);
    tap_ok(strstr(text, "seed = 1") != NULL && strstr(text, "time_limit") == NULL,
           "the record leaves out what changes no result");
    free(text);
}

static void test_paper(void)
{
    struct config config;
    struct error error;
    (void)read_text("[fit]\nmethod = paper\n", &config, &error);
    tap_ok(config.model.scale == 1 && config.model.time_unit == TIME_UNIT_YEAR,
           "fit.method = paper sets m = 1 and years");
    (void)read_text("[fit]\nmethod = paper\n[model]\nscale = 100\ntime_unit = month\n", &config,
                    &error);
    tap_ok(config.model.scale == 100 && config.model.time_unit == TIME_UNIT_MONTH,
           "except where the same file sets them");

    struct option_layers layers;
    char note[512];
    write_file("[model]\nscale = 30\ntime_unit = month\n");
    option_layers_start(&layers);
    (void)option_read_file(&layers, path, &error);
    const struct option_setting paper = {"--set", NULL, "fit.method=paper"};
    (void)option_read_settings(&layers, &paper, 1, &error);
    option_layers_finish(&layers, note, sizeof note);
    tap_ok(layers.config.model.scale == 1 && layers.config.model.time_unit == TIME_UNIT_YEAR,
           "an earlier file gives way");
    tap_ok(strstr(note, "model.scale = 1, model.time_unit = year") != NULL, "and it is said");
}

static void test_settings(void)
{
    struct option_layers layers;
    struct error error;
    const struct option_setting good[] = {{"--set", NULL, "input.exclude=a=b"},
                                          {"--seed", "run.seed", "7"},
                                          {"--set", NULL, "run.seed=8"}};
    option_layers_start(&layers);
    tap_ok(option_read_settings(&layers, good, 3, &error) && layers.config.run.seed == 8 &&
               strcmp(layers.config.input.exclude, "a=b") == 0,
           "settings are taken in order and may contain =");
    const struct option_setting bad[] = {{"--set", NULL, "run.seed"},
                                         {"--set", NULL, "seed=3"},
                                         {"--seed", "run.seed", "x"},
                                         {"--set", NULL, "run.sed=3"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        error.kind = ERROR_NONE;
        tap_ok(!option_read_settings(&layers, &bad[i], 1, &error) && error.kind == ERROR_USAGE &&
                   strncmp(error.message, bad[i].origin, 5) == 0,
               "rejected: %s", error.message);
    }
    tap_ok(!option_read_file(&layers, "/nonexistent.ini", &error) && error.kind == ERROR_USAGE,
           "rejected: %s", error.message);
    tap_ok(!option_read_file(&layers, "/", &error) && error.kind == ERROR_USAGE, "rejected: %s",
           error.message);
}

static void test_distance(void)
{
    tap_ok(suggest_distance("kitten", "sitting") == 3, "kitten to sitting is 3 changes");
    tap_ok(suggest_distance("ab", "ba") == 1, "a swap is one change");
    tap_ok(suggest_distance("", "abc") == 3, "from nothing: insertions");
}

int main(void)
{
    int descriptor = mkstemp(path);
    if (descriptor < 0) {
        return 1;
    }
    (void)close(descriptor);
    test_defaults();
    test_table();
    test_values();
    test_rejections();
    test_long_lines();
    test_round_trip();
    test_paper();
    test_settings();
    test_distance();
    (void)unlink(path);
    return tap_done();
}
