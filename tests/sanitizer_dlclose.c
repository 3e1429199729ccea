/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Linked into sanitizer builds only: MPI's plug-ins stay loaded, so that leak reports name them
 * and their suppressions apply. */
int dlclose(void *handle);

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}
