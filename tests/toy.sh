# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the scripts that disturb tests/toy_run share; to be sourced from the project's root. Works in
# a new folder, in memory where there is some, which is removed at the end.
toy=$(realpath "${BUILD:-build}/tests/toy_run")
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
memory=/dev/shm
folder=$(mktemp -d -p "$([ -w $memory ] && echo $memory || echo /tmp)")
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
# Shared memory of killed ranks stays behind: let it go with the folder.
mkdir .segments
export OMPI_MCA_btl_vader_backing_directory=$folder/.segments
number=0
failures=0
