/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_identity.h"

#include "calendar.h"

#include <stdio.h>
#include <stdlib.h>

/** What every file says about itself, whatever is in it. */
static bool put_texts(struct store *store, const struct store_identity *identity,
                      struct error *error)
{
    const struct provenance *provenance = identity->provenance;
    char *identifier = provenance_identifier(provenance);
    char *inputs = provenance_input_text(provenance);
    char source[128];
    char seed[32];
    (void)snprintf(source, sizeof source, "growcast %s", provenance_version());
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)provenance->seed);
    const struct {
        const char *name;
        const char *text;
    } attributes[] = {
        {"Conventions", "CF-1.11, ACDD-1.3"},
        {"title", identity->title},
        {"summary", identity->summary},
        {"keywords", identity->keywords},
        {"references", "Wang, Song, Barabasi 2013, doi 10.1126/science.1237825; Bhandari, Chen, "
                       "Gao 2025, arXiv 2502.15987"},
        {"comment", identity->comment},
        {"standard_name_vocabulary", "CF Standard Name Table v85"},
        {"id", identifier},
        {"source", source},
        {"command", identity->command},
        {"product_version", provenance_version()},
        {"program", "growcast"},
        {"program_version", provenance_version()},
        {"commit", provenance_commit()},
        {"compiler", provenance_compiler()},
        {"library_versions", provenance->libraries},
        {"instruction_set", provenance->instruction_set},
        {"elementary_functions", provenance->functions},
        {"seed", seed},
        {"configuration", provenance->configuration},
        {"inputs", inputs},
        {"history", identity->history},
    };
    bool done = true;
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0] && done; i++) {
        done = store_attribute(store, attributes[i].name, attributes[i].text, error);
    }
    free(identifier);
    free(inputs);
    return done;
}

/** The dates of the data; the file has no other, since it must not depend on when it was made. */
static bool put_dates(struct store *store, const struct catalog *catalog, struct error *error)
{
    char text[CALENDAR_TEXT_SIZE];
    int32_t start = SERIES_NO_DATE;
    for (size_t i = 0; i < catalog->series_count; i++) {
        int32_t date = catalog->series[i].release_date;
        if (date != SERIES_NO_DATE && (start == SERIES_NO_DATE || date < start)) {
            start = date;
        }
    }
    if (start != SERIES_NO_DATE) {
        calendar_format(start, text);
        if (!store_attribute(store, "time_coverage_start", text, error)) {
            return false;
        }
    }
    if (catalog->end_date != SERIES_NO_DATE) {
        calendar_format(catalog->end_date, text);
        if (!store_attribute(store, "time_coverage_end", text, error) ||
            !store_attribute(store, "date_created", text, error)) {
            return false;
        }
    }
    return store_attribute(store, "time_coverage_resolution",
                           catalog->step == SERIES_STEP_DAY ? "P1D" : "P1M", error);
}

bool store_identity_put(struct store *store, const struct store_identity *identity,
                        struct error *error)
{
    return put_texts(store, identity, error) && put_dates(store, identity->catalog, error);
}
