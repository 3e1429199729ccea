/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output.h"

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool output_check(const char *path, bool force, struct error *error)
{
    struct stat status;
    if (stat(path, &status) == 0) {
        if (!S_ISREG(status.st_mode)) {
            return error_set(error, ERROR_USAGE, "output %s is not a plain file", path);
        }
        if (!force) {
            return error_set(error, ERROR_USAGE, "output %s exists already; --force replaces it",
                             path);
        }
    } else if (errno != ENOENT) {
        return error_set(error, ERROR_USAGE, "cannot write output %s: %s", path, strerror(errno));
    }
    size_t length = strlen(path);
    if (length == 0 || path[length - 1] == '/') {
        return error_set(error, ERROR_USAGE, "output \"%s\" is not the name of a file", path);
    }
    char *probe = output_temporary(path);
    if (probe == NULL) {
        return error_set(error, ERROR_USAGE, "cannot write output %s: %s", path, strerror(errno));
    }
    (void)unlink(probe);
    free(probe);
    return true;
}

char *output_temporary(const char *path)
{
    enum { ATTEMPTS = 100 };
    size_t size = strlen(path) + sizeof ".tmp.99999999999999999999.99";
    char *name = memory_array(size, 1);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        (void)snprintf(name, size, "%s.tmp.%ld.%d", path, (long)getpid(), attempt);
        int file = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        if (file >= 0) {
            (void)close(file);
            return name;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    free(name);
    return NULL;
}

void output_clean(const char *path)
{
    size_t size = strlen(path) + sizeof ".tmp.[0-9]*.[0-9]*";
    char *pattern = memory_array(2 * size, 1);
    char *next = pattern;
    for (const char *c = path; *c != '\0'; c++) {
        if (strchr("*?[\\", *c) != NULL) {
            *next++ = '\\';
        }
        *next++ = *c;
    }
    (void)strcpy(next, ".tmp.[0-9]*.[0-9]*");
    glob_t found = {0};
    if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            (void)unlink(found.gl_pathv[i]);
        }
    }
    globfree(&found);
    free(pattern);
}

/* Waits until a file is on disk; false with errno set. */
static bool flush_file(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    int result = fsync(file);
    int reason = errno;
    (void)close(file);
    errno = reason;
    return result == 0;
}

/* A renamed file survives a power cut once its folder is on disk. Some file systems cannot flush
   folders and say so; the file is complete in any case. */
static void flush_folder(const char *path)
{
    char *folder = memory_string(path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    (void)flush_file(slash != NULL ? folder : ".");
    free(folder);
}

bool output_publish(const char *temporary, const char *path, struct error *error)
{
    if (!flush_file(temporary) || rename(temporary, path) != 0) {
        int reason = errno;
        (void)unlink(temporary);
        return error_set(error, ERROR_RUN, "cannot write %s: %s", path, strerror(reason));
    }
    flush_folder(path);
    return true;
}

bool output_create(struct output *output, const char *path, bool force, struct error *error)
{
    memset(output, 0, sizeof *output);
    if (!output_check(path, force, error)) {
        return false;
    }
    char *temporary = output_temporary(path);
    output->stream = temporary == NULL ? NULL : fopen(temporary, "w");
    if (output->stream == NULL) {
        free(temporary);
        return error_set(error, ERROR_USAGE, "cannot write output %s: %s", path, strerror(errno));
    }
    output->path = memory_string(path);
    output->temporary = temporary;
    return true;
}

static void release(struct output *output)
{
    free(output->path);
    free(output->temporary);
    memset(output, 0, sizeof *output);
}

bool output_complete(struct output *output, struct error *error)
{
    /* errno of an early failed write may be overwritten by now, so it is asked for again. */
    bool written = fflush(output->stream) == 0 && ferror(output->stream) == 0;
    int reason = errno;
    bool closed = fclose(output->stream) == 0;
    output->stream = NULL;
    if (!written || !closed) {
        reason = written ? errno : reason;
        (void)error_set(error, ERROR_RUN, "cannot write %s: %s", output->path, strerror(reason));
        output_discard(output);
        return false;
    }
    bool done = output_publish(output->temporary, output->path, error);
    release(output);
    return done;
}

void output_discard(struct output *output)
{
    if (output->stream != NULL) {
        (void)fclose(output->stream);
    }
    if (output->temporary != NULL) {
        (void)unlink(output->temporary);
    }
    release(output);
}
