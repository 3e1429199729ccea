/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages and progress, as they reach a stream; buffers and waiting, which they rest on. */
#include "buffer.h"
#include "log.h"
#include "patience.h"
#include "progress.h"
#include "tap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEXT_SIZE = 4000 };

/* What has been written to file so far. */
static const char *written(FILE *file, char text[TEXT_SIZE])
{
    rewind(file);
    text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
    return text;
}

static void say_all(struct log *log)
{
    log_error(log, "number %d", 1);
    log_warning(log, "number %d", 2);
    log_stage(log, "number %d", 3);
    log_detail(log, "number %d", 4);
}

static void test_levels(void)
{
    static const struct {
        bool speaks;
        bool quiet;
        bool verbose;
        const char *text;
    } cases[] = {
        {false, false, true, ""},
        {true, true, false, "growcast: error: number 1\ngrowcast: warning: number 2\n"},
        {true, false, false,
         "growcast: error: number 1\ngrowcast: warning: number 2\ngrowcast: number 3\n"},
        {true, false, true,
         "growcast: error: number 1\ngrowcast: warning: number 2\ngrowcast: number 3\n"
         "growcast: number 4\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        FILE *file = tmpfile();
        char text[TEXT_SIZE];
        struct log log = log_make(file, cases[i].speaks, cases[i].quiet, cases[i].verbose);
        say_all(&log);
        tap_ok(strcmp(written(file, text), cases[i].text) == 0, "messages of level %zu", i);
        (void)fclose(file);
    }
}

static void test_lines(void)
{
    FILE *file = tmpfile();
    char text[TEXT_SIZE];
    struct log log = log_make(file, true, false, false);
    struct progress progress = progress_begin(&log, PROGRESS_AUTO, false, "models", 200, 50);
    tap_ok(!progress.bar, "a file is no terminal: lines");
    progress_update(&progress, 60);
    tap_ok(strcmp(written(file, text), "") == 0, "nothing before it is time");
    progress.began -= 10; /* as if ten seconds had passed: 50 done before, 50 now: 5/s */
    progress.next -= 10;
    progress_fail(&progress, 3);
    progress_update(&progress, 100);
    tap_ok(strcmp(written(file, text),
                  "growcast: 100/200 models (50.0%), 5/s, 20 s left, 3 failed\n") == 0 ||
               strstr(text, "100/200 models (50.0%), 4.9") != NULL,
           "a line gives done/total, rate, remaining time, failures: %s", text);
    progress_update(&progress, 200);
    progress_end(&progress);
    tap_ok(strstr(written(file, text), "200 of 200 models done in 10 s") != NULL,
           "the end is told at once");
    (void)fclose(file);
}

static void test_bar(void)
{
    FILE *file = tmpfile();
    char text[TEXT_SIZE];
    struct log log = log_make(file, true, false, false);
    struct progress progress = progress_begin(&log, PROGRESS_BAR, true, "models", 4, 0);
    progress_update(&progress, 2);
    tap_ok(strstr(written(file, text), "\r[###############...............] 2/4 models") != NULL,
           "a bar is drawn over itself");
    log_warning(&log, "look");
    tap_ok(strstr(written(file, text), "\ngrowcast: warning: look\n") != NULL,
           "a message begins a line of its own");
    progress_update(&progress, 4);
    progress_end(&progress);
    tap_ok(strstr(written(file, text), "[##############################] 4/4") != NULL,
           "the last bar is full");
    (void)fclose(file);
    file = tmpfile();
    log = log_make(file, true, false, false);
    progress = progress_begin(&log, PROGRESS_BAR, true, "models", 0, 0);
    progress_update(&progress, 0);
    progress_end(&progress);
    tap_ok(strstr(written(file, text), "0/0 models") != NULL, "nothing to do is no division");
    (void)fclose(file);
}

static void test_silence(void)
{
    FILE *file = tmpfile();
    char text[TEXT_SIZE];
    struct log log = log_make(file, true, true, false);
    struct progress progress = progress_begin(&log, PROGRESS_BAR, false, "models", 4, 0);
    progress_update(&progress, 2);
    progress_end(&progress);
    log = log_make(file, true, false, false);
    progress = progress_begin(&log, PROGRESS_NONE, false, "models", 4, 0);
    progress_update(&progress, 2);
    progress_end(&progress);
    tap_ok(strcmp(written(file, text), "") == 0, "--quiet and none are silent");
    (void)fclose(file);
}

static void test_buffer(void)
{
    struct buffer buffer = {0};
    uint64_t number = 0x0123456789abcdef;
    buffer_append(&buffer, "abc", 3);
    buffer_align(&buffer, 8);
    buffer_align(&buffer, 8);
    buffer_append(&buffer, &number, sizeof number);
    buffer_append(&buffer, NULL, 0);
    tap_ok(buffer.size == 16 && memcmp(buffer.bytes, "abc\0\0\0\0", 8) == 0, "aligned with zeros");
    for (size_t i = 0; i < 100000; i++) {
        buffer_append(&buffer, &i, sizeof i);
    }
    struct buffer_cursor cursor = {.next = buffer.bytes + 8, .left = buffer.size - 8};
    uint64_t taken = 0;
    bool right = buffer_take(&cursor, &taken, sizeof taken) && taken == number;
    for (size_t i = 0; i < 100000; i++) {
        right = right && buffer_take(&cursor, &taken, sizeof taken) && taken == i;
    }
    tap_ok(right && cursor.left == 0, "what was appended is taken back");
    tap_ok(!buffer_take(&cursor, &taken, 1) && cursor.left == 0, "and no more than that");
    buffer_free(&buffer);
    tap_ok(buffer.bytes == NULL && buffer.size == 0, "it is empty when released");
}

static void test_patience(void)
{
    struct patience patience = {0};
    double began = patience_now();
    for (int i = 0; i < 20; i++) {
        patience_wait(&patience);
    }
    tap_ok(patience_now() > began && patience.sleep <= 1000000, "naps grow to a millisecond");
    struct patience_clock clock = {0};
    double first = patience_clock_read(&clock);
    (void)nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    double second = patience_clock_read(&clock);
    tap_ok(first == 0 && second >= 0.05, "the clock of deadlines follows the wall clock");
    clock.wall -= 3600; /* as if the process had been stopped for an hour */
    double third = patience_clock_read(&clock);
    tap_ok(third - second <= 1.1, "but an hour in which the process was stopped is a second");
}

int main(void)
{
    test_levels();
    test_lines();
    test_bar();
    test_silence();
    test_buffer();
    test_patience();
    return tap_done();
}
