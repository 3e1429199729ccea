#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# growcast on several processes outside of a batch system:
#
#     jobs/launch.sh growcast fit INPUT... -o RUN.nc [OPTION...]
#     GROWCAST_MPIRUN="-n 4" jobs/launch.sh growcast fit INPUT... -o RUN.nc
#
# Like mpirun, but Ctrl-C, SIGTERM and SIGUSR1 save what is finished and end with exit code 75, for
# --resume; a second Ctrl-C ends at once. And a host that cannot be reached any more ends the run
# within seconds (205), which mpirun left to itself does not: see common.sh.
# shellcheck source=jobs/common.sh
. "$(dirname "$0")/common.sh" || exit 1
launch "$@"
exit $?
