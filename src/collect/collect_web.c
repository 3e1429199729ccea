/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_web.h"

#include "memory.h"

#include <curl/curl.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    REDIRECTS_MAX = 5,
    LONGEST_BACKOFF = 60, /* seconds */
    OK = 200,
    REQUEST_TIMEOUT = 408,
    TOO_MANY_REQUESTS = 429,
    SERVER_ERROR = 500,
};

struct collect_web {
    const struct config_collect *config;
    struct log *log;
    CURL *curl;
    char *endpoint;
    struct curl_slist *plain;  /* headers of every request */
    struct curl_slist *secret; /* the same and the token */
    size_t requests;
    double pause; /* seconds that the last answer asks to wait before the next request */
    bool gone;
};

/** What one request came to. */
struct response {
    CURLcode code;
    long status;
    bool json;
    char *body;
    size_t size, capacity;
    struct collect_headers headers;
    char redirect[COLLECT_URL_SIZE];
};

/* A part of a URL, owned by the caller (curl_free), or NULL. */
static char *url_part(const char *url, CURLUPart part)
{
    char *text = NULL;
    CURLU *parsed = curl_url();
    if (parsed == NULL) {
        memory_exhausted(1, sizeof parsed);
    }
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parsed, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        text = NULL;
    }
    curl_url_cleanup(parsed);
    return text;
}

static bool same_part(const char *a, const char *b, CURLUPart part)
{
    char *left = url_part(a, part);
    char *right = url_part(b, part);
    bool same = left != NULL && right != NULL && strcasecmp(left, right) == 0;
    curl_free(left);
    curl_free(right);
    return same;
}

bool collect_web_same_origin(const char *a, const char *b)
{
    return same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) &&
           same_part(a, b, CURLUPART_PORT);
}

static bool has_scheme(const char *url, const char *scheme)
{
    char *text = url_part(url, CURLUPART_SCHEME);
    bool same = text != NULL && strcasecmp(text, scheme) == 0;
    curl_free(text);
    return same;
}

/* Over https, or to this machine, where nobody can listen. */
static bool is_private(const char *url)
{
    char *host = url_part(url, CURLUPART_HOST);
    bool local = host != NULL && (strcmp(host, "localhost") == 0 ||
                                  strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0);
    curl_free(host);
    return local || has_scheme(url, "https");
}

static bool check_endpoint(const char *endpoint, struct error *error)
{
    char *user = url_part(endpoint, CURLUPART_USER);
    char *host = url_part(endpoint, CURLUPART_HOST);
    bool good = host != NULL && user == NULL && strpbrk(endpoint, "?#") == NULL &&
                strlen(endpoint) < COLLECT_URL_SIZE / 4 &&
                (has_scheme(endpoint, "https") || has_scheme(endpoint, "http"));
    curl_free(user);
    curl_free(host);
    return good ||
           error_set(error, ERROR_USAGE, "HF_ENDPOINT is not a URL like https://huggingface.co");
}

/* The token as a header line. Characters that end a line would smuggle in other headers. */
static bool add_token(struct collect_web *web, const char *token, struct error *error)
{
    for (const char *c = token; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            return error_set(error, ERROR_USAGE,
                             "HF_TOKEN holds characters that no token has (blanks or line ends?)");
        }
    }
    if (!is_private(web->endpoint)) {
        log_warning(web->log, "the token is not sent, because %s is not https", web->endpoint);
        return true;
    }
    size_t size = strlen(token) + sizeof "Authorization: Bearer ";
    char *line = memory_array(size, 1);
    (void)snprintf(line, size, "Authorization: Bearer %s", token);
    web->secret = curl_slist_append(web->secret, line);
    free(line);
    return true;
}

struct collect_web *collect_web_open(const char *endpoint, const char *token,
                                     const struct config_collect *config, struct log *log,
                                     struct error *error)
{
    if (!check_endpoint(endpoint, error)) {
        return NULL;
    }
    struct collect_web *web = memory_array(1, sizeof *web);
    *web = (struct collect_web){.config = config,
                                .log = log,
                                .curl = curl_easy_init(),
                                .endpoint = memory_string(endpoint)};
    size_t length = strlen(web->endpoint);
    while (length > 0 && web->endpoint[length - 1] == '/') {
        web->endpoint[--length] = '\0';
    }
    web->plain = curl_slist_append(NULL, "Accept: application/json");
    web->secret = curl_slist_append(NULL, "Accept: application/json");
    if (web->curl == NULL || web->plain == NULL || web->secret == NULL) {
        memory_exhausted(1, sizeof *web);
    }
    if (token != NULL && *token != '\0' && !add_token(web, token, error)) {
        collect_web_close(web);
        return NULL;
    }
    return web;
}

void collect_web_close(struct collect_web *web)
{
    if (web == NULL) {
        return;
    }
    curl_slist_free_all(web->plain);
    curl_slist_free_all(web->secret);
    curl_easy_cleanup(web->curl);
    free(web->endpoint);
    free(web);
}

const char *collect_web_endpoint(const struct collect_web *web)
{
    return web->endpoint;
}

size_t collect_web_requests(const struct collect_web *web)
{
    return web->requests;
}

bool collect_web_gone(const struct collect_web *web)
{
    return web->gone;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct response *response = context;
    size *= count;
    if (size > COLLECT_WEB_BODY_MAX - response->size) {
        return 0;
    }
    response->body = memory_reserve(response->body, &response->capacity, response->size + size,
                                    sizeof *response->body);
    memcpy(response->body + response->size, bytes, size);
    response->size += size;
    response->body[response->size] = '\0';
    return size;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct response *response = context;
    size *= count;
    size_t length = size;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
        length--;
    }
    collect_headers_take(&response->headers, bytes, length, (int64_t)time(NULL));
    return size;
}

static void response_reset(struct response *response)
{
    char *body = response->body;
    size_t capacity = response->capacity;
    memset(response, 0, sizeof *response);
    response->body = body;
    response->capacity = capacity;
    response->headers.retry_after = -1;
    response->headers.remaining = -1;
    response->headers.reset = -1;
}

static void set_options(struct collect_web *web, const char *url, struct response *response)
{
    CURL *curl = web->curl;
    double timeout = web->config->timeout.seconds;
    bool trusted = collect_web_same_origin(url, web->endpoint);
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (is_private(url) && !has_scheme(url, "https")) {
        /* A proxy would read the token, which goes without TLS to this machine only. */
        (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    }
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, trusted ? web->secret : web->plain);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "growcast/" GROWCAST_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(1000 * fmin(timeout, 30)));
    /* A slow body may take ten times as long, as long as it does not stall. */
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(10000 * timeout));
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L);
    (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)ceil(timeout));
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, response);
}

static void request_once(struct collect_web *web, const char *url, struct response *response)
{
    response_reset(response);
    set_options(web, url, response);
    web->requests++;
    response->code = curl_easy_perform(web->curl);
    (void)curl_easy_getinfo(web->curl, CURLINFO_RESPONSE_CODE, &response->status);
    const char *type = NULL;
    (void)curl_easy_getinfo(web->curl, CURLINFO_CONTENT_TYPE, &type);
    response->json = type != NULL && strncasecmp(type, "application/json", 16) == 0;
    const char *redirect = NULL;
    (void)curl_easy_getinfo(web->curl, CURLINFO_REDIRECT_URL, &redirect);
    if (redirect != NULL && strlen(redirect) < sizeof response->redirect) {
        (void)strcpy(response->redirect, redirect);
    }
}

/* Requests a URL and where it is redirected to; never from https to http. */
static void request(struct collect_web *web, const char *url, struct response *response)
{
    char target[COLLECT_URL_SIZE];
    (void)snprintf(target, sizeof target, "%s", url);
    for (int step = 0; step <= REDIRECTS_MAX; step++) {
        request_once(web, target, response);
        bool redirected = response->code == CURLE_OK && response->redirect[0] != '\0';
        bool downgraded = has_scheme(target, "https") && !has_scheme(response->redirect, "https");
        if (!redirected || downgraded) {
            return;
        }
        (void)snprintf(target, sizeof target, "%s", response->redirect);
    }
}

/* Why an answer is no good, or NULL if it is; *again: it may be better next time. */
static const char *judge(const struct response *response, collect_web_check *check, bool *again,
                         char *text, size_t size)
{
    *again = true;
    if (response->code != CURLE_OK) {
        *again =
            response->code != CURLE_PEER_FAILED_VERIFICATION && response->code != CURLE_WRITE_ERROR;
        return response->code == CURLE_WRITE_ERROR ? "the answer is larger than 256 MiB"
                                                   : curl_easy_strerror(response->code);
    }
    if (response->status != OK) {
        *again = response->status == REQUEST_TIMEOUT || response->status == TOO_MANY_REQUESTS ||
                 response->status >= SERVER_ERROR;
        bool refused = response->status == 401 || response->status == 403;
        bool redirected = response->redirect[0] != '\0';
        (void)snprintf(text, size, "status %ld%s%s", response->status,
                       refused ? ": no access; is HF_TOKEN set and valid?" : "",
                       redirected ? ": too many redirects, or from https to http" : "");
        return text;
    }
    if (!response->json) {
        return "the answer is not application/json";
    }
    return check(response->body != NULL ? response->body : "", response->size)
               ? NULL
               : "the answer is not whole JSON";
}

static void pause_for(double seconds)
{
    struct timespec left = {(time_t)seconds, (long)(1e9 * (seconds - floor(seconds)))};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* Waits that long, unless it is too long. */
static bool wait_for(struct collect_web *web, double seconds, const char *reason,
                     struct error *error)
{
    double longest = web->config->longest_wait.seconds;
    if (seconds > longest) {
        return error_set(error, ERROR_STOPPED,
                         "the server asks to wait for %.0f seconds (%s), more than "
                         "collect.longest_wait = %.0f; continue later with --resume",
                         seconds, reason, longest);
    }
    if (seconds >= 1) {
        log_stage(web->log, "waiting %.0f s: %s", seconds, reason);
    }
    pause_for(seconds);
    return true;
}

/* How long to wait before the next attempt, seconds. */
static double backoff(const struct collect_web *web, const struct response *response,
                      size_t attempt)
{
    double wait = web->config->backoff.seconds * pow(2, (double)attempt);
    wait = fmin(wait, LONGEST_BACKOFF);
    wait = fmax(wait, response->headers.retry_after);
    return response->status == TOO_MANY_REQUESTS ? fmax(wait, response->headers.reset) : wait;
}

static bool try_again_and_again(struct collect_web *web, const char *url, collect_web_check *check,
                                struct response *response, struct error *error)
{
    for (size_t attempt = 0;; attempt++) {
        char text[256];
        bool again;
        request(web, url, response);
        const char *defect = judge(response, check, &again, text, sizeof text);
        if (defect == NULL) {
            return true;
        }
        if (!again || attempt == web->config->retries) {
            web->gone =
                response->status == 400 || response->status == 404 || response->status == 410;
            return error_set(error, ERROR_RUN, "%s: %s%s", url, defect,
                             again ? "; --resume continues from here" : "");
        }
        if (!wait_for(web, backoff(web, response, attempt), defect, error)) {
            return false;
        }
    }
}

bool collect_web_get(struct collect_web *web, const char *url, collect_web_check *check,
                     struct collect_answer *answer, struct error *error)
{
    *answer = (struct collect_answer){0};
    web->gone = false;
    double pause = web->pause;
    web->pause = 0;
    if (pause > 0 && !wait_for(web, pause, "the allowance of requests is used up", error)) {
        return false;
    }
    log_detail(web->log, "GET %s", url);
    struct response *response = memory_array(1, sizeof *response);
    bool good = try_again_and_again(web, url, check, response, error);
    if (good) {
        bool used_up = response->headers.remaining == 0 && response->headers.reset > 0;
        web->pause = used_up ? response->headers.reset : 0;
        answer->body = response->body;
        answer->size = response->size;
        memcpy(answer->next, response->headers.next, sizeof answer->next);
    } else {
        free(response->body);
    }
    free(response);
    return good;
}
