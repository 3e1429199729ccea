/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect.h"
#include "collect_web.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static struct collect_headers take(const char *line)
{
    /* 2015-10-21 07:27:30 UTC, half a minute before RFC 9110's example of a date. */
    const int64_t now = 1445412450;
    struct collect_headers headers = {.retry_after = -1, .remaining = -1, .reset = -1};
    collect_headers_take(&headers, line, strlen(line), now);
    return headers;
}

static void test_headers(void)
{
    tap_ok(take("Retry-After: 120").retry_after == 120, "Retry-After in seconds");
    tap_ok(take("retry-after: Wed, 21 Oct 2015 07:28:00 GMT").retry_after == 30,
           "Retry-After as a date");
    tap_ok(take("Retry-After: Wed, 21 Oct 2014 07:28:00 GMT").retry_after == 0,
           "Retry-After as a date that is over");
    tap_ok(take("Retry-After: soon").retry_after == -1, "Retry-After that says nothing");
    tap_ok(take("Retry-After: 99999999999999999999").retry_after == -1, "too many digits");
    struct collect_headers headers = take("RateLimit: \"api\";r=0;t=55");
    tap_ok(headers.remaining == 0 && headers.reset == 55, "RateLimit with r and t");
    headers = take("ratelimit: \"api\"; t=7; r=3");
    tap_ok(headers.remaining == 3 && headers.reset == 7, "RateLimit in another order");
    tap_ok(take("RateLimit-Remaining: 0").remaining == 0, "RateLimit-Remaining");
    tap_ok(take("RateLimit-Reset: 9").reset == 9, "RateLimit-Reset");
    tap_ok(strcmp(take("Link: <https://h/a?cursor=b%3D>; rel=\"next\"").next,
                  "https://h/a?cursor=b%3D") == 0,
           "Link to the next page");
    tap_ok(strcmp(take("link: <https://h/1>; rel=\"prev\", <https://h/3>; rel=\"next\"").next,
                  "https://h/3") == 0,
           "Link to the next page among others");
    tap_ok(take("Link: <https://h/1>; rel=\"prev\"").next[0] == '\0', "no next page");
    tap_ok(take("Link: <https://h/1; rel=\"next\"").next[0] == '\0', "a Link that is not closed");
}

static void test_origins(void)
{
    tap_ok(collect_web_same_origin("https://hub.co/a", "https://HUB.co:443/b?c"),
           "the default port, and case, make no difference");
    tap_ok(!collect_web_same_origin("https://hub.co/", "http://hub.co/"), "another scheme");
    tap_ok(!collect_web_same_origin("https://hub.co/", "https://hub.co:444/"), "another port");
    tap_ok(!collect_web_same_origin("https://hub.co/", "https://hub.co.evil.org/"),
           "another host that begins like it");
    tap_ok(!collect_web_same_origin("https://hub.co/", "https://hub.co@evil.org/"),
           "another host behind a user's name");
}

static bool is_name(const char *text)
{
    return collect_name_valid(text, strlen(text));
}

static void test_names(void)
{
    tap_ok(is_name("gpt2") && is_name("meta-llama/Llama-3.1-8B") && is_name("_a/_b.c"),
           "names of models");
    tap_ok(!is_name("") && !is_name("a/") && !is_name("/a") && !is_name("a/b/c") &&
               !is_name("a//b"),
           "parts that are missing or too many");
    tap_ok(!is_name("../x") && !is_name("a/..") && !is_name("./x") && !is_name("-a"),
           "paths and options");
    tap_ok(!is_name("=1+1") && !is_name("@a") && !is_name("a b") && !is_name("a\"b") &&
               !is_name("a,b") && !is_name("<a>"),
           "formulas, separators and markup");
}

/* A hundred thousand names, each found again and none twice. */
static void test_index(void)
{
    enum { COUNT = 100000 };
    struct collect collect = {0};
    bool right = true;
    char name[32];
    for (uint32_t i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "user/model-%u", (unsigned)i);
        right = right && collect_model_index(&collect, name) == i;
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "user/model-%u", (unsigned)i);
        right = right && collect_find(&collect, name) == i &&
                strcmp(collect_name(&collect, i), name) == 0;
    }
    tap_ok(right && collect.model_count == COUNT, "every name has one number");
    tap_ok(collect_find(&collect, "user/model-100000") == COLLECT_NONE, "an unknown name has none");
    collect_free(&collect);
}

int main(void)
{
    test_headers();
    test_origins();
    test_names();
    test_index();
    return tap_done();
}
