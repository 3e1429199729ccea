#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Names that are formulas, markup, paths, or hold line ends, from a series file to every output:
# none becomes anything but a name. What names collect lets in is tested with it.
. tests/tap.sh

/usr/bin/python3 - <<'END'
import csv, json
names = ["=cmd|'/C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "<script>alert(1)</script>", "../../etc/passwd",
         "/etc/cron.d/x", "a\nb", "tab\there", "quote\"and,comma", "%s%n%x", "`reboot`;$(reboot)",
         "CON", "n" * 5000, "\u202eright-to-left", "{{data}}"]
json.dump(names, open("names.json", "w"))
with open("series.csv", "w", newline="", encoding="utf-8") as file:
    out = csv.writer(file)
    out.writerow(["model", "organization", "created_at"] + [f"{k}-month" for k in range(13)])
    for i, name in enumerate(names):
        out.writerow([name, name[::-1][:60] or "x", "2023-01-15"] + [i * k + k * k for k in range(13)])
END
exits 0 "series of hostile names" fit series.csv -o run.nc -s bootstrap.replicates=10 \
    -s hierarchy.min_series=1
exits 0 "series as CSV" show series.csv --format csv
cp out series-shown.csv
exits 0 "run as CSV" show run.nc --format csv
cp out run-shown.csv
exits 0 "run as JSON" show run.nc --format json
cp out run-shown.json
exits 0 "run as text" show run.nc
! grep -q "$(printf '\033')" out
result $? "no escape reaches the terminal"
/usr/bin/python3 - <<'END'
import csv, json, sys, netCDF4
names = json.load(open("names.json"))
failed = []
for name in ("series-shown.csv", "run-shown.csv"):
    with open(name, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    place = rows[0].index("model")
    cells = [row[place] for row in rows[1:]]
    if sorted(c[1:] if c[0] == "'" else c for c in cells) != sorted(names):
        failed.append(f"{name} does not have the names")
    if any(field[:1] in "=+@" and field and not field[1:2].isdigit() for row in rows for field in row):
        failed.append(f"{name} has a formula")
    if any(len(row) != len(rows[0]) for row in rows):
        failed.append(f"{name} has rows of other lengths")
text = json.load(open("run-shown.json"))
def strings(value):
    if isinstance(value, dict):
        for v in value.values():
            yield from strings(v)
    elif isinstance(value, list):
        for v in value:
            yield from strings(v)
    elif isinstance(value, str):
        yield value
if not set(names) <= set(strings(text)):
    failed.append("JSON does not have the names")
with netCDF4.Dataset("run.nc") as run:
    if sorted(str(n) for n in run["model_name"][:]) != sorted(names):
        failed.append("NetCDF does not have the names")
print("".join(f"# {line}\n" for line in failed), end="")
sys.exit(bool(failed))
END
result $? "CSV, JSON and NetCDF have the names and nothing else"
printf 'model,0-month,1-month\na\001b,0,1\n' >control.csv
exits 3 "a control character" show control.csv
says err "has a control character" "a control character: message"
printf 'model,0-month,1-month\na\377b,0,1\n' >latin.csv
exits 3 "not UTF-8" show latin.csv
printf 'namespace,organization\norg,"=1+1"\n' >organizations.csv
printf ',org/a,2024-01-01\norg/a,u/b,2024-02-01\n' | sed '1i base_model,model,created_at' >list.csv
exits 2 "an organization that is a formula" collect list.csv -o list-series.csv \
    -s input.organizations=organizations.csv
says err "formula" "an organization that is a formula: message"

if /usr/bin/python3 -c 'import matplotlib, xarray' 2>/dev/null; then
    mkdir figures
    (cd "$source" && /usr/bin/python3 analysis/figures.py "$folder/run.nc" --output "$folder/figures" \
        --format png --dpi 30 --models '*' --only figure05_models figure10_forecasts) >out 2>err
    result $? "figures of hostile names"
    found=$(find figures -type f | sed 's|.*/||' | grep -vE '^(figure05_models|figure10_forecasts|captions)\.')
    [ -z "$found" ]
    result $? "file names of figures hold no name of a model $found"
else
    skip "figures of hostile names" "Python's matplotlib or xarray is not installed"
fi
finish
