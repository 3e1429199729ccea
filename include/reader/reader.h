/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * From input files to the catalog.
 *
 * Three layouts, recognised by their header or forced by input.format; columns they do not know
 * are left alone:
 *
 * wide by age   `model,0-month,1-month,...` (or `0-day`): counts by age; blank cells at the end are
 *               the end of observation, others gaps. Without an age 0 column, a series with a count
 *               at age 1 is seen from its release, and age 0 with count 0 is implied.
 * wide by date  `model,2024-07-02,2024-07-03,...`: counts by date. Age 0 is created_at's date; what
 *               stands before it is left out and, if it is not zero, reported. A model without
 *               created_at begins at its first count.
 * long          `model,date,count`, a point a row, in any order; ages as by date.
 *
 * All know `organization` (or `company`) and `created_at`. Dates a month apart (to three days) make
 * steps of months, all others days; the age of a monthly date is the number of whole months since
 * release at the first date and goes on by calendar months.
 *
 * The organization of a model is that column, else the part of its name before `/`, else its name;
 * input.organizations may rename it. A model that input.exclude matches is passed over unread.
 *
 * Every defect is one message PATH:LINE:COLUMN, where COLUMN is the number of the field from 1.
 * Defects of a row (text for a count, cumulative counts that decrease, too many fields, a model
 * that came before, ...) end the reading or, with input.on_bad_row = skip, are counted and their
 * row is passed over; with one point a row that is only the point. All other defects end it.
 */
#ifndef GROWCAST_READER_H
#define GROWCAST_READER_H

#include "config.h"
#include "error.h"
#include "reader_csv.h"
#include "series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** What a file was read as. */
enum reader_format {
    READER_WIDE_AGE,
    READER_WIDE_DATE,
    READER_LONG,
    READER_ORGANIZATIONS, /**< input.organizations */
    READER_EXCLUSIONS,    /**< input.exclude */
};

/** A file that was read. */
struct reader_source {
    char *path;                      /**< as given, or with its name joined to a folder as given */
    const char *name;                /**< its last part, borrowed from path */
    char sha256[READER_SHA256_SIZE]; /**< of its bytes, hexadecimal */
    uint64_t bytes;
    enum reader_format format;
    size_t series; /**< series it gave, before input.min_final */
};

/** Texts in order. */
struct reader_texts {
    size_t count;
    size_t capacity;
    char **text;
};

/** What recovering cumulative counts from a trailing counter came upon. */
struct reader_counter_facts {
    size_t series;       /**< series recovered */
    size_t points;       /**< their points */
    size_t falls;        /**< points whose recovered count was below the one before; raised to it */
    double fall_total;   /**< sum of these falls, counts */
    double fall_largest; /**< the largest of them, counts */
};

/** Counts above zero before release, which were left out. */
struct reader_early_facts {
    size_t series;
    size_t points;
    int32_t days; /**< the earliest of them, days before release */
};

/** Skipped rows whose message is kept; all are counted. */
enum { READER_SKIPPED_KEPT = 1000 };

/** What reading came upon; all of it is owned by it. */
struct reader_report {
    size_t source_count;
    size_t source_capacity;
    struct reader_source *source;
    struct reader_texts ignored_columns; /**< names of columns that were left alone, each once */
    size_t skipped_rows;
    struct reader_texts skipped; /**< messages of the first READER_SKIPPED_KEPT of them */
    struct reader_texts warnings;
    size_t excluded;      /**< models passed over because of input.exclude */
    size_t below_minimum; /**< series left out because of input.min_final */
    size_t beyond_window; /**< series left out because of input.observation_window */
    size_t left_censored; /**< series flagged SERIES_LEFT_CENSORED */
    struct reader_counter_facts counter;
    struct reader_early_facts early;
};

/**
 * Reads files, and the *.csv of folders in the order of their names, into *catalog; fills *report.
 * Both are overwritten and then owned by the caller (catalog_free(), reader_report_free()).
 * Returns false with *error filled, and both empty, if an input is missing or bad (ERROR_INPUT), a
 * file named by the configuration is (ERROR_USAGE), or there is no series at all (ERROR_INPUT).
 */
bool reader_read(const struct config_input *config, const char *const *paths, size_t path_count,
                 struct catalog *catalog, struct reader_report *report, struct error *error);

/** Writes what a user should know of the report: warnings, skipped rows, facts; a line each. */
void reader_report_write(const struct reader_report *report, FILE *stream);

/** Frees what the report owns and leaves it empty. */
void reader_report_free(struct reader_report *report);

#endif
