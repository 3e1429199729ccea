#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The command line as users and scripts meet it: exit codes, streams, messages, help. TAP.
# GROWCAST names the program under test.
. tests/tap.sh

exits 2 "no command"
says err "growcast: error: missing command; see growcast --help" "no command: says what to do"
silent out "no command: nothing on stdout"
exits 2 "unknown command" confg
says err "the nearest known command is config" "unknown command: suggestion"
exits 2 "unknown option" config --efective
says err "the nearest known option is --effective" "unknown option: suggestion"
exits 2 "a setting as an option" fit series.csv -o run.nc --replicates 100
says err "it is a setting: -s bootstrap.replicates=VALUE" "a setting as an option: how to give it"
exits 2 "an option like no other" fit series.csv -o run.nc --bootstrap
says err "unknown option --bootstrap; see --help" "an option like no other: no suggestion"
mkdir records
echo '{"id": "org/a"}' >records/a.jsonl
exits 3 "a folder of records of the Hub" fit records -o run.nc
says err "records: no *.csv files in this folder (\`growcast collect\`" "a folder of records: what to do with it"
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

exits 0 "simulate" simulate -s simulate.models=20 -o series.csv
silent out "simulate: nothing on stdout"
[ "$(wc -l <series.csv)" -eq 21 ] && [ "$(wc -l <series.truth.csv)" -eq 21 ]
result $? "simulate: a row for each model and its truth"
exits 2 "simulate over an existing file" simulate -s simulate.models=20 -o series.csv
says err "series.csv exists already; --force replaces it" "existing output: what to do"
cp series.csv first.csv
ln series.csv link.csv
exits 2 "an output that is the input, --force or not" fit series.csv -o link.csv --force
says err "link.csv is an input as well" "an output that is the input: message"
cmp -s first.csv series.csv
result $? "an output that is the input: nothing is lost"
rm link.csv
escape=$(printf '\033[2J')
exits 2 "an escape in a setting" config -s "model.scale=$escape"
says err 'x1b' "an escape in a setting: shown as what it is"
! grep -qF "$escape" err
result $? "an escape in a setting: it does not reach the terminal"
exits 0 "simulate --force" simulate -s simulate.models=20 -o series.csv --force --quiet
silent err "simulate --quiet: nothing on stderr"
cmp -s first.csv series.csv
result $? "simulate: same seed, same bytes"
exits 0 "simulate from a truth" simulate -s simulate.parameters=series.truth.csv \
    -s simulate.noise=none -o again.csv
cut -d, -f1,3,4,5,7,8 again.truth.csv >again.parameters
cut -d, -f1,3,4,5,7,8 series.truth.csv | cmp -s - again.parameters
result $? "a truth read back is the same truth"
exits 2 "simulate into a missing folder" simulate -o none/series.csv
says err "cannot write output none/series.csv: No such file or directory" "missing folder: reason"
exits 2 "simulate without -o" simulate
exits 3 "simulate from a missing table" simulate -s simulate.parameters=none.csv -o x.csv
printf 'model,fitness,immediacy,longevity\nhuge,900,0,0.5\n' >huge.csv
exits 3 "simulate beyond 2^53" simulate -s simulate.parameters=huge.csv -o x.csv
(
    ulimit -f 8
    "$program" simulate -s simulate.models=2000 -o x.csv 2>err
    [ $? -eq 1 ]
)
result $? "a file that grows too large: exit 1"
says err "File too large" "a file that grows too large: reason"
[ "$(find . -name 'x.*' | wc -l)" -eq 0 ]
result $? "what failed leaves no file"
(cd "$source" && "$program" simulate -q -c config/sample.ini -o "$folder/sample.csv")
[ "$(wc -l <sample.csv)" -eq 51 ]
result $? "sample.ini: the 50 models of Table 1"

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
