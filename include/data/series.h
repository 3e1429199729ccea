/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Series and the catalog of all series of a run.
 *
 * A series is the cumulative count of one base model at increasing ages since its release. The
 * catalog lives on rank 0; workers receive the series of their chunk as packed bytes, or all of it
 * where they learn from all series.
 */
#ifndef GROWCAST_SERIES_H
#define GROWCAST_SERIES_H

#include "dictionary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;

/** The input's own unit of age. */
enum series_step { SERIES_STEP_MONTH, SERIES_STEP_DAY };

/** Days of an average month (365.25 / 12). */
#define SERIES_DAYS_PER_MONTH 30.4375

/** Marks a release date that the input does not give. */
#define SERIES_NO_DATE INT32_MIN

/** No series is observed for longer, steps; keeps dates computed from ages in range. */
#define SERIES_AGE_MAX 1e6

/** What is known about a series beside its counts. */
enum series_flag {
    SERIES_LEFT_CENSORED = 1 << 0, /**< released before the Hub's earliest stamp, age unknown */
    SERIES_REPAIRED = 1 << 1,      /**< counts recovered from a trailing counter */
};

/**
 * One series. Points are the observed ages only, so gaps are simply absent: age[0] < age[1] < ...
 * Ages are whole numbers up to SERIES_AGE_MAX. Counts are cumulative, finite, non-negative and
 * never decrease, and where the data begin at
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

/** A series that owns its memory: age, observed and name become parts of one allocation and get
 *  copies of what `from` points to. Released by series_free(). */
struct series series_copy(const struct series *from);

/** Frees a series made by series_copy() or series_unpack(). */
void series_free(struct series *series);

/** NULL if the series is as struct series demands, else what is wrong with it, a static text. */
const char *series_defect(const struct series *series);

/** The last cumulative count. */
double series_last_count(const struct series *series);

/**
 * The largest share of the last count that came within a single step,
 *
 *     max_k (y_k - y_{k-1}) / (age_k - age_{k-1}) / y_last,
 *
 * in 0 .. 1; a gap counts as evenly filled. A count at age 0 came within the step before it. 0 if
 * the last count is 0.
 */
double series_largest_step_share(const struct series *series);

/** True if no count is above 0. */
bool series_all_zero(const struct series *series);

/** Date of the last point: release_date plus its age, where a month later is the same day of the
 *  next month (calendar.h). SERIES_NO_DATE without a release date. */
int32_t series_end_date(const struct series *series, enum series_step step);

/** Bytes that series_pack() writes for a series. */
size_t series_packed_size(const struct series *series);

/** Writes a series as bytes[series_packed_size()], for ranks of one machine architecture. The bytes
 *  need no alignment and series may follow each other in one message. */
void series_pack(const struct series *series, unsigned char *bytes);

/** Reads the series at the start of bytes[size] into *series, which then owns its memory
 *  (series_free()). Returns the bytes used, or 0, with *series untouched, if they do not hold a
 *  whole series without defect. */
size_t series_unpack(const unsigned char *bytes, size_t size, struct series *series);

/** All series of a run, in input order. Everything in it is owned by it. A catalog set to zeros is
 *  an empty one. */
struct catalog {
    enum series_step step;
    size_t series_count;
    size_t series_capacity;
    struct series *series;
    size_t organization_count;
    size_t organization_capacity;
    char **organization_name; /**< [organization_count], sorted by name once reading is done */
    struct dictionary organization_index; /**< position in organization_name by name */
    int32_t end_date; /**< last observed date over all series, days, or SERIES_NO_DATE */
};

/** Index of the organization of that name, which is added (as a copy) if it is new. Indices change
 *  once, in catalog_finish(). */
size_t catalog_organization(struct catalog *catalog, const char *name);

/** Appends a copy of a series, which must have no defect. The copy stays where it is pointed to
 *  only until the next append. */
struct series *catalog_append(struct catalog *catalog, const struct series *series);

/** Takes out the series whose last count is below `minimum`; the others keep their order. Returns
 *  how many were taken out. */
size_t catalog_drop_small(struct catalog *catalog, double minimum);

/** Takes out the points at ages above `window`, steps, as if every series had ended there, and the
 *  series that have no other point; returns how many series. */
size_t catalog_observe(struct catalog *catalog, double window);

/** Ends building: drops organizations without series, sorts the others by name (bytewise),
 *  renumbers series.organization and sets end_date. */
void catalog_finish(struct catalog *catalog);

/**
 * Makes *one, empty before and then the caller's, a catalog of the series of that name alone.
 * *organization is the index in `catalog` of its organization. False if there is none.
 */
bool catalog_single(const struct catalog *catalog, const char *name, struct catalog *one,
                    size_t *organization);

/** Appends the whole catalog to a message for ranks that need all series. */
void catalog_pack(const struct catalog *catalog, struct buffer *buffer);

/** Makes *catalog, which the caller owns, from a buffer that catalog_pack() filled. False, with an
 *  empty catalog, if the buffer does not hold exactly one. */
bool catalog_unpack(const struct buffer *buffer, struct catalog *catalog);

/** Frees what the catalog owns and leaves it empty. */
void catalog_free(struct catalog *catalog);

#endif
