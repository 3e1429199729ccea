/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_format.h"

bool reader_wide_date_row(struct reader_file *file, const struct reader_row *row,
                          struct error *error)
{
    const struct reader_header *header = &file->header;
    enum series_step step = file->reader->catalog->step;
    struct reader_draft *draft = &file->draft;
    if (!reader_draft_begin(draft, file, row, error)) {
        return false;
    }
    if (draft->excluded) {
        file->reader->report->excluded++;
        return true;
    }
    int32_t first = SERIES_NO_DATE; /* the first date from release on, observed or not */
    for (size_t i = 0; i < header->value_count; i++) {
        size_t column = header->value_column[i];
        int32_t day = header->value_position[i];
        if (draft->dated && first == SERIES_NO_DATE && day >= draft->release_date) {
            first = day;
        }
        if (*row->field[column] == '\0') {
            continue;
        }
        struct reader_point point = {.slot = i, .line = row->field_line[column], .column = column};
        if (!reader_cell_count(file, row, column, &point.value, error)) {
            return false;
        }
        if (draft->release_date == SERIES_NO_DATE) {
            draft->release_date = day;
            first = day;
        }
        if (day < draft->release_date) {
            reader_draft_early(draft, day, point.value);
            continue;
        }
        point.age = reader_draft_age(draft, step, first, day);
        reader_draft_point(draft, point);
    }
    return reader_draft_end(file, error);
}
