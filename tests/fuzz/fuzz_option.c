/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of the settings: `make fuzz`. The first byte of an input says whether the rest
 * is an INI file or lines as --set takes them. Reading must end with settings or with one message;
 * settings that are written and read again must be the same.
 */
#include "fuzz_file.h"
#include "memory.h"
#include "option.h"
#include "sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SETTINGS_MAX = 16, NOTE_SIZE = 512 };

static char path[64];

static void remove_file(void)
{
    (void)unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    (void)snprintf(path, sizeof path, "/dev/shm/growcast-fuzz-option-%ld", (long)getpid());
    (void)atexit(remove_file);
    return 0;
}

static bool read_file(struct option_layers *layers, const uint8_t *data, size_t size,
                      struct error *error)
{
    fuzz_write_file(path, data, size);
    return option_read_file(layers, path, error);
}

static bool read_settings(struct option_layers *layers, const uint8_t *data, size_t size,
                          struct error *error)
{
    struct option_setting settings[SETTINGS_MAX];
    size_t count = 0;
    char *text = memory_array(size + 1, 1);
    char *rest = NULL;
    memcpy(text, data, size);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < SETTINGS_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        settings[count++] = (struct option_setting){.origin = "--set", .value = line};
    }
    bool good = option_read_settings(layers, settings, count, error);
    free(text);
    return good;
}

static void check_written(const struct config *config)
{
    struct option_layers again;
    struct error error = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *file = memory_stream(&text, &size);
    option_write_effective(config, file);
    (void)fclose(file);
    option_layers_start(&again);
    if (!option_read_text(&again, text, "effective", &error) ||
        memcmp(&again.config, config, sizeof *config) != 0) {
        (void)fprintf(stderr, "read again: %s\n%s", error.message, text);
        abort();
    }
    free(text);
}

/* The settings of a sweep's first and last fits can be written and read again as well. */
static void check_grid(const struct config *config, const struct sweep_grid *grid)
{
    size_t combination[] = {0, grid->combinations - 1};
    for (int i = 0; i < 2; i++) {
        struct config single = *config;
        sweep_grid_apply(grid, combination[i], &single);
        single.sweep = (struct config_sweep){0}; /* what is behind its count does not matter */
        check_written(&single);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct option_layers layers;
    struct error error = {0};
    char note[NOTE_SIZE];
    option_layers_start(&layers);
    bool good = data[0] % 2 == 0 ? read_file(&layers, data + 1, size - 1, &error)
                                 : read_settings(&layers, data + 1, size - 1, &error);
    if (good) {
        struct sweep_grid grid;
        option_layers_finish(&layers, note, sizeof note);
        check_written(&layers.config);
        if (sweep_grid_make(&layers.config, &grid, &error)) {
            check_grid(&layers.config, &grid);
        } else if (error.message[0] == '\0') {
            abort();
        }
    } else if (error.kind != ERROR_USAGE || error.message[0] == '\0') {
        abort();
    }
    return 0;
}
