#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# growcast collect from files: lineage, ages, snapshots, defects, and the way on to fit.
. tests/tap.sh

# series NAME FILE: the row of a model, without quotes.
series() {
    grep "^$1," "$2" | tr -d '"'
}

equals() { # equals EXPECTED ACTUAL DESCRIPTION
    [ "$1" = "$2" ]
    result $? "$3"
    [ "$1" = "$2" ] || printf '# expected: %s\n# actual:   %s\n' "$1" "$2"
}

# Released on 2024-01-31: a month later is 2024-02-29, then 2024-03-31. `a` was made on the day of
# release, `b` the day before the first month was over, `c` when it was.
cat >records.jsonl <<'END'
{"id": "org/base", "createdAt": "2024-01-31T10:00:00.000Z", "tags": ["license:mit"], "downloads": 5}
{"id": "u/a", "createdAt": "2024-01-31T05:00:00.000Z", "tags": ["base_model:org/base", "base_model:finetune:org/base"]}
{"id": "u/b", "createdAt": "2024-02-28T23:59:59.000Z", "baseModels": {"relation": "finetune", "models": [{"_id": "1", "id": "org/base"}]}}
{"id": "u/c", "createdAt": "2024-02-29T00:00:00.000Z", "baseModels": [{"id": "org/base", "relation": "finetune"}]}
{"id": "u/zone", "createdAt": "2024-02-29T01:00:00+02:00", "cardData": {"base_model": "org/base"}}
{"id": "u/adapter", "createdAt": "2024-02-10T00:00:00.000Z", "tags": ["base_model:org/base", "base_model:adapter:org/base"]}
{"id": "u/quantized", "createdAt": "2024-02-10T00:00:00.000Z", "baseModels": {"models": [{"id": "org/base"}], "relation": "quantized"}}
{"id": "u/merge", "createdAt": "2024-02-10T00:00:00.000Z", "cardData": {"base_model": ["org/base", "org/gone", "./local path"], "base_model_relation": "merge"}}
{"id": "u/grandchild", "createdAt": "2024-03-01T00:00:00.000Z", "tags": ["base_model:finetune:u/b", "base_model:finetune:u/c"]}
{"id": "u/self", "createdAt": "2024-02-10T00:00:00.000Z", "tags": ["base_model:finetune:u/self"]}
{"id": "u/one", "createdAt": "2024-02-10T00:00:00.000Z", "tags": ["base_model:finetune:u/two"]}
{"id": "u/two", "createdAt": "2024-02-10T00:00:00.000Z", "tags": ["base_model:finetune:u/one"]}
{"id": "u/last", "createdAt": "2024-04-30T00:00:00.000Z", "tags": []}
END
exits 0 "JSON lines" collect records.jsonl -o lines.csv
equals "org/base,org,2024-01-31T10:00:00Z,0,3,4,4" "$(series org/base lines.csv)" \
    "ages by calendar, bases named twice and in every form"
equals "model,organization,created_at,0-month,1-month,2-month,3-month" "$(head -n 1 lines.csv)" \
    "ages in the header"
equals "u/one,u,2024-02-10T00:00:00Z,0,1,1," "$(series u/one lines.csv)" "a cycle counts both ways"
says err "name themselves as base, not counted: 1" "self-reference: reported"
says err "cannot be names of models: 1" "a base that is no name: reported"
says err "observed until 2024-04-30" "observed until the latest record"

{
    echo '['
    sed '$!s/$/,/' records.jsonl
    echo ']'
} >records.json
exits 0 "JSON array" collect records.json -o array.csv
cmp -s lines.csv array.csv
result $? "an array gives the same as lines"
sort -r records.jsonl >reversed.jsonl
exits 0 "other order" collect reversed.jsonl records.jsonl -o reversed.csv
cmp -s lines.csv reversed.csv
result $? "neither order nor repetition matters"

for relation in adapter:1 quantized:1 merge:1 all:6; do
    exits 0 "$relation" collect records.jsonl -o out.csv --force -s "collect.relation=${relation%:*}"
    equals "${relation#*:}" "$(series org/base out.csv | cut -d, -f5)" "relation $relation"
done
exits 0 "depth" collect records.jsonl -o out.csv --force -s collect.depth=2
equals "org/base,org,2024-01-31T10:00:00Z,0,3,5,5" "$(series org/base out.csv)" \
    "a grandchild by two ways counts once"
equals "u/one,u,2024-02-10T00:00:00Z,0,1,1," "$(series u/one out.csv)" \
    "in a cycle a model is not its own descendant"
exits 0 "fractional" collect records.jsonl -o out.csv --force -s collect.fractional=yes
equals "u/b,u,2024-02-28T23:59:59Z,0,0.5,0.5," "$(series u/b out.csv)" "one of two bases: a half"
exits 2 "fractional and deep" collect records.jsonl -o out.csv --force -s collect.fractional=yes \
    -s collect.depth=2
exits 0 "until" collect records.jsonl -o out.csv --force -s collect.until=2024-03-30
equals "org/base,org,2024-01-31T10:00:00Z,0,3" "$(series org/base out.csv)" \
    "only months that are over"
exits 2 "until what" collect records.jsonl -o out.csv --force -s collect.until=March
exits 0 "all models" collect records.jsonl -o out.csv --force -s collect.all_models=yes
equals "u/a,u,2024-01-31T05:00:00Z,0,0,0,0" "$(series u/a out.csv)" "zeros of who has no children"
exits 0 "undated base" collect records.jsonl -o out.csv --force -s collect.relation=merge
equals "" "$(series org/gone out.csv)" "a base without a record is left out"
says err "without a record of their own: 1" "a base without a record: reported"
exits 0 "undated base, first descendant" collect records.jsonl -o out.csv --force \
    -s collect.relation=merge -s collect.undated=first-descendant
equals "org/gone,org,2024-02-10T00:00:00Z,0,1,1," "$(series org/gone out.csv)" \
    "a base without a record begins at its first descendant"
printf 'old,new\norg/gone,org/base\n' >renamed.csv
exits 0 "renamed" collect records.jsonl -o out.csv --force -s collect.relation=merge \
    --renamed renamed.csv
equals "" "$(series org/gone out.csv)" "a renamed base is gone"
equals "1" "$(series org/base out.csv | cut -d, -f5)" "a child of both names counts once"

exits 0 "days" collect records.jsonl -o days.csv -s collect.step=day -s collect.until=2024-03-02
equals "org/base,org,2024-01-31T10:00:00Z,0,1,1" "$(series org/base days.csv | cut -d, -f1-6)" \
    "daily: the day of release counts from the next"
equals "2024-01-31,2024-02-01" "$(head -n 1 days.csv | cut -d, -f4,5)" "daily: dates in the header"
exits 0 "fit of days" fit days.csv -o days.nc -s bootstrap.replicates=0

cat >list.csv <<'END'
base_model,model,created_at,relation
,org/base,2024-01-31,
org/base,u/a,2024-02-01,finetune
org/base,u/a,2024-02-01,finetune
org/base,u/b,2024-03-05,
org/base,u/c,2024-03-06,adapter
,u/late,2024-05-01,
,old/model,2022-03-02T23:29:04.000Z,
old/model,u/a,2024-02-01,finetune
END
exits 0 "event list" collect list.csv -o events.csv
equals "org/base,org,2024-01-31T00:00:00Z,0,1,2,2" "$(series org/base events.csv | cut -d, -f1-7)" \
    "event list: counted once, by relation"
says err "earliest stamp or older, true age unknown: 1" "left-censored: reported"
exits 0 "left-censored dropped" collect list.csv -o out.csv --force -s collect.left_censored=drop
equals "" "$(series old/model out.csv)" "left-censored: left out"
printf 'old/*\n' >exclude.txt
printf 'namespace,organization\norg,The "Org", Inc.\n' >bad-organizations.csv
printf 'namespace,organization\norg,"The ""Org"", Inc."\n' >organizations.csv
exits 0 "exclusions and organizations" collect list.csv -o out.csv --force \
    -s input.exclude=exclude.txt -s input.organizations=organizations.csv
equals "" "$(series old/model out.csv)" "excluded"
says out.csv 'org/base,"The ""Org"", Inc.",2024' "organization by mapping, quoted"
exits 2 "bad mapping" collect list.csv -o out.csv --force -s input.organizations=bad-organizations.csv

# Defects
bad() { # bad TEXT MESSAGE DESCRIPTION: the text, as a file of records, is refused with the message
    printf '%s' "$1" >bad.jsonl
    exits 3 "$3" collect bad.jsonl -o bad.csv
    says err "$2" "$3: message"
    absent "$3: no output" bad.csv
}
bad '{"id": "a/b"}
{"id": "a/b", "createdAt": "yesterday"}' 'bad.jsonl:2:' "bad date"
bad '{"createdAt": "2024-01-01"}' "has no id" "no id"
bad '{"id": "=cmd()"}' "cannot be the name" "formula as id"
bad '{"id": "../../etc/passwd"}' "cannot be the name" "path as id"
bad '{"id": "a/b"' "ends inside a record" "truncated"
bad '[{"id": "a/b"}' "ends inside a record" "truncated array"
bad '{"id": "a/b"}
{"id": oops}' 'bad.jsonl:2:' "no JSON"
bad '[1, 2]' "a number where a record should be" "numbers"
bad '[[{"id": "a/b"}]]' "a list where a record should be" "nested lists"
bad "{\"x\": $(printf '%0100d' 0 | tr 0 '[')" "64 levels" "deep nesting"
bad '{"id": "a/b", "downloads": -3}' "not a count" "negative downloads"
bad 'model,date,count' "no column \"base_model\"" "another CSV"
bad '' "empty file" "empty file"
bad '{"id": "a/b", "createdAt": "2024-01-01"}' "no series" "nothing to count"
exits 3 "no such file" collect missing.jsonl -o bad.csv
{
    cat records.jsonl
    echo '{"id": "u/bad", "createdAt": "yesterday"}'
    echo '{"id": "u/d", "createdAt": "2024-03-01", "tags": ["base_model:finetune:org/base"]}'
} >some-bad.jsonl
exits 3 "a bad record" collect some-bad.jsonl -o bad.csv
exits 0 "a bad record skipped" collect some-bad.jsonl -o out.csv --force -s input.on_bad_row=skip
equals "org/base,org,2024-01-31T10:00:00Z,0,3,5,5" "$(series org/base out.csv)" \
    "what follows a bad record is read"
says err "1 records with defects skipped" "skipped records: reported"
mkfifo pipe
printf 'base_model,model,created_at\n,org/a,2024-01-01\norg/a,u/b,2024-02-01\n,z/c,2024-03-09\n' >list.csv
for input in records.jsonl list.csv; do
    exits 0 "$input" collect $input -o direct.csv --force -q
    cat $input >pipe &
    exits 0 "$input through a pipe" collect pipe -o piped.csv --force -q
    cmp -s direct.csv piped.csv
    result $? "$input through a pipe: the same series"
done
exits 2 "output exists" collect records.jsonl -o lines.csv

# Snapshots. 100 downloads a day from release on: the trailing counter is 100 (t + 1) for 30 days,
# then 3000; cumulative it is 100 (t + 1) throughout.
mkdir snapshots
/usr/bin/python3 - <<'END'
import datetime, json
release = datetime.date(2024, 7, 1)
for t in range(100):
    day = release + datetime.timedelta(days=t)
    record = {"id": "org/base", "createdAt": "2024-07-01T12:00:00.000Z",
              "downloads": 100 * min(t + 1, 30), "downloadsAllTime": 100 * (t + 1)}
    with open(f"snapshots/models-{day}.json", "w") as file:
        json.dump([record, {"id": "u/other", "downloads": 1}], file)
END
exits 0 "snapshots" collect snapshots -o trailing.csv -s collect.count=downloads
equals "3000" "$(series org/base trailing.csv | cut -d, -f103)" "downloads as counted"
exits 0 "all time" collect snapshots -o total.csv -s collect.count=downloads-all-time
equals "10000" "$(series org/base total.csv | cut -d, -f103)" "downloads of all time"
exits 0 "recovered" collect snapshots -o recovered.csv -s collect.count=downloads \
    -s input.counter=trailing30
equals "$(series org/base total.csv)" "$(series org/base recovered.csv)" \
    "recovered downloads are the true ones"
exits 0 "fit of a counter" fit trailing.csv -o trailing.nc -s input.counter=trailing30 \
    -s bootstrap.replicates=0 -s input.on_bad_row=skip
exits 3 "no snapshots" collect records.jsonl -o bad.csv -s collect.count=downloads

# Round trip: a table of series, taken apart into events and collected again, is the same to fit.
exits 0 "simulate" simulate -o wide.csv -s simulate.models=20 -s simulate.steps=24 --seed 5
/usr/bin/python3 - <<'END'
import csv, datetime
def later(day, months):
    number = day.year * 12 + day.month - 1 + months
    return day.replace(year=number // 12, month=number % 12 + 1)  # days are below 29
with open("wide.csv", newline="") as file:
    rows = list(csv.DictReader(file))
with open("taken-apart.csv", "w", newline="") as file:
    out = csv.writer(file)
    out.writerow(["base_model", "model", "created_at"])
    made = 0
    for row in rows:
        release = datetime.date.fromisoformat(row["created_at"][:10])
        out.writerow(["", row["model"], release])
        before = 0
        for k in range(1, 25):
            if row[f"{k}-month"] == "":
                break
            for i in range(int(row[f"{k}-month"]) - before):
                made += 1
                # The first or the last day of the k-th month, or between.
                first, end = later(release, k - 1), later(release, k)
                day = first + datetime.timedelta(days=made % (end - first).days)
                out.writerow([row["model"], f"user/child-{made}", day])
            before = int(row[f"{k}-month"])
END
exits 0 "events of a table" collect taken-apart.csv -o again.csv -s collect.until=2026-02-18 \
    -s collect.all_models=yes
grep -E '^(model|simulated-)' again.csv >bases.csv
exits 0 "fit of the table" fit wide.csv -o wide.nc -s bootstrap.replicates=20 --progress none
exits 0 "fit of the events" fit bases.csv -o bases.nc -s bootstrap.replicates=20 --progress none
/usr/bin/python3 - <<'END'
import sys, numpy, xarray
a, b = (xarray.open_dataset(name).sortby("model_name") for name in ("wide.nc", "bases.nc"))
for name in ("model_name", "observed_count", "release_date", "fitness", "immediacy", "longevity",
             "fitness_quantile", "fit_status"):
    if a[name].dtype.kind == "f":
        same = numpy.array_equal(a[name].values, b[name].values, equal_nan=True)
    else:
        same = (a[name].values == b[name].values).all()
    if not same:
        sys.exit(f"# {name} differs")
END
result $? "events -> collect -> fit equals wide table -> fit"

# Size: memory per model and beside it; the full size is 2,000,000 records.
/usr/bin/python3 "$source/tests/make_hub_records.py" 100000 >many.jsonl
cat >peak.py <<'END'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
small=$(/usr/bin/python3 peak.py "$program" collect records.jsonl -o out.csv --force)
large=$(/usr/bin/python3 peak.py "$program" collect many.jsonl -o many.csv)
bytes=$(((large - small) * 1024 / 100000))
if grep -q __asan_init "$program"; then
    skip "memory a model" "the address sanitizer takes more"
else
    [ "$bytes" -lt 200 ]
    result $? "100,000 records take $bytes bytes a model with its name of 25"
fi
finish
