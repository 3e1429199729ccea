/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Requests to the Hub, over libcurl: one at a time, patient, and careful with the token.
 *
 * A request is repeated after a time-out, a broken or truncated answer, an answer that is not JSON,
 * and status 408, 429 and 5xx: after 1, 2, 4, ... seconds, at most a minute, or after as long as
 * the answer asks for (Retry-After in seconds or as a date, or RateLimit's t). An answer that says
 * that the allowance is used up (RateLimit with r=0) delays the next request by its t.
 *
 * TLS certificates are verified. The token goes only to the host, scheme and port of the endpoint,
 * over https or to this machine; after a redirect to anywhere else the request goes on without it.
 * It never appears in a message, a file or a URL.
 */
#ifndef GROWCAST_COLLECT_WEB_H
#define GROWCAST_COLLECT_WEB_H

#include "config.h"
#include "error.h"
#include "log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Largest answer that is read, bytes. */
#define COLLECT_WEB_BODY_MAX ((size_t)256 << 20)

/** Longest URL, bytes. */
enum { COLLECT_URL_SIZE = 4096 };

/** What the headers of an answer say. Zeroed with the waits at -1 it says nothing. */
struct collect_headers {
    char next[COLLECT_URL_SIZE]; /**< of Link with rel="next", or "" */
    double retry_after;          /**< seconds, or -1 */
    double remaining;            /**< requests left, or -1 */
    double reset;                /**< seconds until there are more again, or -1 */
};

/** An answer with status 200. */
struct collect_answer {
    char *body; /**< owned; ends in a NUL that is not counted */
    size_t size;
    char next[COLLECT_URL_SIZE]; /**< the next page, or "" */
};

struct collect_web;

/**
 * Prepares requests. endpoint: https://HOST or http://HOST, without a path's closing slash. token:
 * or NULL; copied. config and log are borrowed. Errors (ERROR_USAGE): a bad endpoint or token.
 */
struct collect_web *collect_web_open(const char *endpoint, const char *token,
                                     const struct config_collect *config, struct log *log,
                                     struct error *error);
void collect_web_close(struct collect_web *web);

/** The endpoint; borrowed. */
const char *collect_web_endpoint(const struct collect_web *web);

/** Says whether a body is what was asked for; false: the answer counts as broken. */
typedef bool collect_web_check(char *body, size_t size);

/**
 * Gets a URL of the endpoint. *answer is overwritten; its body is the caller's on success. Errors:
 * ERROR_RUN if the request is refused or fails for good, ERROR_STOPPED if the server asks for a
 * longer wait than collect.longest_wait.
 */
bool collect_web_get(struct collect_web *web, const char *url, collect_web_check *check,
                     struct collect_answer *answer, struct error *error);

/** Requests sent so far, repetitions and redirects included. */
size_t collect_web_requests(const struct collect_web *web);

/** Whether the failed collect_web_get() before found the URL gone (status 400, 404 or 410). */
bool collect_web_gone(const struct collect_web *web);

/** Whether two URLs have the same scheme, host and port. */
bool collect_web_same_origin(const char *a, const char *b);

/**
 * Takes in one header line, `Name: value`, without its line end: Link, Retry-After, RateLimit
 * (`"api";r=0;t=55`) and RateLimit-Remaining with RateLimit-Reset. now: seconds since 1970, for
 * dates. What cannot be understood is left alone.
 */
void collect_headers_take(struct collect_headers *headers, const char *line, size_t length,
                          int64_t now);

#endif
