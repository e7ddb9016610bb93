#!/bin/sh
# Ends programs in the kernel in unkind ways; afterwards the module must have
# nothing left and be unloaded.
set -u
# shellcheck source=tests/kernel/expect.sh
. "${0%/*}/expect.sh"
here=$(dirname "$0")
work=$(mktemp -d)
for source in "$here"/*.wat; do
    wat2wasm --enable-all "$source" -o "$work/$(basename "$source" .wat).wasm" || exit 1
done
cd "$work" || exit 1
# Shells let what runs in the background ignore SIGINT; busybox has an env of its own.
run="/usr/bin/env --default-signal=INT wasmjit run --engine kernel"
counters=/sys/class/misc/wasmjit

# Waits until a counter has changed from what it was.
wait_for() {
    tries=0
    while [ "$(cat $counters/"$1")" = "$2" ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}

# Starts a program and waits until it runs in the kernel.
start() {
    before=$(cat $counters/modules)
    # shellcheck disable=SC2086
    $run "$@" 2>/dev/null &
    pid=$!
    wait_for modules "$before"
}

# Waits until a process waits.
wait_asleep() {
    tries=0
    while [ "$(cut -d ' ' -f 3 "/proc/$1/stat")" != S ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}

for signal in KILL:137 INT:130 TERM:143; do
    start loop.wasm
    kill -"${signal%:*}" $pid
    wait $pid
    expect $? "${signal#*:}" "an endless loop ends by ${signal%:*}"
    start touch.wasm
    kill -"${signal%:*}" $pid
    wait $pid
    expect $? "${signal#*:}" "faults without end are ended by ${signal%:*}"
    mkfifo "in.$signal"
    sleep 1000 >"in.$signal" &
    writer=$!
    modules=$(cat $counters/modules)
    $run blocked.wasm <"in.$signal" 2>/dev/null &
    pid=$!
    wait_for modules "$modules"
    wait_asleep $pid
    kill -"${signal%:*}" $pid
    wait $pid
    expect $? "${signal#*:}" "a blocked call is ended by ${signal%:*}"
    kill $writer
done

# Compiling: thousands of functions, of which none is waited for.
{
    echo '(module (memory (export "memory") 1) (func (export "_start"))'
    i=0
    while [ $i -lt 4000 ]; do
        echo "(func (param i32) (result i32) (i32.mul (local.get 0) (i32.const $i)))"
        i=$((i + 1))
    done
    echo ')'
} >many.wat
wat2wasm many.wat -o many.wasm
modules=$(cat $counters/modules)
heap=$(cat $counters/heap_bytes)
$run many.wasm &
pid=$!
wait_for heap_bytes "$heap"
kill -KILL $pid
wait $pid
expect $? 137 "compiling is ended by KILL"
expect "$(cat $counters/modules)" "$modules" "the module was not finished"

# More memory than the control group has.
mkdir -p /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/small
echo 128M >/sys/fs/cgroup/small/memory.max
echo 0 >/sys/fs/cgroup/small/memory.swap.max 2>/dev/null
sh -c "echo \$\$ >/sys/fs/cgroup/small/cgroup.procs; exec $run touch.wasm" 2>/dev/null
expect $? 137 "a control group's limit ends a program"
expect "$(grep -c '^oom_kill 0$' /sys/fs/cgroup/small/memory.events)" 0 "by the OOM killer"

wasmjit run --no-cache floats.wasm
right=$?
pids=
for _ in 1 2 3 4; do
    $run floats.wasm &
    pids="$pids $!"
done
wasmjit run --no-cache floats.wasm &
pids="$pids $!"
for pid in $pids; do
    wait "$pid"
    expect $? $right "floats in several processes"
done

# A tracer stops the program, and it goes on when the tracer leaves.
start loop.wasm
/usr/bin/python3 - $pid <<'TRACER'
import ctypes, os, sys
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
ATTACH, DETACH = 16, 17
pid = int(sys.argv[1])
if ptrace(ATTACH, pid, None, None):
    sys.exit("cannot attach: " + os.strerror(ctypes.get_errno()))
os.waitpid(pid, 0)
if ptrace(DETACH, pid, None, None):
    sys.exit("cannot detach: " + os.strerror(ctypes.get_errno()))
TRACER
expect $? 0 "a tracer can attach and leave"
expect "$(cat $counters/contexts)" 1 "the program goes on"
kill -TERM $pid
wait $pid
expect $? 143 "and ends as others do"

# What wants to see system calls does not get around the device.
said=$($run --no-net loop.wasm 2>&1)
case $said in
*"restricted by seccomp"*) expect 0 0 "no program runs there under seccomp" ;;
*) expect "$said" "…restricted by seccomp" "no program runs there under seccomp" ;;
esac

start loop.wasm
rmmod wasmjit 2>/dev/null
expect $? 1 "the module stays while it is in use"
expect "$(wasmjit kernel unload >/dev/null; echo $?)" 1 "wasmjit kernel unload says so"
kill -KILL $pid
wait $pid 2>/dev/null

pids=
i=0
while [ $i -lt 64 ]; do
    $run traps.wasm &
    pids="$pids $!"
    i=$((i + 1))
done
wrong=0
for pid in $pids; do
    wait "$pid"
    [ $? -eq 7 ] || wrong=$((wrong + 1))
done
expect $wrong 0 "64 processes at once"

# Code that is kept for others is not lost.
echo 0 >/sys/module/wasmjit/parameters/max_cache
expect "$(cat $counters/contexts)" 0 "no contexts are left"
expect "$(cat $counters/code_used)" 0 "no code is left"
expect "$(cat $counters/heap_bytes)" 0 "no memory is left"
expect "$(grep -c wj_stack_alloc /proc/vmallocinfo)" 0 "no stacks are left"
wasmjit kernel unload
expect $? 0 "the module can be unloaded"
expect "$(wasmjit kernel status >/dev/null 2>&1; echo $?)" 1 "its absence is noticed"

# Without its mechanisms it does not load, and says why.
sysctl -q -w kernel.ftrace_enabled=0
wasmjit kernel load /vm/modules/wasmjit.ko >/dev/null 2>&1
expect $? 125 "without ftrace it is not loaded"
expect "$(dmesg | grep -c 'wasmjit: not loaded: ')" 1 "the kernel's log has one line on it"
expect "$(wasmjit kernel status | grep -c 'it was not loaded: ftrace')" 1 "status says the reason"
sysctl -q -w kernel.ftrace_enabled=1
wasmjit kernel load /vm/modules/wasmjit.ko
expect $? 0 "with ftrace it is loaded again"
[ $failures -eq 0 ]
