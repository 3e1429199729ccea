# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Test Anything Protocol for shell scripts; to be sourced from the project's root. Works in a new
# folder, which is removed at the end; `program` is the program under test, `source` the root.
# End the script with: finish
program=$(realpath "${GROWCAST:-build/growcast}")
source=$(pwd)
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
count=0
failed=0
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

result() { # result STATUS DESCRIPTION
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        failed=$((failed + 1))
    fi
}

skip() { # skip DESCRIPTION REASON
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# exits CODE DESCRIPTION ARGUMENT...: runs the program, leaving stdout in `out`, stderr in `err`.
exits() {
    expected=$1
    description=$2
    shift 2
    timeout 300 "$program" "$@" >out 2>err
    code=$?
    [ "$code" -eq "$expected" ]
    result $? "$description: exit $expected"
    [ "$code" -eq "$expected" ] || sed "s/^/# exit $code: /" err
}

says() { # says FILE TEXT DESCRIPTION
    grep -qF -e "$2" "$1"
    result $? "$3"
}

silent() { # silent FILE DESCRIPTION
    [ ! -s "$1" ]
    result $? "$2"
}

absent() { # absent DESCRIPTION PATH...: none of the paths exists
    description=$1
    shift
    found=0
    for path in "$@"; do
        [ ! -e "$path" ] || found=1
    done
    result $found "$description"
}

finish() {
    echo "1..$count"
    [ "$failed" -eq 0 ]
    exit
}
