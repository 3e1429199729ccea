#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line as users and scripts meet it: exit codes, streams, messages, help. TAP.
# GROWCAST names the program under test.
. tests/tap.sh

exits 2 "no command"
says err "growcast: missing command; see growcast --help" "no command: says what to do"
silent out "no command: nothing on stdout"
exits 2 "unknown command" confg
says err "the nearest known command is config" "unknown command: suggestion"
exits 2 "unknown option" config --efective
says err "the nearest known option is --effective" "unknown option: suggestion"
exits 2 "unknown letter" config -Z
says err "unknown option -Z" "unknown letter: named"
exits 2 "missing argument" config --set
says err "option --set needs an argument" "missing argument: named"
exits 2 "argument too many" config --effective=3
says err "option --effective takes no argument" "argument too many: named"
exits 2 "unexpected input" config nothing.csv
says err "unexpected argument" "unexpected input: named"

exits 0 "--help" --help
says out "Usage: growcast COMMAND" "--help: on stdout"
silent err "--help: nothing on stderr"
exits 0 "--version" --version
says out "growcast " "--version: on stdout"
exits 0 "-V behind a command" config -V
commands=$("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p')
for command in $commands; do
    exits 0 "$command --help" "$command" --help
    says out "Usage: growcast $command" "$command --help: on stdout"
    silent err "$command --help: nothing on stderr"
    exits 0 "$command -h with wrong settings" "$command" -s no.key=1 -h
    exits 2 "$command with an unknown key" "$command" -s modle.scale=1 nothing.csv
    exits 2 "$command with an unknown option" "$command" --no-such-option
done

exits 0 "config" config
cp out documented.ini
cmp -s documented.ini "$source/config/default.ini"
result $? "config/default.ini is what config writes"
exits 0 "config --effective" config --effective
cp out defaults.ini
exits 0 "config before and after the command" -c documented.ini config --effective
cmp -s out defaults.ini
result $? "the documented configuration gives the defaults"
exits 0 "settings win over files" config --effective -s model.scale=5 -c documented.ini --seed=9
says out "scale = 5" "--set is in effect"
says out "seed = 9" "--seed is in effect"
cp out changed.ini
exits 0 "effective configuration again" config --effective -c changed.ini
cmp -s out changed.ini
result $? "the effective configuration reproduces itself"

printf '[model]\nscale = 2\n' >two.ini
printf '[model]\nscale = 3\n' >three.ini
exits 0 "two files" config --effective -c two.ini -c three.ini
says out "scale = 3" "the later file wins"
printf '[model]\nscael = 3\n' >bad.ini
exits 2 "unknown key in a file" -c bad.ini config
says err "bad.ini:2: unknown key model.scael; the nearest known key is model.scale" \
    "unknown key: FILE:LINE and suggestion"
[ "$(wc -l <err)" -eq 1 ]
result $? "one error, one line"
exits 2 "value out of range" config -s fit.confidence=1.5
says err "fit.confidence = 1.5: expected real number, > 0 and < 1" "out of range: range named"
exits 2 "unreadable file" config -c missing.ini
says err "missing.ini: cannot read the configuration: No such file" "unreadable file: reason"

exits 0 "the paper's protocol" config --effective -s fit.method=paper
says out "scale = 1" "the paper's protocol: m = 1"
says out "time_unit = year" "the paper's protocol: years"
says err "fit.method = paper: model.scale = 1, model.time_unit = year" "the paper's protocol: said"
exits 0 "paper.ini" config --effective -c "$source/config/paper.ini"
says out "time_unit = year" "paper.ini: years"
exits 0 "webapp.ini" config --effective -c "$source/config/webapp.ini"
says out "scale = 100" "webapp.ini: m = 100"
says out "time_unit = month" "webapp.ini: months"
says out "method = paper" "webapp.ini: the paper's start and bounds"

exits 0 "config --man" config --man
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning out >findings
    result $? "mandoc finds nothing in the manual page"
    sed 's/^/# /' findings
else
    skip "mandoc finds nothing in the manual page" "no mandoc"
fi

if [ -w /dev/full ]; then
    "$program" config >/dev/full 2>err
    [ $? -eq 2 ]
    result $? "a full standard output: exit 2"
    says err "cannot write to standard output: No space left on device" "a full output: reason"
else
    skip "a full standard output: exit 2" "no /dev/full"
fi
OMPI_COMM_WORLD_RANK=1 "$program" --help >out 2>err
silent out "only the first process prints"

finish
