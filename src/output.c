/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "output.h"

#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool check_path(const char *path, bool force, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return errno == ENOENT ||
               error_set(error, ERROR_USAGE, "cannot write output %s: %s", path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return error_set(error, ERROR_USAGE, "output %s is not a plain file", path);
    }
    return force ||
           error_set(error, ERROR_USAGE, "output %s exists already; --force replaces it", path);
}

/* Creates an empty file beside path with the permissions that the umask asks for. */
static int create_temporary(const char *path, char **name)
{
    enum { ATTEMPTS = 100 };
    size_t size = strlen(path) + sizeof ".tmp.99999999999999999999.99";
    *name = memory_array(size, 1);
    int file = -1;
    for (int attempt = 0; attempt < ATTEMPTS && file < 0; attempt++) {
        (void)snprintf(*name, size, "%s.tmp.%ld.%d", path, (long)getpid(), attempt);
        file = open(*name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST) {
            break;
        }
    }
    return file;
}

bool output_create(struct output *output, const char *path, bool force, struct error *error)
{
    memset(output, 0, sizeof *output);
    if (!check_path(path, force, error)) {
        return false;
    }
    char *temporary = NULL;
    int file = create_temporary(path, &temporary);
    output->stream = file < 0 ? NULL : fdopen(file, "w");
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

/* A renamed file survives a power cut once its folder is on disk. Some file systems cannot flush
   folders and say so; the file is complete in any case. */
static void flush_folder(const char *path)
{
    char *folder = memory_string(path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    int handle = open(slash != NULL ? folder : ".", O_RDONLY | O_CLOEXEC);
    free(folder);
    if (handle >= 0) {
        (void)fsync(handle);
        (void)close(handle);
    }
}

bool output_complete(struct output *output, struct error *error)
{
    /* errno of an early failed write may be overwritten by now, so it is asked for again. */
    bool written = fflush(output->stream) == 0 && ferror(output->stream) == 0 &&
                   fsync(fileno(output->stream)) == 0;
    int reason = errno;
    bool closed = fclose(output->stream) == 0;
    output->stream = NULL;
    if (written && (!closed || rename(output->temporary, output->path) != 0)) {
        reason = errno;
        written = false;
    }
    if (!written) {
        (void)error_set(error, ERROR_RUN, "cannot write %s: %s", output->path, strerror(reason));
        output_discard(output);
        return false;
    }
    flush_folder(output->path);
    release(output);
    return true;
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
