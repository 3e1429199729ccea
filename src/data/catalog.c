/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "series.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

size_t catalog_organization(struct catalog *catalog, const char *name)
{
    size_t known = dictionary_find(&catalog->organization_index, name);
    if (known != DICTIONARY_NONE) {
        return known;
    }
    size_t index = catalog->organization_count;
    catalog->organization_name =
        memory_reserve(catalog->organization_name, &catalog->organization_capacity, index,
                       sizeof *catalog->organization_name);
    catalog->organization_name[index] = memory_string(name);
    catalog->organization_count++;
    return dictionary_add(&catalog->organization_index, catalog->organization_name[index], index);
}

struct series *catalog_append(struct catalog *catalog, const struct series *series)
{
    assert(series_defect(series) == NULL);
    catalog->series = memory_reserve(catalog->series, &catalog->series_capacity,
                                     catalog->series_count, sizeof *catalog->series);
    struct series *copy = &catalog->series[catalog->series_count++];
    *copy = series_copy(series);
    return copy;
}

size_t catalog_drop_small(struct catalog *catalog, double minimum)
{
    size_t kept = 0;
    for (size_t i = 0; i < catalog->series_count; i++) {
        if (series_last_count(&catalog->series[i]) < minimum) {
            series_free(&catalog->series[i]);
        } else {
            catalog->series[kept++] = catalog->series[i];
        }
    }
    size_t dropped = catalog->series_count - kept;
    catalog->series_count = kept;
    return dropped;
}

size_t catalog_observe(struct catalog *catalog, double window)
{
    size_t kept = 0;
    for (size_t i = 0; i < catalog->series_count; i++) {
        struct series *series = &catalog->series[i];
        while (series->count > 0 && series->age[series->count - 1] > window) {
            series->count--;
        }
        if (series->count == 0) {
            series_free(series);
        } else {
            catalog->series[kept++] = *series;
        }
    }
    size_t dropped = catalog->series_count - kept;
    catalog->series_count = kept;
    return dropped;
}

static int compare_names(const void *left, const void *right)
{
    char *const *a = left;
    char *const *b = right;
    return strcmp(*a, *b);
}

void catalog_finish(struct catalog *catalog)
{
    size_t count = catalog->organization_count;
    char **old = memory_array(count, sizeof *old);
    bool *used = memory_array(count, sizeof *used);
    for (size_t i = 0; i < catalog->series_count; i++) {
        used[catalog->series[i].organization] = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        old[i] = catalog->organization_name[i];
        if (used[i]) {
            catalog->organization_name[kept++] = old[i];
        }
    }
    catalog->organization_count = kept;
    if (kept > 0) {
        qsort(catalog->organization_name, kept, sizeof *catalog->organization_name, compare_names);
    }
    dictionary_free(&catalog->organization_index);
    for (size_t i = 0; i < kept; i++) {
        (void)dictionary_add(&catalog->organization_index, catalog->organization_name[i], i);
    }
    catalog->end_date = SERIES_NO_DATE;
    for (size_t i = 0; i < catalog->series_count; i++) {
        struct series *series = &catalog->series[i];
        series->organization =
            dictionary_find(&catalog->organization_index, old[series->organization]);
        int32_t end = series_end_date(series, catalog->step);
        catalog->end_date = end > catalog->end_date ? end : catalog->end_date;
    }
    for (size_t i = 0; i < count; i++) {
        if (!used[i]) {
            free(old[i]);
        }
    }
    free(old);
    free(used);
}

bool catalog_single(const struct catalog *catalog, const char *name, struct catalog *one,
                    size_t *organization)
{
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        if (strcmp(series->name, name) == 0) {
            *organization = series->organization;
            one->step = catalog->step;
            struct series *copy = catalog_append(one, series);
            copy->organization =
                catalog_organization(one, catalog->organization_name[series->organization]);
            catalog_finish(one);
            one->end_date = catalog->end_date;
            return true;
        }
    }
    return false;
}

void catalog_free(struct catalog *catalog)
{
    dictionary_free(&catalog->organization_index);
    for (size_t i = 0; i < catalog->series_count; i++) {
        series_free(&catalog->series[i]);
    }
    for (size_t i = 0; i < catalog->organization_count; i++) {
        free(catalog->organization_name[i]);
    }
    free(catalog->series);
    free(catalog->organization_name);
    *catalog = (struct catalog){0};
}
