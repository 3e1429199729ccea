#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what growcast needs, on Debian and Ubuntu; elsewhere names the packages and stops.
#
#     deps.sh [--check] [GROUP...]
#
# Groups: build (compile and run), test, analysis, bench (peers of the benchmarks), slurm (a cluster
# for tests), develop (lint, sanitizers, coverage); without any, the first three. Quick and silent
# when nothing is missing. --check installs nothing.
set -eu

# What is needed: group, probe, then the package's name for apt, dnf, zypper, conda (conda-forge)
# and Spack. "-" where that system is not known to have it; see `source_of`.
requirements() {
    cat <<'END'
build    command:gcc                gcc                  gcc                 gcc                   gcc                gcc
build    command:make               make                 make                make                  make               gmake
build    command:pkg-config         pkg-config           pkgconf-pkg-config  pkg-config            pkg-config         pkgconf
build    command:mpirun             openmpi-bin          openmpi             openmpi4              openmpi            openmpi
build    library:ompi-c             libopenmpi-dev       openmpi-devel       openmpi4-devel        openmpi            openmpi
build    library:gsl                libgsl-dev           gsl-devel           gsl-devel             gsl                gsl
build    library:netcdf             libnetcdf-dev        netcdf-devel        netcdf-devel          libnetcdf          netcdf-c
build    library:hdf5               libhdf5-dev          hdf5-devel          hdf5-devel            hdf5               hdf5
build    library:inih               libinih-dev          inih-devel          inih-devel            -                  libinih
build    library:jansson            libjansson-dev       jansson-devel       libjansson-devel      jansson            jansson
build    library:nettle             nettle-dev           nettle-devel        libnettle-devel       nettle             nettle
build    library:yajl               libyajl-dev          yajl-devel          libyajl-devel         yajl               yajl
build    library:libcurl            libcurl4-openssl-dev libcurl-devel       libcurl-devel         libcurl            curl
build    library:zlib         zlib1g-dev           zlib-devel          zlib-devel            zlib               zlib
build    header:csv.h               libcsv-dev           libcsv-devel        -                     -                  -
build    header:Random123/philox.h  librandom123-dev     -                   -                     -                  random123
test     command:prove              perl                 perl-Test-Harness   perl                  perl               perl
test     command:ncdump             netcdf-bin           netcdf              netcdf                libnetcdf          netcdf-c
test     python:netCDF4             python3-netcdf4      python3-netcdf4     python3-netCDF4       netcdf4            py-netcdf4
test     python:xarray              python3-xarray       python3-xarray      python3-xarray        xarray             py-xarray
analysis python:matplotlib          python3-matplotlib   python3-matplotlib  python3-matplotlib    matplotlib         py-matplotlib
analysis file:/usr/share/javascript/chart.js/chart.min.js libjs-chart.js - - - -
test     command:chromedriver       chromium-driver      chromedriver        chromedriver          -                  -
bench    library:cminpack           libcminpack-dev      cminpack-devel      -                     cminpack           -
bench    python:scipy               python3-scipy        python3-scipy       python3-scipy         scipy              py-scipy
bench    command:Rscript            r-cran-minpack.lm    R-minpack.lm        -                     r-minpack.lm       r-minpack-lm
develop  command:clang              clang                clang               clang                 clang              llvm
develop  fuzzer:clang               libclang-rt-14-dev   compiler-rt          compiler-rt           compiler-rt           llvm
develop  command:clang-format       clang-format         clang-tools-extra   clang-tools           clang-format       llvm
develop  command:clang-tidy         clang-tidy           clang-tools-extra   clang-tools           clang-tools        llvm
develop  command:shellcheck         shellcheck           ShellCheck          ShellCheck            shellcheck         -
develop  command:mandoc             mandoc               mandoc              mandoc                mandoc             -
develop  command:gcovr              gcovr                gcovr               python3-gcovr         gcovr              py-gcovr
develop  command:valgrind           valgrind             valgrind            valgrind              valgrind           valgrind
develop  command:qemu-x86_64        qemu-user            qemu-user           qemu-linux-user       -                  qemu
slurm    command:munged             munge                munge               munge                 -                  munge
slurm    command:slurmctld          slurmctld            slurm-slurmctld     slurm                 -                  slurm
slurm    command:slurmd             slurmd               slurm-slurmd        slurm-node            -                  slurm
slurm    command:sbatch             slurm-client         slurm               slurm                 -                  slurm
END
}

source_of() {
    case $1 in
    library:inih) echo https://github.com/benhoyt/inih ;;
    header:csv.h) echo https://github.com/rgamble/libcsv ;;
    file:*/chart.min.js) echo https://github.com/chartjs/Chart.js ;;
    header:Random123/*) echo https://github.com/DEShawResearch/random123 ;;
    *) echo "its own site" ;;
    esac
}

# Debian's Python: another one may stand first on PATH without these modules.
python=/usr/bin/python3
[ -x $python ] || python=python3

present() {
    name=${1#*:}
    case $1 in
    command:*) command -v "$name" >/dev/null 2>&1 ;;
    library:*) pkg-config --exists "$name" 2>/dev/null ;;
    file:*) [ -e "$name" ] ;;
    fuzzer:*)
        echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
            "$name" -x c - -fsanitize=fuzzer -o /dev/null 2>/dev/null
        ;;
    header:*) echo "#include <$name>" | ${CC:-cc} -E - >/dev/null 2>&1 ;;
    python:*)
        $python -c "import importlib.util as u, sys; sys.exit(u.find_spec('$name') is None)" \
            2>/dev/null
        ;;
    esac
}

# The lines of `requirements` that are wanted and missing.
missing() {
    requirements | while read -r group probe packages; do
        case " $groups " in
        *" $group "*) present "$probe" || echo "$group $probe $packages" ;;
        esac
    done
}

# Names of the missing packages for the package manager in column $1.
packages() {
    echo "$needed" | awk -v column="$1" '$column != "-" { print $column }' | sort -u | tr '\n' ' '
}

explain() {
    echo "growcast needs packages that are missing here:"
    echo "  Debian, Ubuntu: apt-get install $(packages 3)"
    echo "  Fedora, RHEL:   dnf install $(packages 4)"
    echo "  openSUSE, SLES: zypper install $(packages 5)"
    echo "  conda-forge:    conda install -c conda-forge $(packages 6)"
    echo "  Spack:          spack install $(packages 7)"
    echo "$needed" | while read -r group probe names; do
        case " $names " in
        *" - "*) echo "  ${probe#*:}: where the system has no package, from $(source_of "$probe")" ;;
        esac
    done
}

# SLURM's daemons are started by their test, not by their installation.
forbid_starting_daemons() {
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap '$as_root rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
        $as_root chmod +x $policy
    fi
}

install_with_apt() {
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || return 1
        as_root=sudo
    fi
    # The names are separate words.
    # shellcheck disable=SC2046
    set -- $(packages 3)
    echo "installing $*"
    $as_root apt-get update -qq
    case " $groups " in
    *" slurm "*) forbid_starting_daemons ;;
    esac
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -qq -y --no-install-recommends "$@" \
        >/dev/null
}

check_only=false
if [ "${1:-}" = --check ]; then
    check_only=true
    shift
fi
groups=${*:-build test analysis}
needed=$(missing)
[ -n "$needed" ] || exit 0

if $check_only; then
    echo "growcast: missing $(packages 3)(Debian's names). Run: make deps" >&2
    exit 1
fi
if command -v apt-get >/dev/null && install_with_apt; then
    needed=$(missing)
    [ -n "$needed" ] || exit 0
fi
explain >&2
exit 1
