/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "identity.h"

#include "arithmetic.h"
#include "memory.h"
#include "option.h"
#include "provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What bits depend on, of one rank. */
struct machine {
    enum instruction_set set;
    char functions[ARITHMETIC_FINGERPRINT_SIZE];
};

static struct machine this_machine(void)
{
    struct machine machine;
    memset(&machine, 0, sizeof machine); /* its padding is sent too */
    machine.set = instruction_set_detect();
    arithmetic_fingerprint(machine.functions);
    return machine;
}

static bool check_set(const struct machine *machine, enum instruction_set wanted,
                      struct transport *transport, size_t rank, struct error *error)
{
    return machine->set >= wanted ||
           error_set(error, ERROR_USAGE, "run.instruction_set = %s, but rank %zu on %s has only %s",
                     instruction_set_name(wanted), rank, transport_host(transport, rank),
                     instruction_set_name(machine->set));
}

static bool check_functions(const struct machine *machine, const struct machine *first,
                            struct transport *transport, size_t rank, struct error *error)
{
    return strcmp(machine->functions, first->functions) == 0 ||
           error_set(error, ERROR_USAGE,
                     "the C library of rank %zu on %s computes exp(), log() and the like to other "
                     "bits than that of rank 0 on %s: run all ranks on one kind of machine",
                     rank, transport_host(transport, rank), transport_host(transport, 0));
}

/* Rank 0: the widest set, up to `wanted`, that all ranks have. */
static bool narrowest(struct transport *transport, enum instruction_set wanted, bool forced,
                      enum instruction_set *set, struct error *error)
{
    size_t ranks = transport_size(transport);
    const struct machine own = this_machine();
    struct machine other;
    struct buffer all = {0};
    size_t *sizes = memory_array(ranks, sizeof *sizes);
    transport_gather(transport, &own, sizeof own, &all, sizes);
    free(sizes);
    bool available = true;
    struct buffer_cursor cursor = {all.bytes, all.size};
    *set = wanted;
    for (size_t rank = 0; available && buffer_take(&cursor, &other, sizeof other); rank++) {
        available = (!forced || check_set(&other, wanted, transport, rank, error)) &&
                    check_functions(&other, &own, transport, rank, error);
        *set = other.set < *set ? other.set : *set;
    }
    buffer_free(&all);
    return available;
}

bool identity_instruction_set(struct transport *transport, const struct config *config,
                              enum instruction_set *set, struct error *error)
{
    bool forced = config->run.instruction_set != CONFIG_INSTRUCTION_SET_AUTO;
    enum instruction_set wanted = INSTRUCTION_SET_COUNT - 1;
    switch (config->run.instruction_set) {
    case CONFIG_INSTRUCTION_SET_AUTO:
    case CONFIG_INSTRUCTION_SET_AVX512:
        wanted = INSTRUCTION_SET_AVX512;
        break;
    case CONFIG_INSTRUCTION_SET_AVX2:
        wanted = INSTRUCTION_SET_AVX2;
        break;
    case CONFIG_INSTRUCTION_SET_BASELINE:
        wanted = INSTRUCTION_SET_BASELINE;
        break;
    }
    bool available = narrowest(transport, wanted, forced, set, error);
    if (!transport_agree(transport, available, error)) {
        return false;
    }
    transport_broadcast(transport, set, sizeof *set);
    return true;
}

char *identity_text(const struct config *config, const struct reader_report *report,
                    enum instruction_set set, const char *part)
{
    char *text = NULL;
    size_t size = 0;
    char functions[ARITHMETIC_FINGERPRINT_SIZE];
    arithmetic_fingerprint(functions);
    FILE *stream = memory_stream(&text, &size);
    (void)fprintf(stream,
                  "version = %s\ncommit = %s\ninstruction set = %s\nelementary functions = %s\n",
                  provenance_version(), provenance_commit(), instruction_set_name(set), functions);
    for (size_t i = 0; i < report->source_count; i++) {
        const struct reader_source *source = &report->source[i];
        (void)fprintf(stream, "input %s = %s\n", source->name, source->sha256);
    }
    for (size_t i = 0; i < option_count; i++) {
        const struct option_key *key = &option_table[i];
        char value[2 * CONFIG_TEXT_SIZE];
        option_format(key, config, value, sizeof value);
        if (!key->execution) {
            (void)fprintf(stream, "%s.%s = %s\n", key->section, key->name, value);
        }
    }
    for (size_t i = 0; i < config->sweep.count; i++) {
        (void)fprintf(stream, "sweep.%s = %s\n", config->sweep.setting[i].name,
                      config->sweep.setting[i].values);
    }
    if (part != NULL) {
        (void)fprintf(stream, "part = %s\n", part);
    }
    (void)fclose(stream);
    return text;
}
