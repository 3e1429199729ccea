/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect.h"

#include "memory.h"
#include "series.h"

#include <stdlib.h>
#include <string.h>

enum { INDEX_START = 1024 };

/* A key that inputs cannot know. Without the system's source of randomness a fixed one: then only
   protection against inputs made to collide is lost, no result changes. */
static uint64_t draw_key(void)
{
    uint64_t key = 0;
    FILE *source = fopen("/dev/urandom", "rb");
    if (source != NULL) {
        size_t got = fread(&key, sizeof key, 1, source);
        (void)fclose(source);
        key = got == 1 ? key : 0;
    }
    return key;
}

/*
 * Polynomial hash modulo the prime 2^31 - 1 at a random point, with three bytes a digit: two names
 * of length n collide with probability below n / 2^31, whoever chose them.
 */
static uint32_t hash_name(uint64_t key, const char *name)
{
    enum { PRIME = 0x7fffffff, START = 1 << 24 };
    uint64_t point = START + key % (PRIME - START);
    uint64_t hash = 1;
    const unsigned char *c = (const unsigned char *)name;
    while (c[0] != 0) {
        uint64_t digit = c[0];
        for (int i = 1; i < 3 && c[1] != 0; i++) {
            digit = digit << 8 | *++c;
        }
        c++;
        hash = (hash * point + digit) % PRIME;
    }
    /* The low bits of a second product spread neighbours over the index. */
    return (uint32_t)((hash * (key | 1)) >> 32) ^ (uint32_t)hash;
}

const char *collect_name(const struct collect *collect, uint32_t model)
{
    return collect->names + collect->model[model].name;
}

/* The slot of the index that holds the name, or the empty one where it belongs. */
static size_t find_slot(const struct collect *collect, const char *name)
{
    size_t slot = hash_name(collect->hash_key, name) & (collect->index_size - 1);
    while (collect->index[slot] != 0 &&
           strcmp(collect_name(collect, collect->index[slot] - 1), name) != 0) {
        slot = (slot + 1) & (collect->index_size - 1);
    }
    return slot;
}

/* Keeps the index at most half full. */
static void grow_index(struct collect *collect)
{
    if (collect->model_count < collect->index_size / 2) {
        return;
    }
    if (collect->index_size == 0) {
        collect->hash_key = draw_key();
    }
    collect->index_size = collect->index_size == 0 ? INDEX_START : 2 * collect->index_size;
    free(collect->index);
    collect->index = memory_array(collect->index_size, sizeof *collect->index);
    for (uint32_t i = 0; i < collect->model_count; i++) {
        collect->index[find_slot(collect, collect_name(collect, i))] = i + 1;
    }
}

uint32_t collect_find(const struct collect *collect, const char *name)
{
    if (collect->index_size == 0) {
        return COLLECT_NONE;
    }
    uint32_t entry = collect->index[find_slot(collect, name)];
    return entry == 0 ? COLLECT_NONE : entry - 1;
}

uint32_t collect_model_index(struct collect *collect, const char *name)
{
    grow_index(collect);
    size_t slot = find_slot(collect, name);
    if (collect->index[slot] != 0) {
        return collect->index[slot] - 1;
    }
    if (collect->model_count >= COLLECT_NONE - 1) {
        memory_exhausted(collect->model_count, sizeof *collect->model);
    }
    size_t size = strlen(name) + 1;
    collect->names = memory_reserve(collect->names, &collect->names_capacity,
                                    collect->names_size + size, sizeof *collect->names);
    memcpy(collect->names + collect->names_size, name, size);
    collect->model = memory_reserve(collect->model, &collect->model_capacity, collect->model_count,
                                    sizeof *collect->model);
    collect->model[collect->model_count] = (struct collect_model){
        .name = collect->names_size,
        .created = {.day = SERIES_NO_DATE},
        .first_link = COLLECT_NONE,
        .children = COLLECT_NONE,
    };
    collect->names_size += size;
    collect->index[slot] = (uint32_t)(++collect->model_count);
    return (uint32_t)(collect->model_count - 1);
}

/* Links a model to a base once; a second mention adds its relations. */
static void add_link(struct collect *collect, uint32_t model, uint32_t base, unsigned relations)
{
    uint32_t *end = &collect->model[model].first_link;
    while (*end != COLLECT_NONE && collect->link[*end].base != base) {
        end = &collect->link[*end].next;
    }
    if (*end != COLLECT_NONE) {
        collect->link[*end].relations |= (unsigned char)relations;
        return;
    }
    *end = (uint32_t)collect->link_count;
    collect->link = memory_reserve(collect->link, &collect->link_capacity, collect->link_count,
                                   sizeof *collect->link);
    collect->link[collect->link_count++] =
        (struct collect_link){base, COLLECT_NONE, (unsigned char)relations};
}

/* The earliest date stands: a later one comes from a model that was made anew under its name. */
static void set_created(struct collect *collect, uint32_t index, struct calendar_time created)
{
    struct collect_model *model = &collect->model[index];
    bool known = model->created.day != SERIES_NO_DATE;
    if (known && (model->created.day != created.day || model->created.second != created.second)) {
        collect->facts.redated++;
    }
    if (!known || calendar_not_after(created, model->created)) {
        model->created = created;
    }
}

static void add_observation(struct collect *collect, uint32_t model,
                            const struct collect_record *record, int32_t day)
{
    bool all_time = collect->count == COLLECT_COUNT_DOWNLOADS_ALL_TIME;
    if (collect->count == COLLECT_COUNT_DESCENDANTS || day == SERIES_NO_DATE ||
        !(all_time ? record->all_time_given : record->downloads_given)) {
        return;
    }
    collect->observation = memory_reserve(collect->observation, &collect->observation_capacity,
                                          collect->observation_count, sizeof *collect->observation);
    collect->observation[collect->observation_count++] =
        (struct collect_observation){model, day, all_time ? record->all_time : record->downloads};
}

const char *collect_add(struct collect *collect, const struct collect_record *record, int32_t day)
{
    struct calendar_time created = {.day = SERIES_NO_DATE};
    if (!record->name_given) {
        return "the record has no id";
    }
    if (record->name_bad) {
        return "the id cannot be the name of a model";
    }
    if (record->created_bad ||
        (record->created_given && !calendar_parse(record->created, &created))) {
        return "the date of creation is not a date like 2024-07-02T09:30:00.000Z";
    }
    uint32_t model = collect_model_index(collect, record->name);
    collect->model[model].described = true;
    if (collect->to_ask > 0 && !collect->model[model].asked) {
        collect->model[model].asked = true;
        collect->to_ask--;
    }
    collect->last_described = model;
    if (record->children_given && record->children < COLLECT_NONE) {
        collect->model[model].children = (uint32_t)record->children;
    }
    if (record->created_given) {
        set_created(collect, model, created);
    }
    for (size_t i = 0; i < record->base_count; i++) {
        const struct collect_record_base *base = &record->base[i];
        unsigned relations = base->from_card ? record->card_relation : base->relations;
        add_link(collect, model, collect_model_index(collect, base->name), relations);
    }
    add_observation(collect, model, record, day);
    collect->facts.records++;
    collect->facts.bad_bases += record->bad_bases;
    return NULL;
}

bool collect_skip(struct collect *collect, enum config_on_bad_row on_bad_row,
                  const struct error *failure, struct error *error)
{
    if (on_bad_row != ON_BAD_ROW_SKIP) {
        *error = *failure;
        return false;
    }
    if (collect->facts.skipped++ == 0) {
        memcpy(collect->facts.first_skipped, failure->message, sizeof failure->message);
    }
    return true;
}

void collect_free(struct collect *collect)
{
    free(collect->model);
    free(collect->link);
    free(collect->observation);
    free(collect->names);
    free(collect->index);
    *collect = (struct collect){0};
}
