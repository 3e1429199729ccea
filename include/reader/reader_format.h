/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the readers of the single formats share: the state of a run of reading, of one file, and the
 * way of a series from its cells into the catalog.
 */
#ifndef GROWCAST_READER_FORMAT_H
#define GROWCAST_READER_FORMAT_H

#include "calendar.h"
#include "reader_counter.h"
#include "reader_echo.h"
#include "reader_header.h"
#include "reader_mapping.h"

/** Where a model came first. */
struct reader_origin {
    size_t source; /**< index into reader_report.source */
    size_t line;
};

/** All of reader_read(). */
struct reader {
    const struct config_input *config;
    struct catalog *catalog;
    struct reader_report *report;
    struct reader_mapping mapping;
    struct dictionary ignored; /**< names in report->ignored_columns */
    struct dictionary models;  /**< index in the catalog by name */
    size_t origin_capacity;
    struct reader_origin *origin; /**< [catalog->series_count] */
    bool step_known;
    size_t step_source; /**< the source that decided the step */
    size_t echo_count;
    size_t echo_capacity;
    struct reader_echo *echo; /**< of the series that have one */
};

/** A series on its way from a file's cells into the catalog. Texts are borrowed. */
struct reader_draft {
    const char *name;
    const char *organization; /**< as the file has it; NULL or "": from the name */
    size_t line;              /**< where the series, or its first row, stands */
    bool excluded;            /**< input.exclude matches; then only name and line are filled */
    bool dated;               /**< created is known */
    struct calendar_time created;
    int32_t release_date; /**< day of age 0, or SERIES_NO_DATE */
    double before;        /**< see reader_counter_cumulate() */
    size_t early_points;  /**< counts above zero before release */
    int32_t early_days;   /**< the earliest of them, days before release */
    struct reader_points points;
};

struct reader_long;

/** One file that is being read. */
struct reader_file {
    struct reader *reader;
    const char *path;
    size_t source; /**< index into reader_report.source */
    struct reader_header header;
    struct reader_draft draft; /**< the current series; its memory serves one after the other */
    size_t scratch_capacity;
    double *scratch;          /**< ages and counts of the current series */
    struct reader_long *rows; /**< of format long: what was read so far */
};

/** Begins a series from the cells model, organization and created_at of a row: checks them and
 *  fills all of *draft, whose points are emptied. False with *error filled if a cell is bad. */
bool reader_draft_begin(struct reader_draft *draft, const struct reader_file *file,
                        const struct reader_row *row, struct error *error);

/** Appends a point to a series. */
void reader_draft_point(struct reader_draft *draft, struct reader_point point);

/** Notes a count of a day before release, which becomes no point. */
void reader_draft_early(struct reader_draft *draft, int32_t day, double count);

/** Age in steps of a day, where `first` is the first observed day from release on. */
double reader_draft_age(const struct reader_draft *draft, enum series_step step, int32_t first,
                        int32_t day);

/** Ends file->draft: makes its counts cumulative and adds it to the catalog. Returns false with
 * *error filled if it has no points, came before, or its counts are not what input.counter says. */
bool reader_draft_end(struct reader_file *file, struct error *error);

/** Reads the count in a row's column. False with *error filled if it is none. */
bool reader_cell_count(const struct reader_file *file, const struct reader_row *row, size_t column,
                       double *count, struct error *error);

/** Agrees on the step of all inputs: the file's own, or, where it shows none, that of the others or
 *  else days. False with *error filled if earlier files have another, or if
 *  input.counter cannot be read at this step. */
bool reader_agree_step(struct reader_file *file, bool known, enum series_step step,
                       struct error *error);

/** One row of a file; false with *error filled if it is bad. reader_long_row() only collects;
 *  excluded models are passed over. */
bool reader_wide_age_row(struct reader_file *file, const struct reader_row *row,
                         struct error *error);
bool reader_wide_date_row(struct reader_file *file, const struct reader_row *row,
                          struct error *error);
bool reader_long_row(struct reader_file *file, const struct reader_row *row, struct error *error);

/** Makes series of all rows of a file of format long. */
bool reader_long_finish(struct reader_file *file, struct error *error);

/** Frees what reader_long_row() collected; NULL is allowed. */
void reader_long_free(struct reader_long *rows);

/** What input.on_bad_row says about a bad row: true, if it is skipped and now counted. */
bool reader_skip(struct reader *reader, const struct error *error);

#endif
