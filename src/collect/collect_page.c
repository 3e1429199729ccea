/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_hub.h"

#include "calendar.h"
#include "memory.h"
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A page's file: this line, the URL, the next page's URL, the time, each on a line; then the body.
 */
static const char first_line[] = "growcast page 2\n";
static const char ending[] = ".page";

/* The file of a URL, whatever the URL holds; owned by the caller. */
static char *page_path(const struct collect_pages *pages, const char *url)
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    char name[BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
    sha256_init(&context);
    sha256_update(&context, strlen(url), (const uint8_t *)url);
    sha256_digest(&context, sizeof digest, digest);
    base16_encode_update(name, sizeof digest, digest);
    size_t size = strlen(pages->folder) + sizeof name + sizeof ending + 1;
    char *path = memory_array(size, 1);
    (void)snprintf(path, size, "%s/%s%s", pages->folder, name, ending);
    return path;
}

/* Reads a line without its end; false if there is none or it is too long. */
static bool read_line(FILE *file, char line[COLLECT_URL_SIZE])
{
    if (fgets(line, COLLECT_URL_SIZE, file) == NULL) {
        return false;
    }
    size_t length = strcspn(line, "\n");
    bool whole = line[length] == '\n';
    line[length] = '\0';
    return whole;
}

static bool read_body(FILE *file, struct collect_answer *answer)
{
    enum { STEP = 1 << 16 };
    size_t capacity = 0;
    size_t got;
    do {
        answer->body =
            memory_reserve(answer->body, &capacity, answer->size + STEP, sizeof *answer->body);
        got = fread(answer->body + answer->size, 1, STEP, file);
        answer->size += got;
    } while (got > 0 && answer->size <= COLLECT_WEB_BODY_MAX);
    answer->body[answer->size] = '\0';
    return ferror(file) == 0;
}

/* Seconds from a time to now. */
static double age_of(const struct calendar_time *then)
{
    return difftime(time(NULL), 0) - (double)then->day * CALENDAR_SECONDS_PER_DAY - then->second;
}

/* Reads a page that is kept; false if there is none, it is too old or not what it should be. */
static bool read_page(const struct collect_pages *pages, FILE *file, const char *url,
                      collect_web_check *check, struct collect_answer *answer, int32_t *day)
{
    char line[COLLECT_URL_SIZE];
    char start[sizeof first_line];
    struct calendar_time time;
    bool good = fgets(start, sizeof start, file) != NULL && strcmp(start, first_line) == 0 &&
                read_line(file, line) && strcmp(line, url) == 0 && read_line(file, answer->next) &&
                read_line(file, line) && calendar_parse(line, &time) &&
                age_of(&time) <= pages->expiry && read_body(file, answer) &&
                check(answer->body, answer->size);
    if (good) {
        *day = time.day;
    } else {
        free(answer->body);
        *answer = (struct collect_answer){0};
    }
    return good;
}

static bool write_page(const char *path, const char *url, const struct collect_answer *answer,
                       int64_t now, struct error *error)
{
    struct output output;
    if (!output_create(&output, path, true, error)) {
        return false;
    }
    char date[CALENDAR_TEXT_SIZE];
    calendar_format((int32_t)(now / CALENDAR_SECONDS_PER_DAY), date);
    int second = (int)(now % CALENDAR_SECONDS_PER_DAY);
    (void)fprintf(output.stream, "%s%s\n%s\n%sT%02d:%02d:%02dZ\n", first_line, url, answer->next,
                  date, second / 3600, second / 60 % 60, second % 60);
    (void)fwrite(answer->body, 1, answer->size, output.stream);
    return output_complete(&output, error);
}

bool collect_page_get(struct collect_pages *pages, const char *url, collect_web_check *check,
                      struct collect_answer *answer, int32_t *day, struct error *error)
{
    *answer = (struct collect_answer){0};
    char *path = page_path(pages, url);
    FILE *file = fopen(path, "rb");
    bool kept = file != NULL && read_page(pages, file, url, check, answer, day);
    if (file != NULL) {
        (void)fclose(file);
    }
    bool good = kept;
    if (kept) {
        pages->kept++;
    } else if (collect_web_get(pages->web, url, check, answer, error)) {
        int64_t now = (int64_t)time(NULL);
        *day = (int32_t)(now / CALENDAR_SECONDS_PER_DAY);
        good = write_page(path, url, answer, now, error);
        if (!good) {
            free(answer->body);
        }
    }
    free(path);
    return good;
}

void collect_page_drop(const struct collect_pages *pages, const char *url)
{
    char *path = page_path(pages, url);
    (void)unlink(path);
    free(path);
}

bool collect_pages_exist(const char *folder)
{
    struct stat status;
    return stat(folder, &status) == 0;
}

bool collect_pages_create(const char *folder, struct error *error)
{
    struct stat status;
    if (mkdir(folder, 0777) == 0 || (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))) {
        return true;
    }
    return error_set(error, ERROR_USAGE, "cannot make the folder %s: %s", folder, strerror(errno));
}

void collect_pages_remove(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);
        size_t tail = sizeof ending - 1;
        if (length > tail && strcmp(entry->d_name + length - tail, ending) == 0) {
            size_t size = strlen(folder) + length + 2;
            char *path = memory_array(size, 1);
            (void)snprintf(path, size, "%s/%s", folder, entry->d_name);
            (void)unlink(path);
            free(path);
        }
    }
    (void)closedir(directory);
    (void)rmdir(folder);
}
