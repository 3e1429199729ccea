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
