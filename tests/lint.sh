#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The project's own rules, checked on sources and on the objects in $BUILD/obj. Prints what breaks
# them and ends with 1 if anything does.
build="${BUILD:-build}"
failed=0

complain() { # complain MESSAGE LINES
    if [ -n "$2" ]; then
        printf '%s:\n%s\n' "$1" "$2"
        failed=1
    fi
}

# Includes that would breach a wall between modules: HEADER, then the files that may include it.
wall() {
    header=$1
    shift
    found=$(grep -lE "^#include <$header" src/*/*.[ch] include/*/*.h)
    for allowed in "$@"; do
        found=$(printf '%s\n' "$found" | grep -vxE "$allowed")
    done
    complain "<$header> belongs only in $*" "$found"
}
wall 'mpi\.h' 'src/queue/transport[a-z_]*\.[ch]' 'src/command/main\.c'
wall 'netcdf\.h' 'src/store/store[a-z_]*\.[ch]' 'include/store/store[a-z_]*\.h'
wall 'ini\.h' 'src/option/option_read\.c'
wall 'getopt\.h' 'src/command/command_line\.c'
wall 'curl/' 'src/collect/collect_web\.c' 'src/collect/collect_headers\.c'
wall 'yajl/' 'src/collect/collect_json\.c'
wall 'jansson\.h' 'src/show/table_data\.c'
found=$(grep -lE '^#include <gsl/' src/command/command* src/option/* src/reader/* src/store/* src/queue/* \
    src/journal/* src/runtime/[!p]* src/data/*)
complain 'GSL belongs only in numerical modules' "$found"

complain 'other architectures have no such target: VECTOR_CLONES of vector_clones.h' \
    "$(grep -n 'target_clones' src/*/*.[ch] include/*/*.h | grep -v '^include/base/vector_clones\.h:')"

# Folders from the ground up: a file includes only headers of its own folder or of folders before it.
floors='base option runtime fit data reader queue bootstrap forecast backtest organization sweep
    journal store simulate collect show analysis command'
found=$(printf '%s\n' include/*/*.h src/*/*.h src/*/*.c | awk -v floors="$floors" '
    BEGIN { count = split(floors, names); for (i = 1; i <= count; i++) floor[names[i]] = i }
    {
        split($0, part, "/")
        if (!(part[2] in floor)) { print $0 ": its folder has no floor"; next }
        if (part[3] ~ /\.h$/) folder[part[3]] = part[2]
        file[++files] = $0
    }
    END {
        for (i = 1; i <= files; i++) {
            split(file[i], part, "/")
            while ((getline line < file[i]) > 0) {
                if (line ~ /^#include "/) {
                    split(line, quoted, "\"")
                    if (floor[folder[quoted[2]]] > floor[part[2]]) print file[i] ": " quoted[2]
                }
            }
            close(file[i])
        }
    }')
complain 'includes of a header from a higher floor' "$found"

# An external symbol begins with its module's subject: a word of the file's name.
found=$(for object in "$build"/obj/*.o; do
    file=$(basename "$object" .o)
    case $file in
    main | sanitizer_dlclose) continue ;;
    esac
    nm -g --defined-only "$object" | awk -v words="^($(echo "$file" | tr _ '|'))_" -v file="$file" '
        $3 !~ words && $3 !~ /^_/ { print "src/" file ".c: " $3 }'
done)
complain 'external symbols without their module as prefix' "$found"

# The first line names the licence; the second after a shebang.
found=$(git ls-files '*.c' '*.h' '*.sh' '*.t' '*.py' '*.supp' Makefile .ci/run jobs | while read -r file; do
    case $file in
    *.supp | *.md | *.json | *.lock) continue ;;
    esac
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$file"
done)
complain 'files without a licence line' "$found"

found=$(git ls-files '*.c' '*.h' | xargs awk 'FNR == 601 { print FILENAME }')
complain 'files of more than 600 lines' "$found"

if command -v shellcheck >/dev/null; then
    found=$(git ls-files | while read -r file; do
        head -n 1 "$file" | grep -qaE '^#!.*\b(ba)?sh\b' && echo "$file"
    done | xargs shellcheck -x 2>&1)
    complain 'shellcheck' "$found"
else
    echo 'shellcheck is missing: shell scripts were not checked'
fi
exit $failed
