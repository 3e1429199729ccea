/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Series and the catalog of all series of a run.
 *
 * A series is the cumulative count of one base model at increasing ages since its release. The
 * catalog lives on rank 0; workers receive the series of their chunk as packed bytes.
 */
#ifndef GROWCAST_SERIES_H
#define GROWCAST_SERIES_H

#include <stddef.h>
#include <stdint.h>

/** The input's own unit of age. */
enum series_step { SERIES_STEP_MONTH, SERIES_STEP_DAY };

/** Days of an average month (365.25 / 12). */
#define SERIES_DAYS_PER_MONTH 30.4375

/** Marks a release date that the input does not give. */
#define SERIES_NO_DATE INT32_MIN

/** What is known about a series beside its counts. */
enum series_flag {
    SERIES_LEFT_CENSORED = 1 << 0, /**< released before the Hub's earliest stamp, age unknown */
    SERIES_REPAIRED = 1 << 1,      /**< counts recovered from a trailing counter */
};

/**
 * One series. Points are the observed ages only, so gaps are simply absent: age[0] < age[1] < ...
 * Counts are cumulative, finite, non-negative and never decrease, and where the data begin at
 * release the first point is age 0 (the curve is 0 there).
 */
struct series {
    char *name;           /**< the base model's full name, UTF-8 */
    size_t organization;  /**< index into catalog.organization_name */
    int32_t release_date; /**< days since 1970-01-01 UTC, or SERIES_NO_DATE */
    unsigned flags;       /**< enum series_flag */
    size_t count;         /**< number of points, at least 1 */
    double *age;          /**< [count] ages in steps since release */
    double *observed;     /**< [count] cumulative counts */
};

/** All series of a run, in input order. Everything in it is owned by it. */
struct catalog {
    enum series_step step;
    size_t series_count;
    size_t series_capacity;
    struct series *series;
    size_t organization_count;
    size_t organization_capacity;
    char **organization_name; /**< [organization_count], sorted by name once reading is done */
    int32_t end_date;         /**< last observed date over all series, days, or SERIES_NO_DATE */
};

void catalog_free(struct catalog *catalog);

#endif
