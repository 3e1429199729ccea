/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_format.h"

bool reader_wide_age_row(struct reader_file *file, const struct reader_row *row,
                         struct error *error)
{
    const struct reader_header *header = &file->header;
    struct reader_draft *draft = &file->draft;
    if (!reader_draft_begin(draft, file, row, error)) {
        return false;
    }
    if (draft->excluded) {
        file->reader->report->excluded++;
        return true;
    }
    for (size_t i = 0; i < header->value_count; i++) {
        size_t column = header->value_column[i];
        if (*row->field[column] == '\0') {
            continue;
        }
        struct reader_point point = {
            .age = header->value_position[i],
            .slot = i + 1,
            .line = row->field_line[column],
            .column = column,
        };
        if (i == 0 && header->value_position[0] == 1) {
            /* Seen from release on: age 0 is implied. */
            struct reader_point release = point;
            release.age = 0.0;
            release.slot = 0;
            reader_draft_point(draft, release);
        }
        if (!reader_cell_count(file, row, column, &point.value, error)) {
            return false;
        }
        reader_draft_point(draft, point);
    }
    return reader_draft_end(file, error);
}
