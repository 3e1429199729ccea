#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# growcast collect from the Hub's API, played by tests/hub_server.py with all its failures.
. tests/tap.sh

mkdir hub
/usr/bin/python3 "$source/tests/hub_server.py" hub &
server=$!
trap 'kill $server; rm -rf "$folder"' EXIT
tries=0
while [ ! -e hub/port ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
HF_ENDPOINT=http://127.0.0.1:$(cat hub/port)
HF_TOKEN=hf_secretSECRETsecret
export HF_ENDPOINT HF_TOKEN
printf '[collect]\nbackoff = 0.05\nuntil = 2024-07-16\n' >quick.ini

# collects CODE DESCRIPTION FAILURE ARGUMENT...: into out.csv, while the server fails that way.
collects() {
    expected_code=$1
    what=$2
    echo "$3" >hub/failure
    shift 3
    : >hub/requests
    rm -rf out.csv
    exits "$expected_code" "$what" collect -c quick.ini -o out.csv "$@"
}

is() { # is DESCRIPTION LINE...: these are the rows of out.csv, without quotes
    description=$1
    shift
    printf '%s\n' "$@" >expected
    tr -d '"' <out.csv | sed 1d | cmp -s - expected
    result $? "$description"
    tr -d '"' <out.csv | sed 1d | diff - expected | sed 's/^/# /'
}

alpha=org/alpha,org,2024-01-15T12:00:00Z,0,0,0,0,28,45,45
beta=org/beta,org,2024-02-15T12:00:00Z,0,0,0,0,3,3,
gamma=lab/gamma,lab,2024-03-15T12:00:00Z,0,0,0,0,0,,

collects 0 "a base" none --base org/alpha
# child-0 .. child-27 and child-28 .. child-44 were made on 1 to 28 May: 15 + 15 + 15 by 15 May.
series=$(tr -d '"' <out.csv | sed 1d)
sum=$(echo "$series" | cut -d, -f10)
[ "$sum" = 45 ]
result $? "all pages of its descendants: $series"
alpha=$series
says err "requests: about 1" "says how many requests it will take"
absent "no pages are left" out.csv.pages
grep -q "^hub Bearer hf_secretSECRETsecret " hub/requests
result $? "the token goes to the Hub"
collects 0 "an author" none --author org
is "models of an author" "$alpha" "$beta"
collects 0 "the top" none --top 3
is "most downloaded models" "$gamma" "$alpha" "$beta"
collects 0 "more than a page of the top" none --top 25
cut -d, -f1 out.csv | grep -c user/child- | grep -qx 22 && grep -q '^user/child-21,' out.csv
result $? "as many as asked for, in the Hub's order"
collects 0 "two bases" none --base lab/gamma,org/beta
tail -n +2 out.csv | cut -d, -f1 | tr '\n' ' ' | grep -qx 'lab/gamma org/beta '
result $? "two bases, one without descendants"
collects 0 "two generations" none --base org/alpha -s collect.depth=2
tr -d '"' <out.csv | grep '^org/alpha,' | cut -d, -f10 | grep -qx 48
result $? "descendants of descendants"
collects 0 "former name" none --base old/alpha
is "a former name leads to the present one" "$alpha"
says err "old/alpha is now org/alpha" "former name: said"
collects 0 "all relations" none --base org/alpha -s collect.relation=all
tr -d '"' <out.csv | cut -d, -f10 | grep -qx 46
result $? "all relations"
collects 1 "no such model" none --base org/nothing
says err "status 404" "no such model: message"
rm -rf out.csv.pages
collects 2 "no name" none --base 'org/../../x'
collects 2 "no question" none
collects 2 "two questions" none --base org/alpha --top 3
collects 2 "no number" none --top many

# Failures that pass.
for failure in 429-seconds 429-date 429-ratelimit 500 truncated half-json html used-up stale; do
    collects 0 "$failure" "$failure" --base org/alpha
    is "$failure: everything is collected once" "$alpha"
done
collects 0 "slow" slow --base org/alpha -s collect.timeout=1
is "slow: everything is collected once" "$alpha"
collects 0 "redirect" redirect --base org/alpha
is "redirect: everything is collected once" "$alpha"
grep -q '^other - ' hub/requests && ! grep -q '^other Bearer' hub/requests
result $? "the token does not follow a redirect to another host"

# Failures that do not.
for failure in dead loop circle foreign refused; do
    collects 1 "$failure" "$failure" --base org/alpha -s collect.retries=2
    absent "$failure: no output" out.csv
    rm -rf out.csv.pages
done
[ "$(grep -c . hub/requests)" -eq 1 ]
result $? "refused: asked once"
says err "HF_TOKEN" "refused: what to do"
for failure in 429-long huge-wait; do
    collects 75 "$failure" "$failure" --base org/alpha
    says err "--resume" "$failure: what to do"
    rm -rf out.csv.pages
done

# Resuming
collects 1 "broken off" break --base org/alpha -s collect.retries=1
says err "--resume continues from here" "broken off: what to do"
collects 2 "neither resumed nor begun anew" none --base org/alpha
says err "--resume continues it" "left pages: what to do"
collects 0 "resumed" none --base org/alpha --resume
is "resumed: everything is collected once" "$alpha"
[ "$(grep -c . hub/requests)" -eq 2 ]
result $? "resumed: only the two missing pages are requested"
absent "resumed: no pages are left" out.csv.pages
collects 0 "a cache" none --base org/alpha --cache kept
collects 0 "a cache again" dead --base org/alpha --cache kept
is "all from the cache" "$alpha"
[ ! -s hub/requests ]
result $? "no request at all"
sed -i '4s/.*/2020-01-01T00:00:00Z/' kept/*.page
collects 0 "an old cache, allowed" dead --base org/alpha --cache kept -s collect.cache_expiry=20000d
collects 1 "an old cache" dead --base org/alpha --cache kept -s collect.retries=0
says err "status 500" "old pages are requested anew"
for page in kept/*.page; do
    head -c 100 "$page" >shortened && mv shortened "$page"
done
collects 0 "a damaged cache" none --base org/alpha --cache kept
is "damaged pages are fetched again" "$alpha"

# Hostile settings, and the token
HF_TOKEN=$(printf 'a\r\nX-Evil: yes') exits 2 "line ends in the token" collect --base a/b -o x.csv
HF_ENDPOINT=$HF_ENDPOINT#part exits 2 "a part of a page as endpoint" collect --base a/b -o x.csv
exits 2 "no base" collect --base '' -o x.csv
exits 2 "a comma for a base" collect --base , -o x.csv
absent "nothing is left of them" x.csv x.csv.pages
http_proxy=http://127.0.0.1:1 exits 0 "no proxy between this machine and itself" \
    collect -c quick.ini --base org/alpha -o proxy.csv
HF_ENDPOINT=file:///etc/passwd exits 2 "an endpoint that is a file" collect --base a/b -o x.csv
HF_ENDPOINT=http://user:secret@127.0.0.1 exits 2 "a password in the endpoint" collect --base a/b -o x.csv
HF_ENDPOINT=http://127.0.0.1:1 exits 1 "nobody listens" collect --base a/b -o x.csv \
    -s collect.retries=0
collects 1 "verbose" break --base org/alpha -s collect.retries=1 -v
! grep -rq "secretSECRET" err out out.csv.pages
result $? "the token is in no message and no file"
finish
