/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "series.h"

#include <string.h>

/* A message is this header, the ages, the counts and the name without its closing NUL. */
struct header {
    uint64_t organization;
    uint64_t count;
    uint64_t name_length;
    int32_t release_date;
    uint32_t flags;
};

size_t series_packed_size(const struct series *series)
{
    return sizeof(struct header) + 2 * series->count * sizeof(double) + strlen(series->name);
}

void series_pack(const struct series *series, unsigned char *bytes)
{
    struct header header = {
        .organization = series->organization,
        .count = series->count,
        .name_length = strlen(series->name),
        .release_date = series->release_date,
        .flags = series->flags,
    };
    size_t array_size = series->count * sizeof(double);
    memcpy(bytes, &header, sizeof header);
    bytes += sizeof header;
    memcpy(bytes, series->age, array_size);
    memcpy(bytes + array_size, series->observed, array_size);
    memcpy(bytes + 2 * array_size, series->name, header.name_length);
}

size_t series_unpack(const unsigned char *bytes, size_t size, struct series *series)
{
    struct header header;
    if (size < sizeof header) {
        return 0;
    }
    memcpy(&header, bytes, sizeof header);
    size_t rest = size - sizeof header;
    if (header.count > rest / (2 * sizeof(double)) ||
        header.name_length > rest - header.count * 2 * sizeof(double)) {
        return 0;
    }
    size_t array_size = header.count * sizeof(double);
    unsigned char *block = memory_array(2 * array_size + header.name_length + 1, 1);
    memcpy(block, bytes + sizeof header, 2 * array_size + header.name_length);
    struct series unpacked = {
        .name = (char *)block + 2 * array_size,
        .organization = header.organization,
        .release_date = header.release_date,
        .flags = header.flags,
        .count = header.count,
        .age = (double *)(void *)block,
        .observed = (double *)(void *)block + header.count,
    };
    if (series_defect(&unpacked) != NULL ||
        memchr(unpacked.name, '\0', header.name_length) != NULL) {
        series_free(&unpacked);
        return 0;
    }
    *series = unpacked;
    return sizeof header + 2 * array_size + header.name_length;
}
