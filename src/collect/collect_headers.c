/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_web.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALUE_SIZE = COLLECT_URL_SIZE + 256 };

/* The seconds of a number of digits, or -1. */
static double read_seconds(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9) {
        return -1;
    }
    return (double)strtoul(text, NULL, 10);
}

/* Seconds, or a date as HTTP writes it: at least 0 seconds from now. */
static double read_retry_after(const char *text, int64_t now)
{
    double seconds = read_seconds(text);
    if (seconds >= 0) {
        return seconds;
    }
    int64_t date = curl_getdate(text, NULL);
    if (date < 0) {
        return -1;
    }
    return date > now ? (double)(date - now) : 0;
}

/* The value of `;name=number` among parameters, or -1. */
static double read_parameter(const char *text, char name)
{
    while ((text = strchr(text, ';')) != NULL) {
        text++;
        text += strspn(text, " \t");
        if (text[0] == name && text[1] == '=') {
            return read_seconds(text + 2);
        }
    }
    return -1;
}

/* <URL>; rel="next", among others. */
static void take_link(struct collect_headers *headers, const char *text)
{
    const char *begin;
    while ((begin = strchr(text, '<')) != NULL) {
        const char *end = strchr(begin, '>');
        if (end == NULL) {
            return;
        }
        text = end + 1;
        size_t parameters = strcspn(text, "<");
        const char *relation = strstr(text, "rel=\"next\"");
        const char *bare = strstr(text, "rel=next");
        relation = relation != NULL ? relation : bare;
        size_t length = (size_t)(end - begin) - 1;
        if (relation != NULL && (size_t)(relation - text) < parameters &&
            length < sizeof headers->next) {
            memcpy(headers->next, begin + 1, length);
            headers->next[length] = '\0';
            return;
        }
    }
}

void collect_headers_take(struct collect_headers *headers, const char *line, size_t length,
                          int64_t now)
{
    const char *colon = memchr(line, ':', length);
    char value[VALUE_SIZE];
    if (colon == NULL || length >= sizeof value || memchr(line, '\0', length) != NULL) {
        return;
    }
    size_t name = (size_t)(colon - line);
    size_t start = name + 1;
    while (start < length && (line[start] == ' ' || line[start] == '\t')) {
        start++;
    }
    memcpy(value, line + start, length - start);
    value[length - start] = '\0';
    if (name == strlen("link") && strncasecmp(line, "link", name) == 0) {
        take_link(headers, value);
    } else if (name == strlen("retry-after") && strncasecmp(line, "retry-after", name) == 0) {
        headers->retry_after = read_retry_after(value, now);
    } else if (name == strlen("ratelimit") && strncasecmp(line, "ratelimit", name) == 0) {
        headers->remaining = read_parameter(value, 'r');
        headers->reset = read_parameter(value, 't');
    } else if (name == strlen("ratelimit-remaining") &&
               strncasecmp(line, "ratelimit-remaining", name) == 0) {
        headers->remaining = read_seconds(value);
    } else if (name == strlen("ratelimit-reset") &&
               strncasecmp(line, "ratelimit-reset", name) == 0) {
        headers->reset = read_seconds(value);
    }
}
