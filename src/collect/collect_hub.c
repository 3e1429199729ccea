/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_hub.h"

#include "memory.h"
#include "reader_report.h"
#include "series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_SIZE = 1000,   /* most records of a page of the Hub */
    PAGES_MAX = 100000, /* of one list */
    TOP_MAX = 1000000,
};

/** All of a collection. */
struct hub {
    struct collect *collect;
    const struct config *config;
    struct collect_pages *pages;
    struct log *log;
    unsigned char *queried; /* [queried_count] whether a model's descendants were asked for */
    size_t queried_count;
};

static bool read_body(struct collect *collect, char *body, size_t size, const char *name,
                      int32_t day, enum config_on_bad_row on_bad_row, struct error *error)
{
    FILE *file = fmemopen(body, size, "rb");
    if (file == NULL) {
        return error_set(error, ERROR_RUN, "%s: cannot read: %s", name, strerror(errno));
    }
    bool good = collect_read_json(collect, file, name, day, on_bad_row, error);
    (void)fclose(file);
    return good;
}

/* Whether a body is JSON of records to its end. */
static bool is_whole(char *body, size_t size)
{
    struct collect scratch = {0};
    struct error ignored;
    bool whole =
        size > 0 && read_body(&scratch, body, size, "", SERIES_NO_DATE, ON_BAD_ROW_SKIP, &ignored);
    collect_free(&scratch);
    return whole;
}

/* Gets one page and takes in its records; the URL of the next is written to next. */
static bool take_page(struct hub *hub, const char *url, char next[COLLECT_URL_SIZE],
                      struct error *error)
{
    struct collect_answer *answer = memory_array(1, sizeof *answer);
    int32_t day;
    bool good = collect_page_get(hub->pages, url, is_whole, answer, &day, error);
    if (good) {
        struct collect *collect = hub->collect;
        collect->day = collect->from_web && collect->day < day ? collect->day : day;
        collect->from_web = true;
        memcpy(next, answer->next, COLLECT_URL_SIZE);
        good = read_body(collect, answer->body, answer->size, url, day,
                         hub->config->input.on_bad_row, error);
        free(answer->body);
    }
    free(answer);
    return good;
}

static bool check_next(const struct hub *hub, const struct reader_texts *visited, const char *next,
                       struct error *error)
{
    if (!collect_web_same_origin(next, collect_web_endpoint(hub->pages->web))) {
        return error_set(error, ERROR_RUN, "%s: the next page is on another host: %s",
                         visited->text[visited->count - 1], next);
    }
    if (visited->count == PAGES_MAX) {
        return error_set(error, ERROR_RUN, "%s: more than %d pages", visited->text[0], PAGES_MAX);
    }
    /* A list that leads back anywhere also leads back to where it is now. */
    for (size_t i = visited->count; i > 0 && i + 100 > visited->count; i--) {
        if (strcmp(visited->text[i - 1], next) == 0) {
            return error_set(error, ERROR_RUN, "%s: the pages lead in a circle", next);
        }
    }
    return true;
}

/** How much of a list is wanted. */
enum extent {
    ALL_PAGES,
    UNTIL_ASKED, /* pages until no more models are to be asked for */
};

/* Takes in the pages of a list. *broken: a page that another one named is gone. */
static bool take_pages(struct hub *hub, const char *first, enum extent extent,
                       struct reader_texts *visited, bool *broken, struct error *error)
{
    char url[COLLECT_URL_SIZE];
    char next[COLLECT_URL_SIZE];
    (void)snprintf(url, sizeof url, "%s", first);
    for (size_t page = 0; url[0] != '\0' && (extent == ALL_PAGES || hub->collect->to_ask > 0);
         page++) {
        reader_texts_add(visited, url);
        if (!take_page(hub, url, next, error)) {
            *broken = page > 0 && collect_web_gone(hub->pages->web);
            return false;
        }
        if (next[0] != '\0' && !check_next(hub, visited, next, error)) {
            return false;
        }
        memcpy(url, next, sizeof url);
    }
    return true;
}

/* Takes in a list. If its cursor has become invalid, once more from the beginning: records that
   come again count once. */
static bool take_list(struct hub *hub, const char *first, enum extent extent, struct error *error)
{
    bool good = false;
    for (int attempt = 0; attempt < 2 && !good; attempt++) {
        struct reader_texts visited = {0};
        bool broken = false;
        good = take_pages(hub, first, extent, &visited, &broken, error);
        for (size_t i = 0; broken && i < visited.count; i++) {
            collect_page_drop(hub->pages, visited.text[i]);
        }
        reader_texts_free(&visited);
        if (!good && !broken) {
            return false;
        }
        if (!good && attempt == 0) {
            log_stage(hub->log, "the list changed under way, reading it again: %s", first);
        }
    }
    return good;
}

/* Calls for each of the names between commas; a bad name is an error. */
static bool for_each_name(struct hub *hub, const char *names, const char *option,
                          bool (*call)(struct hub *hub, const char *name, struct error *error),
                          struct error *error)
{
    do {
        size_t length = strcspn(names, ",");
        char name[COLLECT_NAME_MAX + 1];
        if (!collect_name_valid(names, length)) {
            return error_set(error, ERROR_USAGE, "--%s: \"%.*s\" cannot be a name on the Hub",
                             option, (int)length, names);
        }
        memcpy(name, names, length);
        name[length] = '\0';
        if (!call(hub, name, error)) {
            return false;
        }
        names += length;
        names += *names == ',' ? 1 : 0;
    } while (*names != '\0');
    return true;
}

/* A base by its name. The Hub answers for a former name with the record of the present one. */
static bool take_base(struct hub *hub, const char *name, struct error *error)
{
    char url[COLLECT_URL_SIZE];
    char next[COLLECT_URL_SIZE];
    (void)snprintf(url, sizeof url,
                   "%s/api/models/%s?expand%%5B%%5D=createdAt&expand%%5B%%5D=tags"
                   "&expand%%5B%%5D=downloads&expand%%5B%%5D=childrenModelCount",
                   collect_web_endpoint(hub->pages->web), name);
    size_t before = hub->collect->facts.records;
    if (!take_page(hub, url, next, error)) {
        return false;
    }
    const char *now = collect_name(hub->collect, hub->collect->last_described);
    if (hub->collect->facts.records == before) {
        return error_set(error, ERROR_RUN, "%s: no record", url);
    }
    if (strcmp(now, name) != 0) {
        log_stage(hub->log, "%s is now %s", name, now);
    }
    hub->collect->model[hub->collect->last_described].asked = true;
    return true;
}

static bool take_author(struct hub *hub, const char *name, struct error *error)
{
    char url[COLLECT_URL_SIZE];
    (void)snprintf(url, sizeof url,
                   "%s/api/models?author=%s&limit=%d&expand%%5B%%5D=createdAt"
                   "&expand%%5B%%5D=tags&expand%%5B%%5D=downloads",
                   collect_web_endpoint(hub->pages->web), name, PAGE_SIZE);
    return take_list(hub, url, ALL_PAGES, error);
}

static bool take_top(struct hub *hub, const char *text, struct error *error)
{
    char *end;
    unsigned long count = strtoul(text, &end, 10);
    if (*text < '1' || *text > '9' || *end != '\0' || count > TOP_MAX) {
        return error_set(error, ERROR_USAGE, "--top %s: must be a number from 1 to %d", text,
                         TOP_MAX);
    }
    char url[COLLECT_URL_SIZE];
    (void)snprintf(url, sizeof url,
                   "%s/api/models?sort=downloads&direction=-1&limit=%lu&expand%%5B%%5D=createdAt"
                   "&expand%%5B%%5D=tags&expand%%5B%%5D=downloads",
                   collect_web_endpoint(hub->pages->web), count < PAGE_SIZE ? count : PAGE_SIZE);
    hub->collect->to_ask = count;
    bool good = take_list(hub, url, UNTIL_ASKED, error);
    hub->collect->to_ask = 0;
    return good;
}

static bool take_bases(struct hub *hub, const struct collect_question *question,
                       struct error *error)
{
    if (question->top != NULL) {
        return take_top(hub, question->top, error);
    }
    if (question->authors != NULL) {
        hub->collect->to_ask = SIZE_MAX;
        if (!for_each_name(hub, question->authors, "author", take_author, error)) {
            return false;
        }
        hub->collect->to_ask = 0;
    }
    return question->bases == NULL || for_each_name(hub, question->bases, "base", take_base, error);
}

static bool take_children(struct hub *hub, uint32_t model, struct error *error)
{
    static const char *const relation[] = {
        [COLLECT_RELATION_FINETUNE] = "finetune:",
        [COLLECT_RELATION_ADAPTER] = "adapter:",
        [COLLECT_RELATION_QUANTIZED] = "quantized:",
        [COLLECT_RELATION_MERGE] = "merge:",
        [COLLECT_RELATION_ALL] = "",
    };
    char url[COLLECT_URL_SIZE];
    (void)snprintf(url, sizeof url,
                   "%s/api/models?filter=base_model:%s%s&limit=%d&expand%%5B%%5D=createdAt"
                   "&expand%%5B%%5D=tags",
                   collect_web_endpoint(hub->pages->web), relation[hub->config->collect.relation],
                   collect_name(hub->collect, model), PAGE_SIZE);
    return take_list(hub, url, ALL_PAGES, error);
}

/* The models whose children come next: those asked for, or in later generations all described. */
static size_t list_parents(struct hub *hub, size_t generation, uint32_t *parents)
{
    const struct collect *collect = hub->collect;
    hub->queried = memory_resize(hub->queried, collect->model_count, sizeof *hub->queried);
    memset(hub->queried + hub->queried_count, 0, collect->model_count - hub->queried_count);
    hub->queried_count = collect->model_count;
    size_t count = 0;
    for (uint32_t i = 0; i < collect->model_count; i++) {
        const struct collect_model *model = &collect->model[i];
        bool wanted = generation == 0 ? model->asked : model->described;
        if (wanted && !hub->queried[i]) {
            hub->queried[i] = 1;
            parents[count++] = i;
        }
    }
    return count;
}

static void announce(struct hub *hub, const uint32_t *parents, size_t count)
{
    size_t requests = 0;
    bool exact = true;
    for (size_t i = 0; i < count; i++) {
        uint32_t children = hub->collect->model[parents[i]].children;
        exact = exact && children != COLLECT_NONE;
        size_t pages = children == COLLECT_NONE ? 1 : (children + PAGE_SIZE - 1) / PAGE_SIZE;
        requests += pages > 0 ? pages : 1;
    }
    log_stage(hub->log, "%zu models to look for descendants of; requests: %s %zu", count,
              exact ? "about" : "at least", requests);
}

static bool take_generation(struct hub *hub, size_t generation, struct error *error)
{
    uint32_t *parents = memory_array(hub->collect->model_count, sizeof *parents);
    size_t count = list_parents(hub, generation, parents);
    if (count > 0) {
        announce(hub, parents, count);
    }
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = take_children(hub, parents[i], error);
    }
    free(parents);
    return good;
}

bool collect_hub(struct collect *collect, const struct collect_question *question,
                 const struct config *config, struct collect_pages *pages, struct log *log,
                 struct error *error)
{
    struct hub hub = {.collect = collect, .config = config, .pages = pages, .log = log};
    bool good = take_bases(&hub, question, error);
    for (size_t generation = 0; good && generation < config->collect.depth; generation++) {
        good = take_generation(&hub, generation, error);
    }
    free(hub.queried);
    if (good) {
        log_stage(log, "%zu requests sent, %zu pages from the cache",
                  collect_web_requests(pages->web), pages->kept);
    }
    return good;
}
