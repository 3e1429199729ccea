#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two hosts, as network namespaces of this machine with a cable between them: a run across both has
# the bits of any other; when the cable is cut, the run ends within 30 s with the settings that
# jobs/ ships, its ranks on the other host end too, and --resume completes it. No sshd is needed:
# Open MPI starts its daemon by a script that enters the namespace. Needs root and iproute2.
# The tag is one word; functions are called by trap.
# shellcheck disable=SC2086,SC2317
. tests/tap.sh
tag=gc$$ # names of interfaces have at most 15 characters
root=$folder

remove_hosts() {
    for host in a b; do
        # Whatever still runs there: only processes of these namespaces.
        ip netns pids $tag$host 2>/dev/null | xargs -r kill -KILL 2>/dev/null
        ip netns del $tag$host 2>/dev/null
    done
    rm -rf "$root"
}

obstacle=
if [ "$(id -u)" -ne 0 ]; then
    obstacle="needs root"
elif ! command -v ip >/dev/null; then
    obstacle="ip (iproute2) is not installed"
elif ! ip netns add ${tag}a 2>/dev/null; then
    obstacle="the kernel refuses network namespaces"
fi
if [ -n "$obstacle" ]; then
    skip "a run on two hosts" "$obstacle"
    finish
fi
trap remove_hosts EXIT
trap 'exit 1' INT TERM HUP

ip netns add ${tag}b &&
    ip link add ${tag}va netns ${tag}a type veth peer name ${tag}vb netns ${tag}b &&
    ip -n ${tag}a addr add 10.211.7.1/24 dev ${tag}va && ip -n ${tag}b addr add 10.211.7.2/24 dev ${tag}vb
for host in a b; do
    ip -n $tag$host link set lo up && ip -n $tag$host link set "${tag}v$host" up
done
result $? "two hosts with a cable between them"

# on HOST COMMAND...: with a host name and shared memory of its own.
cat >on <<SCRIPT
#!/bin/sh
host=\$1
shift
exec ip netns exec $tag\$host unshare -m -u sh -c 'hostname "\$1" && mount -t tmpfs -o size=256m tmpfs /dev/shm && shift && exec "\$@"' \
    sh host-\$host "\$@"
SCRIPT
# What Open MPI takes for ssh: the host's address, then a command for its shell.
cat >agent <<SCRIPT
#!/bin/sh
shift
exec "$folder/on" b sh -c "\$*"
SCRIPT
chmod +x on agent

# The settings under test.
# shellcheck source=jobs/common.sh
. "$source/jobs/common.sh"
cp "$source/tests/long.ini" .
exits 0 "series" simulate -q -s simulate.models=200 -o series.csv
mpirun --oversubscribe -n 2 "$program" fit -q series.csv -c long.ini -o reference.nc

across() { # across OUTPUT OPTION...: the fit on both hosts
    ./on a mpirun --mca plm_rsh_agent "$folder/agent" --mca btl self,vader,tcp \
        --mca hwloc_base_binding_policy none --host 10.211.7.1:2,10.211.7.2:2 -n 4 \
        "$program" fit series.csv -c long.ini "$@"
}

timeout 300 bash -c "$(declare -f across); program='$program' folder='$folder'; across -o two.nc" >log 2>&1
code=$?
[ $code -eq 0 ]
result $? "a fit on both hosts (exit code $code)"
[ $code -eq 0 ] || sed 's/^/# /' log
/usr/bin/python3 "$source/tests/compare_outputs.py" reference.nc two.nc >compared 2>&1
result $? "has the same bits"

across -o cut.nc >log 2>&1 &
run=$!
for _ in $(seq 600); do
    [ ! -s cut.nc.journal.sums ] || break
    sleep 0.1
done
[ -s cut.nc.journal.sums ] && [ -n "$(ip netns pids ${tag}b)" ]
result $? "it runs on both and has saved something when the cable is cut"
ip -n ${tag}b link set ${tag}vb down
began=$SECONDS
for _ in $(seq 600); do
    kill -0 $run 2>/dev/null || break
    sleep 0.1
done
took=$((SECONDS - began))
kill -KILL $run 2>/dev/null
wait $run
code=$?
[ $code -ne 0 ] && [ $took -le 30 ]
result $? "the run ends within 30 s (after $took s, exit code $code)"
sed 's/^/# /' log | tail -n 12
for _ in $(seq 300); do
    [ -n "$(ip netns pids ${tag}b)" ] || break
    sleep 0.1
done
[ -z "$(ip netns pids ${tag}b)" ]
result $? "its ranks on the other host end too"
ip -n ${tag}b link set ${tag}vb up
mpirun --oversubscribe -n 2 "$program" fit series.csv -c long.ini -o cut.nc --resume >log 2>&1
result $? "it resumes"
says log "resuming: " "from its journal"
/usr/bin/python3 "$source/tests/compare_outputs.py" reference.nc cut.nc >compared 2>&1
result $? "with the same bits"
absent "no journal is left" cut.nc.journal cut.nc.journal.sums
finish
