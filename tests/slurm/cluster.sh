# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A SLURM cluster of its own on this machine, to be sourced: two virtual nodes, each a slurmd in a
# namespace with a host name and shared memory of its own. Needs root and namespaces, and no
# systemd, cgroups or database. Everything is in one folder and on free ports, so that several
# clusters do not meet.
#
#     cluster_up FOLDER [SETTING...]   starts it; SETTINGs are lines for slurm.conf
#     cluster_kill_node NAME           ends every process on a node at once, as a power cut would
#     cluster_start_node NAME          starts the node (again)
#     cluster_down                     ends every process of the cluster
cluster_nodes=(n1 n2)

# Why there can be no cluster here; nothing if there can.
cluster_obstacle() {
    local command
    if [ "$(id -u)" -ne 0 ]; then
        echo "needs root"
    elif ! unshare -m -u true 2>/dev/null; then
        echo "the kernel refuses namespaces"
    else
        for command in munged slurmctld slurmd sbatch; do
            command -v $command >/dev/null || { echo "$command is not installed (make test-slurm installs it)"; return; }
        done
    fi
}

# Prints N consecutive ports that nobody uses, below those that the kernel hands out.
cluster_free_ports() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import random
import socket
import sys

count = int(sys.argv[1])
while True:
    first = random.randrange(20000, 30000)
    try:
        for port in range(first, first + count):
            with socket.socket() as probe:
                probe.bind(("", port))
    except OSError:
        continue
    print(first)
    break
PYTHON
}

cluster_configure() { # cluster_configure SETTING...
    local host port number
    host=$(hostname -s)
    port=$(cluster_free_ports 3)
    cat >"$SLURM_CONF" <<CONF
ClusterName=growcast
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
AuthType=auth/munge
# A requeued job waits for as long as its credential is valid: 121 s by default.
AuthInfo=socket=$cluster/run/munge.sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=$cluster/state
SlurmdSpoolDir=$cluster/spool/%n
SlurmctldPidFile=$cluster/run/slurmctld.pid
SlurmdPidFile=$cluster/run/slurmd.%n.pid
SlurmctldLogFile=$cluster/log/slurmctld.log
SlurmdLogFile=$cluster/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
# Longer than mpirun takes to see that a node is lost.
SlurmdTimeout=60
KillWait=3
UnkillableStepTimeout=30
MessageTimeout=10
TCPTimeout=2
PropagateResourceLimitsExcept=MEMLOCK
# The nodes have more processors than the machine.
SlurmdParameters=config_overrides
CONF
    printf '%s\n' "$@" >>"$SLURM_CONF"
    number=0
    for node in "${cluster_nodes[@]}"; do
        number=$((number + 1))
        echo "NodeName=$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + number)) CPUs=8" \
            >>"$SLURM_CONF"
    done
    echo "PartitionName=test Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP" >>"$SLURM_CONF"
    echo "PMIxCliTmpDirBase=$cluster/nodetmp" >"$cluster/mpi.conf"
}

# Prints the numbers of a node's processes: those in its namespace.
cluster_node_processes() {
    local space
    space=$(cat "$cluster/run/namespace.$1" 2>/dev/null) || return 0
    # The name is like uts:[4026532000]; find takes a pattern.
    find /proc/[0-9]*/ns -maxdepth 1 -name uts -lname "${space//[\[\]]/?}" 2>/dev/null |
        cut -d / -f 3
}

cluster_kill_node() {
    local processes
    for _ in 1 2 3 4 5; do
        processes=$(cluster_node_processes "$1")
        [ -n "$processes" ] || return 0
        # shellcheck disable=SC2086
        kill -KILL $processes 2>/dev/null
        sleep 0.1
    done
}

cluster_start_node() {
    mkdir -p "$cluster/spool/$1" "$cluster/tmp.$1" "$cluster/nodetmp"
    # The words belong to the inner shell.
    # shellcheck disable=SC2016
    unshare -m -u sh -c '
        hostname "$1" && mount -t tmpfs -o size=512m tmpfs /dev/shm &&
            mount --bind "$2/tmp.$1" "$2/nodetmp" &&
            readlink /proc/self/ns/uts >"$2/run/namespace.$1" &&
            exec slurmd -N "$1" -f "$SLURM_CONF"' sh "$1" "$cluster"
}

cluster_wait_idle() {
    for _ in $(seq 300); do
        [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle$')" -ne ${#cluster_nodes[@]} ] ||
            return 0
        sleep 0.1
    done
    tail -n 5 "$cluster"/log/*.log
    return 1
}

cluster_up() {
    cluster=$(mkdir -p "$1" && realpath "$1")
    shift
    export SLURM_CONF=$cluster/slurm.conf
    mkdir -p "$cluster"/{state,spool,log,run,munge}
    chmod 755 "$cluster" "$cluster/run"
    chmod 700 "$cluster/munge"
    (umask 077 && head -c 256 /dev/urandom >"$cluster/munge/key")
    munged --force --key-file="$cluster/munge/key" --socket="$cluster/run/munge.sock" \
        --pid-file="$cluster/run/munged.pid" --log-file="$cluster/log/munged.log" \
        --seed-file="$cluster/munge/seed" || return 1
    cluster_configure "$@"
    slurmctld -c -f "$SLURM_CONF" || return 1
    for node in "${cluster_nodes[@]}"; do
        cluster_start_node "$node" || return 1
    done
    cluster_wait_idle
}

cluster_down() {
    local daemon process
    [ -n "${cluster:-}" ] || return 0
    for daemon in slurmctld munged; do
        process=$(cat "$cluster/run/$daemon.pid" 2>/dev/null) || continue
        kill -KILL "$process" 2>/dev/null
    done
    for node in "${cluster_nodes[@]}"; do
        cluster_kill_node "$node"
    done
}
