/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The two files that the configuration may name: which organizations are one, which models to
 * leave out.
 */
#ifndef GROWCAST_READER_MAPPING_H
#define GROWCAST_READER_MAPPING_H

#include "dictionary.h"
#include "reader.h"

/** What both files say. One set to zeros maps and excludes nothing. */
struct reader_mapping {
    struct reader_texts namespaces;    /**< as they occur in names or organization columns */
    struct reader_texts organizations; /**< the organization of each */
    struct dictionary namespace_index;
    struct reader_texts excluded; /**< names and shell patterns */
};

/**
 * Reads input.organizations, a CSV file with the columns namespace and organization, and
 * input.exclude, a text file with a model's name or a shell pattern a line (`*` also stands for
 * `/`), where `#` begins a comment line. Each that is set becomes a source of *report. Returns
 * false with *error filled (ERROR_USAGE) if one cannot be read or is not of that form.
 */
bool reader_mapping_read(struct reader_mapping *mapping, const struct config_input *config,
                         struct reader_report *report, struct error *error);

/** The organization that a namespace or organization is mapped to, or itself. */
const char *reader_mapping_organization(const struct reader_mapping *mapping, const char *name);

/** True if a model is to be left out. */
bool reader_mapping_excludes(const struct reader_mapping *mapping, const char *model);

void reader_mapping_free(struct reader_mapping *mapping);

#endif
