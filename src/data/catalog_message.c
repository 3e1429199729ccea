/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "buffer.h"
#include "memory.h"
#include "series.h"

#include <stdlib.h>
#include <string.h>

/* A message is this header, every organization's length and name, and the series. */
struct header {
    uint64_t series_count;
    uint64_t organization_count;
    int32_t step;
    int32_t end_date;
};

void catalog_pack(const struct catalog *catalog, struct buffer *buffer)
{
    struct header header = {
        .series_count = catalog->series_count,
        .organization_count = catalog->organization_count,
        .step = (int32_t)catalog->step,
        .end_date = catalog->end_date,
    };
    buffer_append(buffer, &header, sizeof header);
    for (size_t i = 0; i < catalog->organization_count; i++) {
        uint64_t length = strlen(catalog->organization_name[i]);
        buffer_append(buffer, &length, sizeof length);
        buffer_append(buffer, catalog->organization_name[i], length);
    }
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        series_pack(series, buffer_extend(buffer, series_packed_size(series)));
    }
}

static bool take_name(struct buffer_cursor *cursor, struct catalog *catalog)
{
    uint64_t length;
    if (!buffer_take(cursor, &length, sizeof length) || length > cursor->left) {
        return false;
    }
    char *name = memory_array(length + 1, 1);
    (void)buffer_take(cursor, name, length);
    (void)catalog_organization(catalog, name);
    free(name);
    return true;
}

static bool take_series(struct buffer_cursor *cursor, struct catalog *catalog)
{
    struct series series;
    size_t used = series_unpack(cursor->next, cursor->left, &series);
    if (used == 0) {
        return false;
    }
    catalog->series = memory_reserve(catalog->series, &catalog->series_capacity,
                                     catalog->series_count, sizeof *catalog->series);
    catalog->series[catalog->series_count++] = series;
    cursor->next += used;
    cursor->left -= used;
    return series.organization < catalog->organization_count;
}

bool catalog_unpack(const struct buffer *buffer, struct catalog *catalog)
{
    struct buffer_cursor cursor = {buffer->bytes, buffer->size};
    struct header header;
    *catalog = (struct catalog){0};
    bool whole = buffer_take(&cursor, &header, sizeof header);
    if (whole) {
        catalog->step = (enum series_step)header.step;
        catalog->end_date = header.end_date;
    }
    for (uint64_t i = 0; whole && i < header.organization_count; i++) {
        whole = take_name(&cursor, catalog);
    }
    for (uint64_t i = 0; whole && i < header.series_count; i++) {
        whole = take_series(&cursor, catalog);
    }
    if (!whole || cursor.left > 0) {
        catalog_free(catalog);
        return false;
    }
    return true;
}
