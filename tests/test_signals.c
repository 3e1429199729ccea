/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests to stop, by signal and by clock. */
#include "patience.h"
#include "signals.h"
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void test_flags(void)
{
    tap_ok(signals_received() == 0, "no signal at first");
    const int numbers[] = {SIGUSR1, SIGTERM, SIGINT};
    const char *const names[] = {"SIGUSR1", "SIGTERM", "SIGINT"};
    for (size_t i = 0; i < 3; i++) {
        (void)raise(numbers[i]);
        tap_ok(signals_received() == numbers[i] && signals_received() == numbers[i],
               "%s is noted and stays", names[i]);
        tap_ok(signals_take() == numbers[i] && signals_received() == 0, "until it is taken");
        tap_ok(strcmp(signals_name(numbers[i]), names[i]) == 0, "it has a name");
    }
    tap_ok(strcmp(signals_name(SIGHUP), "signal") == 0, "other signals have none");
}

/* In a child process, since the second one ends it. */
static void test_second_interrupt(void)
{
    pid_t child = fork();
    if (child == 0) {
        signals_install();
        (void)raise(SIGINT);
        if (signals_received() != SIGINT) {
            _exit(1);
        }
        (void)raise(SIGINT);
        _exit(2);
    }
    int status;
    (void)waitpid(child, &status, 0);
    tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "a second SIGINT ends the process");
}

static void test_file_size(void)
{
    struct rlimit limit;
    (void)getrlimit(RLIMIT_FSIZE, &limit);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 1;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    FILE *file = tmpfile();
    ssize_t first = write(fileno(file), "ab", 2);
    ssize_t second = write(fileno(file), "c", 1);
    int reason = errno;
    (void)fclose(file);
    limit.rlim_cur = before;
    (void)setrlimit(RLIMIT_FSIZE, &limit);
    tap_ok(first == 1 && second == -1 && reason == EFBIG,
           "a file at its size limit is a failed write, not a signal");
}

static bool stops_between(double time_limit, double grace_time, double low, double high)
{
    double now = patience_now();
    struct signals_limit limit = signals_limit_begin(time_limit, grace_time);
    return limit.stop_at >= now + low && limit.stop_at <= now + high + 1;
}

static void test_limits(void)
{
    (void)unsetenv("SLURM_JOB_END_TIME");
    struct signals_limit limit = signals_limit_begin(0, 30);
    tap_ok(isinf(limit.stop_at) && !signals_limit_reached(&limit), "no limit by itself");
    tap_ok(stops_between(100, 30, 100, 100), "run.time_limit counts from now");
    limit = signals_limit_begin(1e-9, 30);
    tap_ok(signals_limit_reached(&limit) && strstr(limit.reason, "run.time_limit") != NULL,
           "a limit is reached");

    char text[32];
    (void)snprintf(text, sizeof text, "%lld", (long long)time(NULL) + 6000);
    (void)setenv("SLURM_JOB_END_TIME", text, 1);
    tap_ok(stops_between(0, 30, 5938, 5941), "a long SLURM job keeps twice the grace time");
    tap_ok(stops_between(0, 3000, 5398, 5401), "but at most a tenth of what is left");
    tap_ok(stops_between(100, 30, 100, 100), "the earlier limit counts");
    limit = signals_limit_begin(7000, 30);
    tap_ok(strstr(limit.reason, "SLURM") != NULL, "and gives the reason");
    (void)setenv("SLURM_JOB_END_TIME", "1000", 1);
    limit = signals_limit_begin(0, 30);
    tap_ok(signals_limit_reached(&limit), "an end in the past is reached");
    const char *const nonsense[] = {"", "soon", "12x", "-5", "nan"};
    bool ignored = true;
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
        (void)setenv("SLURM_JOB_END_TIME", nonsense[i], 1);
        limit = signals_limit_begin(0, 30);
        ignored = ignored && isinf(limit.stop_at);
    }
    tap_ok(ignored, "what is not a time is ignored");
}

int main(void)
{
    signals_install();
    test_flags();
    signals_install();
    test_second_interrupt();
    test_file_size();
    test_limits();
    return tap_done();
}
