#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# growcast show of series: what is in an input before anything is fitted.
. tests/tap.sh

cat >series.csv <<'END'
model,created_at,0-month,1-month,2-month,3-month,4-month,5-month
org/good,2024-01-15,0,2,4,4,7,9
org/zeros,2024-02-15,0,0,0,0,0,
org/short,2024-03-15,0,5,6,,,
lab/shock,2024-04-15,0,3,6,9,40,41
lab/gap,2022-03-02T23:29:04.000Z,0,1,,,4,5
lab/falls,2024-05-15,0,5,4,6,7,8
END
exits 0 "table of an input" show series.csv
for line in 'series .*\b5$' 'organizations .*\b2$' 'step .*month' \
    'releases .*2022-03-02 to 2024-04-15' 'observed until .*2024-09-15' 'points .*\b24$' \
    'steps without a new count .*\b5 of 19' 'gaps .*2 missing ages in 1 series' \
    'shocks .*\b1 in 1 series' 'left-censored series .*\b1$' 'rows with defects .*\b1$' \
    'of them decreasing counts .*\b1$' 'series that can be fitted .*\b3$' \
    'not: all counts are zero .*\b1$' 'not: too few points after release .*\b1, fewer than 3'; do
    grep -Eq "$line" out
    result $? "says: $line"
done
says out "series.csv:7:" "a defect with its place"
exits 0 "models as CSV" show series.csv --format csv
grep -q '^lab/shock,lab,2024-04-15,5,41,0,0,1,0.75609756097560' out
result $? "a shock and the largest step's share"
grep -q '^org/zeros,.*,all counts are zero' out
result $? "why a series cannot be fitted"
[ "$(sed -n 2p out | cut -d, -f1)" = lab/shock ]
result $? "the largest count first"
exits 0 "JSON of organizations" show series.csv --format json --table organizations
/usr/bin/python3 -c "
import json
rows = json.load(open('out'))['organizations']
assert [(row['organization'], row['models'], row['can_be_fitted']) for row in rows] == [
    ('lab', 2, 2), ('org', 3, 1)], rows"
result $? "organizations"
exits 0 "one organization" show series.csv --organization lab --format csv --sort name
[ "$(cut -d, -f1 out | tr '\n' ' ')" = "model lab/gap lab/shock " ]
result $? "only its models, by name"
exits 0 "the paper's method needs one point" show series.csv -s fit.method=paper
grep -Eq 'series that can be fitted .*\b4$' out
result $? "the shortest series counts with the paper's method"
exits 2 "order by an estimate" show series.csv --sort fitness
exits 2 "no such table" show series.csv --table run
exits 3 "no series" show "$source/LICENSE"
exits 3 "no file" show missing.csv
head -c 3 series.csv >broken.nc
exits 3 "a broken output" show broken.nc
mkfifo pipe.csv
cat series.csv >pipe.csv &
exits 0 "a pipe" show pipe.csv --table models --format csv
[ "$(wc -l <out)" -eq 6 ]
result $? "a pipe is read from its beginning"
printf '\357\273\277org/good\r\n\r\norg/z*\r\n' >excluded.txt
exits 0 "exclusions with a byte order mark" show series.csv -s input.exclude=excluded.txt
grep -Eq 'series .*\b3$' out
result $? "none is missed"
printf 'model;0-month;1-month\na/x;0;1\n' >semicolons.csv
exits 3 "semicolons" show semicolons.csv
says err "separated by commas" "semicolons: message"
mkdir folder
cp series.csv folder
exits 0 "a folder" show folder
finish
