/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records as the Hub's API returns them, over yajl: a place for each level of nesting says what the
 * values there mean, and everything that is not needed passes by.
 */
#include "collect.h"

#include "memory.h"
#include "reader_field.h"
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

enum {
    CHUNK = 1 << 16,
    DEPTH_MAX = 64,
    /** Longest string or run of blanks, bytes: yajl keeps a string that is not at its end. */
    TOKEN_MAX = 16 << 20,
};

/** What surrounds a value. */
enum place {
    OUTSIDE,    /* records stand here: between them, or in the one array of them */
    RECORD,     /* members of a record */
    TAGS,       /* "tags": texts, some of them base_model:NAME or base_model:RELATION:NAME */
    BASES,      /* "baseModels": an object with relation and models, or a list */
    BASE_LIST,  /* its "models", or the list itself: names, or objects with an id */
    BASE,       /* one of these objects */
    CARD,       /* "cardData" */
    CHILDREN,   /* "childrenModelCount": numbers by relation */
    CARD_BASES, /* its "base_model" as a list of names */
    ELSEWHERE,  /* anything else */
};

/** The member whose value comes next, where it is one that matters. */
enum key {
    KEY_OTHER,
    KEY_ID,
    KEY_CREATED,
    KEY_DOWNLOADS,
    KEY_ALL_TIME,
    KEY_TAGS,
    KEY_BASES,
    KEY_CARD,
    KEY_CHILDREN,
    KEY_WANTED,
    KEY_RELATION,
    KEY_MODELS,
    KEY_CARD_BASE,
    KEY_CARD_RELATION,
};

struct parser {
    struct collect *collect;
    const char *name;
    int32_t day;
    enum config_on_bad_row on_bad_row;
    yajl_handle handle;
    size_t depth;
    unsigned char place[DEPTH_MAX]; /* enum place by level; [0] is OUTSIDE */
    bool in_array;                  /* inside the array of records */
    enum key key;
    unsigned relation; /* of "baseModels" */
    size_t first_base; /* of the record's bases, the first that "baseModels" gave */
    struct collect_record record;
    const char *defect; /* of the record, static, or NULL */
    bool stopped;       /* *error is filled */
    bool progress;      /* a token came since the last chunk */
    struct error *error;
    const unsigned char *chunk;
    size_t line;       /* of the chunk's first byte, from 1 */
    size_t line_start; /* bytes of that line before the chunk */
};

/* Fills *failure with the place `offset` bytes into the chunk and the message. */
static void fail_at(const struct parser *parser, size_t offset, struct error *failure,
                    const char *message)
{
    size_t line = parser->line;
    size_t column = parser->line_start + offset;
    const unsigned char *cursor = parser->chunk;
    const unsigned char *end = parser->chunk + offset;
    while (cursor < end && (cursor = memchr(cursor, '\n', (size_t)(end - cursor))) != NULL) {
        cursor++;
        line++;
        column = (size_t)(end - cursor);
    }
    (void)error_set(failure, ERROR_INPUT, "%s:%zu:%zu: %s", parser->name, line, column + 1,
                    message);
}

/* Ends the parsing. */
static int stop(struct parser *parser, const char *message)
{
    fail_at(parser, yajl_get_bytes_consumed(parser->handle), parser->error, message);
    parser->stopped = true;
    return 0;
}

static void note_defect(struct parser *parser, const char *defect)
{
    if (parser->defect == NULL) {
        parser->defect = defect;
    }
}

static enum place current(const struct parser *parser)
{
    return (enum place)parser->place[parser->depth];
}

static bool is_text(const unsigned char *text, size_t length, const char *wanted)
{
    return strlen(wanted) == length && memcmp(text, wanted, length) == 0;
}

static void add_base(struct parser *parser, const char *text, size_t length, unsigned relation,
                     bool from_card)
{
    if (!collect_record_base_add(&parser->record, text, length, relation, from_card)) {
        note_defect(parser, "the record names more than 1000 bases");
    }
}

/* base_model:NAME or base_model:RELATION:NAME; no name has a colon. */
static void take_tag(struct parser *parser, const char *text, size_t length)
{
    static const char prefix[] = "base_model:";
    size_t prefix_length = sizeof prefix - 1;
    if (length <= prefix_length || memcmp(text, prefix, prefix_length) != 0) {
        return;
    }
    const char *name = text + prefix_length;
    size_t left = length - prefix_length;
    const char *colon = memchr(name, ':', left);
    unsigned relation = COLLECT_UNSPECIFIED;
    if (colon != NULL) {
        relation = collect_relation_of(name, (size_t)(colon - name));
        left -= (size_t)(colon - name) + 1;
        name = colon + 1;
    }
    add_base(parser, name, left, relation, false);
}

static void take_record_text(struct parser *parser, const char *text, size_t length)
{
    switch (parser->key) {
    case KEY_ID:
        collect_record_name(&parser->record, text, length);
        break;
    case KEY_CREATED:
        collect_record_created(&parser->record, text, length);
        break;
    case KEY_DOWNLOADS:
    case KEY_ALL_TIME:
        note_defect(parser, "the number of downloads is a text");
        break;
    default:
        break;
    }
}

static int on_string(void *context, const unsigned char *bytes, size_t length)
{
    struct parser *parser = context;
    const char *text = (const char *)bytes;
    parser->progress = true;
    switch (current(parser)) {
    case OUTSIDE:
        return stop(parser, "a text where a record should be");
    case RECORD:
        take_record_text(parser, text, length);
        break;
    case TAGS:
        take_tag(parser, text, length);
        break;
    case BASES:
        if (parser->key == KEY_RELATION) {
            parser->relation = collect_relation_of(text, length);
        }
        break;
    case BASE_LIST:
        add_base(parser, text, length, COLLECT_UNSPECIFIED, false);
        break;
    case BASE:
        if (parser->key == KEY_ID) {
            add_base(parser, text, length, COLLECT_UNSPECIFIED, false);
        } else if (parser->key == KEY_RELATION) {
            parser->relation = collect_relation_of(text, length);
        }
        break;
    case CARD:
        if (parser->key == KEY_CARD_BASE) {
            add_base(parser, text, length, COLLECT_UNSPECIFIED, true);
        } else if (parser->key == KEY_CARD_RELATION) {
            parser->record.card_relation = collect_relation_of(text, length);
        }
        break;
    case CARD_BASES:
        add_base(parser, text, length, COLLECT_UNSPECIFIED, true);
        break;
    case CHILDREN:
    case ELSEWHERE:
        break;
    }
    return 1;
}

/* Reads a count; NAN if it is none. */
static double read_count(const char *text, size_t length)
{
    char number[64];
    double value;
    if (length >= sizeof number) {
        return NAN;
    }
    memcpy(number, text, length);
    number[length] = '\0';
    return reader_parse_count(number, &value) == NULL ? value : NAN;
}

static int on_number(void *context, const char *text, size_t length)
{
    struct parser *parser = context;
    parser->progress = true;
    if (current(parser) == OUTSIDE) {
        return stop(parser, "a number where a record should be");
    }
    if (current(parser) == CHILDREN && parser->key == KEY_WANTED) {
        parser->record.children += fmax(0, read_count(text, length));
    }
    if (current(parser) != RECORD) {
        return 1;
    }
    if (parser->key == KEY_ID || parser->key == KEY_CREATED) {
        note_defect(parser, "a number where a text should be");
    }
    if (parser->key != KEY_DOWNLOADS && parser->key != KEY_ALL_TIME) {
        return 1;
    }
    double value = read_count(text, length);
    if (isnan(value)) {
        note_defect(parser, "the number of downloads is not a count");
    } else if (parser->key == KEY_DOWNLOADS) {
        parser->record.downloads_given = true;
        parser->record.downloads = value;
    } else {
        parser->record.all_time_given = true;
        parser->record.all_time = value;
    }
    return 1;
}

static int on_null(void *context)
{
    struct parser *parser = context;
    parser->progress = true;
    return current(parser) == OUTSIDE ? stop(parser, "null where a record should be") : 1;
}

static int on_boolean(void *context, int value)
{
    (void)value;
    struct parser *parser = context;
    parser->progress = true;
    return current(parser) == OUTSIDE ? stop(parser, "a truth value where a record should be") : 1;
}

static enum key record_key(const unsigned char *text, size_t length)
{
    static const struct {
        const char *name;
        enum key key;
    } known[] = {
        {"id", KEY_ID},
        {"modelId", KEY_ID},
        {"createdAt", KEY_CREATED},
        {"created_at", KEY_CREATED},
        {"downloads", KEY_DOWNLOADS},
        {"downloadsAllTime", KEY_ALL_TIME},
        {"tags", KEY_TAGS},
        {"baseModels", KEY_BASES},
        {"cardData", KEY_CARD},
        {"childrenModelCount", KEY_CHILDREN},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (is_text(text, length, known[i].name)) {
            return known[i].key;
        }
    }
    return KEY_OTHER;
}

static int on_key(void *context, const unsigned char *text, size_t length)
{
    struct parser *parser = context;
    parser->progress = true;
    parser->key = KEY_OTHER;
    switch (current(parser)) {
    case RECORD:
        parser->key = record_key(text, length);
        break;
    case BASES:
        parser->key = is_text(text, length, "relation") ? KEY_RELATION
                      : is_text(text, length, "models") ? KEY_MODELS
                                                        : KEY_OTHER;
        break;
    case BASE:
        parser->key = is_text(text, length, "id")         ? KEY_ID
                      : is_text(text, length, "relation") ? KEY_RELATION
                                                          : KEY_OTHER;
        break;
    case CHILDREN:
        parser->key =
            (collect_relation_of((const char *)text, length) & parser->collect->relations) != 0
                ? KEY_WANTED
                : KEY_OTHER;
        break;
    case CARD:
        parser->key = is_text(text, length, "base_model")            ? KEY_CARD_BASE
                      : is_text(text, length, "base_model_relation") ? KEY_CARD_RELATION
                                                                     : KEY_OTHER;
        break;
    default:
        break;
    }
    return 1;
}

static int enter(struct parser *parser, enum place place)
{
    if (parser->depth + 1 == DEPTH_MAX) {
        return stop(parser, "nested more than 64 levels deep");
    }
    parser->place[++parser->depth] = (unsigned char)place;
    return 1;
}

static void begin_bases(struct parser *parser)
{
    parser->relation = COLLECT_UNSPECIFIED;
    parser->first_base = parser->record.base_count;
}

static int on_map_start(void *context)
{
    struct parser *parser = context;
    parser->progress = true;
    switch (current(parser)) {
    case OUTSIDE:
        collect_record_clear(&parser->record);
        parser->defect = NULL;
        return enter(parser, RECORD);
    case RECORD:
        if (parser->key == KEY_BASES) {
            begin_bases(parser);
            return enter(parser, BASES);
        }
        if (parser->key == KEY_CHILDREN) {
            parser->record.children_given = true;
            return enter(parser, CHILDREN);
        }
        return enter(parser, parser->key == KEY_CARD ? CARD : ELSEWHERE);
    case BASE_LIST:
        /* In a list, each object may have a relation of its own; in an object's list, none has. */
        if (parser->place[parser->depth - 1] == RECORD) {
            begin_bases(parser);
        }
        return enter(parser, BASE);
    default:
        return enter(parser, ELSEWHERE);
    }
}

static int on_array_start(void *context)
{
    struct parser *parser = context;
    parser->progress = true;
    enum key key = parser->key;
    switch (current(parser)) {
    case OUTSIDE:
        if (parser->in_array) {
            return stop(parser, "a list where a record should be");
        }
        parser->in_array = true;
        return 1;
    case RECORD:
        if (key == KEY_BASES) {
            begin_bases(parser);
            return enter(parser, BASE_LIST);
        }
        return enter(parser, key == KEY_TAGS ? TAGS : ELSEWHERE);
    case BASES:
    case BASE:
        return enter(parser, key == KEY_MODELS ? BASE_LIST : ELSEWHERE);
    case CARD:
        return enter(parser, key == KEY_CARD_BASE ? CARD_BASES : ELSEWHERE);
    default:
        return enter(parser, ELSEWHERE);
    }
}

static int end_record(struct parser *parser)
{
    const char *defect = parser->defect;
    if (defect == NULL) {
        defect = collect_add(parser->collect, &parser->record, parser->day);
    }
    if (defect == NULL) {
        return 1;
    }
    struct error failure;
    fail_at(parser, yajl_get_bytes_consumed(parser->handle), &failure, defect);
    parser->stopped = !collect_skip(parser->collect, parser->on_bad_row, &failure, parser->error);
    return parser->stopped ? 0 : 1;
}

/* The relation may stand behind the names that it belongs to. */
static void end_bases(struct parser *parser)
{
    for (size_t i = parser->first_base; i < parser->record.base_count; i++) {
        parser->record.base[i].relations |= parser->relation;
    }
}

static int on_map_end(void *context)
{
    struct parser *parser = context;
    parser->progress = true;
    enum place place = current(parser);
    parser->depth--;
    parser->key = KEY_OTHER;
    if (place == BASES || (place == BASE && parser->place[parser->depth - 1] == RECORD)) {
        end_bases(parser);
    }
    return place == RECORD ? end_record(parser) : 1;
}

static int on_array_end(void *context)
{
    struct parser *parser = context;
    parser->progress = true;
    if (parser->depth == 0) {
        parser->in_array = false;
        return 1;
    }
    parser->depth--;
    parser->key = KEY_OTHER;
    return 1;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_map_start,
    .yajl_map_key = on_key,
    .yajl_end_map = on_map_end,
    .yajl_start_array = on_array_start,
    .yajl_end_array = on_array_end,
};

/* Remembers where the next chunk begins. */
static void pass_chunk(struct parser *parser, size_t size)
{
    const unsigned char *cursor = parser->chunk;
    const unsigned char *end = parser->chunk + size;
    const unsigned char *newline;
    while (cursor < end && (newline = memchr(cursor, '\n', (size_t)(end - cursor))) != NULL) {
        cursor = newline + 1;
        parser->line++;
        parser->line_start = 0;
    }
    parser->line_start += (size_t)(end - cursor);
}

static bool fail_json(struct parser *parser, size_t size)
{
    if (parser->stopped) {
        return false;
    }
    unsigned char *reason = yajl_get_error(parser->handle, 0, NULL, 0);
    char message[ERROR_MESSAGE_SIZE / 2];
    (void)snprintf(message, sizeof message, "this is not JSON: %.*s",
                   reason == NULL ? 0 : (int)strcspn((char *)reason, "\n"), (char *)reason);
    yajl_free_error(parser->handle, reason);
    size_t offset = yajl_get_bytes_consumed(parser->handle);
    fail_at(parser, offset < size ? offset : size, parser->error, message);
    return false;
}

static bool read_chunks(struct parser *parser, FILE *file, unsigned char *chunk)
{
    size_t silent = 0; /* bytes since the last token */
    size_t size;
    while ((size = fread(chunk, 1, CHUNK, file)) > 0) {
        parser->collect->facts.bytes += size;
        parser->progress = false;
        if (yajl_parse(parser->handle, chunk, size) != yajl_status_ok) {
            return fail_json(parser, size);
        }
        silent = parser->progress ? 0 : silent + size;
        if (silent > TOKEN_MAX) {
            fail_at(parser, size, parser->error, "a text of more than 16 MiB");
            return false;
        }
        pass_chunk(parser, size);
    }
    if (ferror(file)) {
        return error_set(parser->error, ERROR_INPUT, "%s: cannot read: %s", parser->name,
                         strerror(errno));
    }
    if (yajl_complete_parse(parser->handle) != yajl_status_ok || parser->depth > 0 ||
        parser->in_array) {
        fail_at(parser, 0, parser->error, "the file ends inside a record or list");
        return false;
    }
    return true;
}

bool collect_read_json(struct collect *collect, FILE *file, const char *name, int32_t day,
                       enum config_on_bad_row on_bad_row, struct error *error)
{
    struct parser *parser = memory_array(1, sizeof *parser);
    unsigned char *chunk = memory_array(CHUNK, 1);
    *parser = (struct parser){
        .collect = collect,
        .name = name,
        .day = day,
        .on_bad_row = on_bad_row,
        .error = error,
        .chunk = chunk,
        .line = 1,
    };
    parser->handle = yajl_alloc(&callbacks, NULL, parser);
    if (parser->handle == NULL) {
        memory_exhausted(1, sizeof *parser);
    }
    (void)yajl_config(parser->handle, yajl_allow_multiple_values, 1);
    bool good = read_chunks(parser, file, chunk);
    yajl_free(parser->handle);
    collect_record_free(&parser->record);
    free(parser);
    free(chunk);
    return good;
}
