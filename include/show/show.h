/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Tables of a complete output file of `growcast fit`, for `growcast show`.
 *
 * Estimates come with the interval from the smallest to the largest quantile of the file, named in
 * the run's table. A fitness that is flagged fitness_unbounded is shown as unbounded, since its
 * number in the file says where a search ended.
 */
#ifndef GROWCAST_SHOW_H
#define GROWCAST_SHOW_H

#include "store_read.h"
#include "table.h"

/** What models are ordered by: the largest first, names alphabetically; missing values last. */
enum show_sort {
    SHOW_SORT_COUNT, /**< last observed count */
    SHOW_SORT_NAME,
    SHOW_SORT_RELEASE,
    SHOW_SORT_FITNESS,
    SHOW_SORT_IMMEDIACY,
    SHOW_SORT_LONGEVITY,
    SHOW_SORT_FORECAST, /**< forecast at the longest horizon */
    SHOW_SORT_NUMBER,
};

/** The words of enum show_sort, by value, NULL-terminated. */
extern const char *const show_sort_names[SHOW_SORT_NUMBER + 1];

/** Which models are shown. */
struct show_selection {
    const char *organization; /**< borrowed; NULL: all */
    size_t models;            /**< at most so many; 0: all */
    enum show_sort sort;
};

/** Each returns a table that the caller owns, or NULL with an ERROR_INPUT that names the variable
 *  which is missing or not as it should be. An unknown organization is an ERROR_USAGE. */
struct table *show_run(const struct store_reader *reader, struct error *error);
struct table *show_models(const struct store_reader *reader, const struct show_selection *selection,
                          struct error *error);
struct table *show_organizations(const struct store_reader *reader,
                                 const struct show_selection *selection, struct error *error);

/** Position of an organization, of "all" (the last one) for NULL; ERROR_USAGE if there is none. */
bool show_find_organization(char *const *names, size_t count, const char *organization,
                            size_t *position, struct error *error);

#endif
