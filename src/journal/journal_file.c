/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as the journal needs them: whole reads and writes, locks, durable names. */
#include "journal_private.h"
#include "memory.h"
#include "patience.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

char *journal_path_join(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *text = memory_array(size, 1);
    (void)snprintf(text, size, "%s%s", path, suffix);
    return text;
}

char *journal_temporary_path(const struct journal *journal)
{
    return journal_path_join(journal->sums_path, ".new");
}

uint32_t journal_crc(uint32_t seed, const void *bytes, size_t size)
{
    return (uint32_t)crc32_z(seed, bytes, size);
}

bool journal_read_all(int descriptor, void *bytes, size_t size, uint64_t offset)
{
    unsigned char *next = bytes;
    while (size > 0) {
        errno = 0;
        ssize_t got = pread(descriptor, next, size, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        next += got;
        size -= (size_t)got;
        offset += (uint64_t)got;
    }
    return true;
}

bool journal_write_all(int descriptor, const void *bytes, size_t size, uint64_t offset)
{
    const unsigned char *next = bytes;
    while (size > 0) {
        ssize_t put = pwrite(descriptor, next, size, (off_t)offset);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            errno = put == 0 ? ENOSPC : errno;
            return false;
        }
        next += put;
        size -= (size_t)put;
        offset += (uint64_t)put;
    }
    return true;
}

void journal_sync_folder(const char *path)
{
    char *folder = memory_string(path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[1] = '\0';
    }
    int descriptor = open(slash != NULL ? folder : ".", O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0) {
        (void)fsync(descriptor); /* some file systems cannot, and need not */
        (void)close(descriptor);
    }
    free(folder);
}

bool journal_write_error(const struct journal *journal, const char *path, struct error *error)
{
    const char *advice = "see what is wrong with the file system";
    if (errno == ENOSPC || errno == EDQUOT) {
        advice = "make room";
    } else if (errno == EFBIG) {
        advice = "raise the limit on the size of files (ulimit -f)";
    }
    if (journal->policy == JOURNAL_NONE) {
        return error_set(error, ERROR_RUN,
                         "cannot write a file beside the output: %s. Nothing is saved (run.journal "
                         "= none); %s and run again",
                         strerror(errno), advice);
    }
    return error_set(error, ERROR_RUN,
                     "cannot write %s: %s. %zu of %zu results are saved; %s and run again with "
                     "--resume",
                     path, strerror(errno), journal->count, journal->item_count, advice);
}

static bool lock_once(int descriptor, pid_t *holder)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_SETLK, &lock) == 0) {
        return true;
    }
    int reason = errno;
    lock = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
    *holder = 0;
    if (fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        *holder = lock.l_pid;
    }
    errno = reason;
    return false;
}

/* Whether path still names the open file, which another run may have removed in the meantime. */
static bool is_current(int descriptor, const char *path)
{
    struct stat opened;
    struct stat named;
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

int journal_open_locked(const char *path, double lock_wait, struct error *error)
{
    double began = patience_now();
    struct patience patience = {0};
    for (;;) {
        int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor < 0) {
            (void)error_set(error, ERROR_USAGE, "cannot write %s: %s", path, strerror(errno));
            return -1;
        }
        pid_t holder = 0;
        bool locked = lock_once(descriptor, &holder);
        if (locked && is_current(descriptor, path)) {
            return descriptor;
        }
        bool held = locked || errno == EACCES || errno == EAGAIN;
        int reason = errno;
        (void)close(descriptor);
        if (!held) {
            (void)error_set(error, ERROR_USAGE,
                            "cannot lock %s: %s. Write the output to a file system that has "
                            "locks, or set run.journal = none",
                            path, strerror(reason));
            return -1;
        }
        if (patience_now() - began > lock_wait) {
            (void)error_set(error, ERROR_USAGE,
                            "%s is in use by another run (process %ld on its host); wait for it "
                            "or end it",
                            path, (long)holder);
            return -1;
        }
        patience_wait(&patience);
    }
}
