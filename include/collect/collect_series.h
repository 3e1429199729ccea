/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * From what was collected to a file of series that `growcast fit` reads.
 *
 * Ages are counted on the calendar, in UTC, by dates alone: a descendant made on the day its base
 * was released has age 0, whatever the hour. The count at age k is the number of descendants made
 * before the day that is k months (or days) after the release, where a month later is the same day
 * of the next month or, if that has no such day, its last (calendar.h). The count at age 0 is thus
 * always 0, and a series ends with the last age that is complete on the date of observation.
 */
#ifndef GROWCAST_COLLECT_SERIES_H
#define GROWCAST_COLLECT_SERIES_H

#include "collect.h"
#include "reader_mapping.h"

/** Who was made from whom, by the wanted relations. Everything in it is owned by it. */
struct collect_lineage {
    size_t model_count;
    size_t depth;
    uint32_t *offset;     /**< [model_count + 1] */
    uint32_t *child;      /**< children of model i: child[offset[i]] .. child[offset[i + 1] - 1] */
    uint32_t *base_count; /**< [model_count] distinct bases of each model */
    size_t self_references; /**< models that name themselves as base: left out */
    size_t missing_bases;   /**< bases with children that no record describes */
    uint32_t *seen;         /**< [model_count] stamp of the search that last came by */
    uint32_t stamp;
    uint32_t *queue; /**< [model_count] */
};

/** Makes the lineage. relations: set of enum collect_relation; a link without relation counts as
 *  COLLECT_FINETUNE. */
void collect_lineage_make(struct collect_lineage *lineage, const struct collect *collect,
                          unsigned relations, size_t depth);

/** The distinct descendants of a model, up to lineage->depth generations, itself never among them:
 *  returns how many, and in *models an array that the next call overwrites. */
size_t collect_lineage_descendants(struct collect_lineage *lineage, uint32_t model,
                                   const uint32_t **models);

void collect_lineage_free(struct collect_lineage *lineage);

/** What was written, for a report. */
struct collect_written {
    int32_t until;                       /**< the date of observation, days */
    size_t series;                       /**< rows written */
    size_t excluded;                     /**< models left out because of input.exclude */
    size_t left_censored;                /**< series released at the Hub's earliest stamp */
    size_t undated_bases;                /**< models without a known release: see collect.undated */
    size_t undated_children;             /**< descendants without a date: not counted */
    size_t early_children;               /**< descendants dated before their base: not counted */
    size_t self_references;              /**< see struct collect_lineage */
    size_t missing_bases;                /**< see struct collect_lineage */
    struct reader_counter_facts counter; /**< what recovering downloads came upon */
    size_t unrecovered; /**< models without a download count that could be recovered */
};

/**
 * Writes the series that config->collect asks for as CSV, ordered by name: layout wide by age for
 * months, wide by date for days and for downloads. Downloads are written as they were counted or,
 * with input.counter = trailing30, recovered (reader_counter.h). Errors: ERROR_USAGE for a date or
 * combination of settings that is not allowed, ERROR_INPUT if there is no series to write.
 */
bool collect_write(const struct collect *collect, const struct config *config,
                   const struct reader_mapping *mapping, FILE *file,
                   struct collect_written *written, struct error *error);

/* Parts of collect_write(). */

/** A model whose series is to be written. */
struct collect_row {
    uint32_t model;
    struct calendar_time release;
};

/** Decides whether a model may have a series, and counts why not. */
bool collect_row_allowed(const struct collect *collect, const struct config *config,
                         const struct reader_mapping *mapping, const struct collect_row *row,
                         struct collect_written *written);

/** Orders rows by the names of their models. */
void collect_rows_sort(const struct collect *collect, struct collect_row *rows, size_t count);

/** Writes the first fields of a row: model, organization, created_at. */
void collect_row_begin(const struct collect *collect, const struct reader_mapping *mapping,
                       const struct collect_row *row, FILE *file);

/** collect_write() for downloads. */
bool collect_write_downloads(const struct collect *collect, const struct config *config,
                             const struct reader_mapping *mapping, FILE *file,
                             struct collect_written *written, struct error *error);

#endif
