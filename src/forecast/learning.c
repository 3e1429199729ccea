/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learning.h"

#include "memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void gather(void *context, const void *bytes, size_t size, void *all)
{
    struct transport *transport = context;
    struct buffer buffer = {0};
    size_t *sizes = memory_array(transport_size(transport), sizeof *sizes);
    transport_gather(transport, bytes, size, &buffer, sizes);
    if (transport_rank(transport) == 0 && buffer.size > 0) {
        memcpy(all, buffer.bytes, buffer.size);
    }
    free(sizes);
    buffer_free(&buffer);
}

static void broadcast(void *context, void *bytes, size_t size)
{
    transport_broadcast(context, bytes, size);
}

struct forecaster_exchange learning_exchange(struct transport *transport)
{
    return (struct forecaster_exchange){
        .rank = transport_rank(transport),
        .size = transport_size(transport),
        .context = transport,
        .gather = gather,
        .broadcast = broadcast,
    };
}

bool learning_share_catalog(struct transport *transport, struct catalog *catalog,
                            struct error *error)
{
    struct buffer buffer = {0};
    bool first = transport_rank(transport) == 0;
    if (first) {
        catalog_pack(catalog, &buffer);
    }
    transport_broadcast_buffer(transport, &buffer);
    bool done = first || catalog_unpack(&buffer, catalog);
    buffer_free(&buffer);
    return transport_agree(
        transport, done || error_set(error, ERROR_RUN, "a rank received an incomplete catalog"),
        error);
}

static struct forecaster_series *view_of(const struct catalog *catalog)
{
    struct forecaster_series *view = memory_array(catalog->series_count, sizeof *view);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        view[i] = (struct forecaster_series){
            .points = {series->count, series->age, series->observed},
            .name = series->name,
            .organization = series->organization,
        };
    }
    return view;
}

/* The series of the sample in its order, as a catalog of their own with the same organizations. */
static struct catalog draw_sample(const struct forecaster *forecaster,
                                  const struct catalog *catalog, uint64_t seed)
{
    struct catalog drawn = {.step = catalog->step, .end_date = catalog->end_date};
    struct forecaster_series *view = view_of(catalog);
    struct hierarchy_sample sample =
        forecaster_sample(forecaster, catalog->series_count, view, seed);
    for (size_t i = 0; i < catalog->organization_count; i++) {
        (void)catalog_organization(&drawn, catalog->organization_name[i]);
    }
    for (size_t i = 0; i < sample.count; i++) {
        (void)catalog_append(&drawn, &catalog->series[sample.index[i]]);
    }
    hierarchy_sample_free(&sample);
    free(view);
    return drawn;
}

bool learning_prior(struct transport *transport, struct forecaster *forecaster,
                    const struct catalog *catalog, uint64_t seed, size_t min_series, size_t *taught,
                    struct error *error)
{
    struct catalog sample = {0};
    if (transport_rank(transport) == 0) {
        sample = draw_sample(forecaster, catalog, seed);
    }
    bool done = learning_share_catalog(transport, &sample, error);
    *taught = done && sample.series_count >= min_series ? sample.series_count : 0;
    if (*taught > 0) {
        struct forecaster_exchange exchange = learning_exchange(transport);
        struct forecaster_series *view = view_of(&sample);
        forecaster_learn(forecaster, *taught, view, &exchange, NULL);
        free(view);
        view = view_of(catalog);
        forecaster_learn_dormant(forecaster, catalog->series_count, view, seed, &exchange);
        free(view);
    }
    catalog_free(&sample);
    return done;
}
