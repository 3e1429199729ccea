/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Input files for the tests of the readers, written to a temporary folder.
 */
#ifndef GROWCAST_READER_FIXTURE_H
#define GROWCAST_READER_FIXTURE_H

#include "memory.h"
#include "reader.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIXTURE_PATH_SIZE = 256 };

/** The temporary folder, the settings of the next reading and what it gave. */
struct fixture {
    char folder[FIXTURE_PATH_SIZE];
    struct config_input config;
    bool good;
    struct catalog catalog;
    struct reader_report report;
    struct error error;
};

static void fixture_open(struct fixture *fixture)
{
    *fixture = (struct fixture){.folder = "/tmp/growcast-reader-XXXXXX",
                                .config.observation_window = 1000};
    if (mkdtemp(fixture->folder) == NULL) {
        perror(fixture->folder);
        exit(EXIT_FAILURE);
    }
}

static void fixture_path(const struct fixture *fixture, const char *name,
                         char path[FIXTURE_PATH_SIZE])
{
    (void)snprintf(path, FIXTURE_PATH_SIZE, "%.100s/%.100s", fixture->folder, name);
}

/** Writes bytes to a file of the folder. */
static void fixture_write(const struct fixture *fixture, const char *name, const char *bytes,
                          size_t length)
{
    char path[FIXTURE_PATH_SIZE];
    fixture_path(fixture, name, path);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

static void fixture_remove(const struct fixture *fixture, const char *name)
{
    char path[FIXTURE_PATH_SIZE];
    fixture_path(fixture, name, path);
    (void)unlink(path);
}

/** Frees what the last reading gave. */
static void fixture_clear(struct fixture *fixture)
{
    catalog_free(&fixture->catalog);
    reader_report_free(&fixture->report);
}

/** Reads a path as it is. */
static bool fixture_read_path(struct fixture *fixture, const char *path)
{
    fixture_clear(fixture);
    fixture->error = (struct error){0};
    fixture->good = reader_read(&fixture->config, &path, 1, &fixture->catalog, &fixture->report,
                                &fixture->error);
    return fixture->good;
}

/** Writes a text to input.csv and reads it. */
__attribute__((unused)) static bool fixture_read(struct fixture *fixture, const char *text)
{
    char path[FIXTURE_PATH_SIZE];
    fixture_write(fixture, "input.csv", text, strlen(text));
    fixture_path(fixture, "input.csv", path);
    return fixture_read_path(fixture, path);
}

/** Removes the folder, which must be empty but for input.csv. */
static void fixture_close(struct fixture *fixture)
{
    fixture_clear(fixture);
    fixture_remove(fixture, "input.csv");
    if (rmdir(fixture->folder) != 0) {
        perror(fixture->folder);
    }
}

#endif
