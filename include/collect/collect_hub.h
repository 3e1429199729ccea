/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Collecting from the Hub's API: base models by name, by author or the most downloaded, then what
 * was made from each, page by page. Every page is kept in a folder as soon as it is whole, so that
 * a collection that broke off goes on with the first page it does not have.
 */
#ifndef GROWCAST_COLLECT_HUB_H
#define GROWCAST_COLLECT_HUB_H

#include "collect.h"
#include "collect_web.h"

/** A folder of pages, and where to get what is not there. Nothing in it is owned. */
struct collect_pages {
    const char *folder; /**< must exist */
    double expiry;      /**< seconds after which a page in the folder is not used */
    struct collect_web *web;
    size_t kept; /**< pages that were there already */
};

/**
 * Gets a page from the folder or from the Hub, and keeps it. *day: when it came from the Hub, days
 * since 1970-01-01. Else as collect_web_get().
 */
bool collect_page_get(struct collect_pages *pages, const char *url, collect_web_check *check,
                      struct collect_answer *answer, int32_t *day, struct error *error);

/** Removes a page from the folder, if it is there. */
void collect_page_drop(const struct collect_pages *pages, const char *url);

/** Makes the folder. ERROR_USAGE if that is not possible. */
bool collect_pages_create(const char *folder, struct error *error);

/** Whether there is such a folder. */
bool collect_pages_exist(const char *folder);

/** Removes the pages and, if nothing else is in it, the folder. */
void collect_pages_remove(const char *folder);

/** Which base models to collect; texts as on the command line, NULL: not asked for. `top` stands
 *  alone. */
struct collect_question {
    const char *bases;   /**< names with commas between */
    const char *authors; /**< names with commas between */
    const char *top;     /**< how many of the most downloaded models */
};

/**
 * Collects what the question asks for, with config->depth generations of descendants. Says before
 * each stage how many requests it will take, as far as the Hub tells. collect->relations must be
 * set. Errors as of collect_web_get(), and ERROR_USAGE for a bad question.
 */
bool collect_hub(struct collect *collect, const struct collect_question *question,
                 const struct config *config, struct collect_pages *pages, struct log *log,
                 struct error *error);

#endif
