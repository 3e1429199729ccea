#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs one test through prove for run.sh: its output goes to $LOGS/NAME.log, how many of its results
# passed, failed and were skipped to NAME.count, one line and the details of what failed to stdout, all
# at once.
test=$1
log=$LOGS/$(basename "$test")
began=$(date +%s)
prove --verbose "$test" >"$log.log" 2>&1
took=$(($(date +%s) - began))
awk -v test="$test" -v took=$took -v count="$log.count" '
    function show(line) { shown = shown line "\n" }
    /^ok [0-9]+.*# *[Ss][Kk][Ii][Pp]/ { skipped++; show("      skipped:" substr($0, index($0, "SKIP") + 4)); next }
    /^ok [0-9]+/ { passed++; failing = 0; next }
    /^not ok [0-9]+/ { failed++; failing = 1; show($0); next }
    /^[^ ]+ \.+ skipped: / { skipped++; show("      " substr($0, index($0, "skipped: "))); next }
    /^1\.\.[0-9]+/ || /^(All tests successful|Files=)/ || /^[^ ]+ \.+ *$/ || /^ok$/ { next }
    /^ *#/ { if (failing) show($0); next }
    /(Dubious|Bad plan|Parse errors)/ { broken++ }
    /^Result: / { verdict = $2; next }
    { show($0) }
    END {
        # A program that died or left its plan unfinished failed, whatever it had counted.
        if (failed == 0 && verdict != "PASS" && !(verdict == "NOTESTS" && skipped)) {
            failed = broken > 0 ? broken : 1
        }
        printf "%s: %s, %d s\n%s", test, (failed ? "FAILED" : passed ? "ok" : "skipped"), took, shown
        print passed + 0, failed + 0, skipped + 0 > count
    }' "$log.log" >"$log.short"
flock "$LOGS" cat "$log.short"
