/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store.h"

#include "memory.h"
#include "output.h"
#include "store_checksum.h"
#include "store_status.h"

#include <errno.h>
#include <hdf5.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool store_status_fail(const struct store *store, const char *what, int status, struct error *error)
{
    /* The library's own texts are "HDF error" for a write that failed and "Permission denied" (a
     * positive status) for any file that it could not create; the system's say why. */
    bool vague = status == NC_EHDFERR || status > 0;
    const char *reason = vague && errno != 0 ? strerror(errno) : nc_strerror(status);
    return error_set(error, ERROR_RUN, "cannot write %s to %s: %s", what, store->path, reason);
}

/* Before anything of HDF5, even its version, is asked for. After a write has failed its clean-up at
 * exit crashes (1.10.8); files are closed here in any case, so that it has nothing to do. */
static void begin_hdf5(void)
{
    (void)H5dont_atexit();
}

struct store *store_create(const char *path, const char *step_unit, const char *time_unit,
                           struct error *error)
{
    begin_hdf5();
    char *temporary = output_temporary(path);
    if (temporary == NULL) {
        (void)error_set(error, ERROR_RUN, "cannot write output %s: %s", path, strerror(errno));
        return NULL;
    }
    struct store *store = memory_array(1, sizeof *store);
    *store = (struct store){.path = memory_string(path),
                            .temporary = temporary,
                            .step_unit = step_unit,
                            .time_unit = time_unit};
    errno = 0;
    int status = nc_create(temporary, NC_NETCDF4 | NC_CLOBBER, &store->handle);
    if (status != NC_NOERR) {
        (void)store_status_fail(store, "the header", status, error);
        (void)unlink(temporary);
        free(store->path);
        free(temporary);
        free(store);
        return NULL;
    }
    return store;
}

bool store_dimension(struct store *store, const char *name, size_t size, struct error *error)
{
    if (size == 0) {
        return true;
    }
    errno = 0;
    int identifier = 0;
    int status = nc_def_dim(store->handle, name, size, &identifier);
    return status == NC_NOERR || store_status_fail(store, name, status, error);
}

bool store_attribute(struct store *store, const char *name, const char *text, struct error *error)
{
    errno = 0;
    int status = nc_put_att_text(store->handle, NC_GLOBAL, name, strlen(text), text);
    return status == NC_NOERR || store_status_fail(store, name, status, error);
}

bool store_attribute_number(struct store *store, const char *name, double value,
                            struct error *error)
{
    errno = 0;
    int status = nc_put_att_double(store->handle, NC_GLOBAL, name, NC_DOUBLE, 1, &value);
    return status == NC_NOERR || store_status_fail(store, name, status, error);
}

bool store_attribute_count(struct store *store, const char *name, size_t value, struct error *error)
{
    errno = 0;
    long long number = (long long)value;
    int status = nc_put_att_longlong(store->handle, NC_GLOBAL, name, NC_INT64, 1, &number);
    return status == NC_NOERR || store_status_fail(store, name, status, error);
}

bool store_group(struct store *store, const char *name, struct store *group, bool *created,
                 struct error *error)
{
    *group = *store;
    *created = nc_inq_ncid(store->handle, name, &group->handle) != NC_NOERR;
    errno = 0;
    int status = *created ? nc_def_grp(store->handle, name, &group->handle) : NC_NOERR;
    return status == NC_NOERR || store_status_fail(store, name, status, error);
}

static void release(struct store *store)
{
    free(store->path);
    free(store->temporary);
    free(store);
}

/** Ends the NetCDF part: everything else is in the file before the status says so. */
static bool finish_contents(struct store *store, struct error *error)
{
    errno = 0;
    int status = nc_sync(store->handle);
    if (status == NC_NOERR) {
        status =
            nc_put_att_text(store->handle, NC_GLOBAL, "run_status", strlen("complete"), "complete");
    }
    if (status != NC_NOERR) {
        int reason = errno;
        (void)nc_close(store->handle);
        errno = reason;
    } else {
        status = nc_close(store->handle);
    }
    return status == NC_NOERR || store_status_fail(store, "the end", status, error);
}

bool store_complete(struct store *store, struct error *error)
{
    bool done = finish_contents(store, error) && store_checksum_append(store->temporary, error);
    if (!done) {
        (void)unlink(store->temporary);
    }
    done = done && output_publish(store->temporary, store->path, error);
    release(store);
    return done;
}

void store_discard(struct store *store)
{
    if (store == NULL) {
        return;
    }
    (void)nc_close(store->handle);
    (void)unlink(store->temporary);
    release(store);
}

char *store_library_versions(void)
{
    unsigned major = 0;
    unsigned minor = 0;
    unsigned release_number = 0;
    begin_hdf5();
    (void)H5get_libversion(&major, &minor, &release_number);
    const char *netcdf = nc_inq_libvers(); /* "4.9.0 of Aug 29 2022 12:33:46 $" */
    char text[128];
    (void)snprintf(text, sizeof text, "NetCDF %.*s; HDF5 %u.%u.%u", (int)strcspn(netcdf, " "),
                   netcdf, major, minor, release_number);
    return memory_string(text);
}
