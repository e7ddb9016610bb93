#!/bin/sh
# The kernel module's cache of compiled code: what hits, what does not, how it is
# bounded, and that programs run on what was evicted.
set -u
# shellcheck source=tests/kernel/expect.sh
. "${0%/*}/expect.sh"
here=$(dirname "$0")
work=$(mktemp -d)
for name in blocked calls traps; do
    wat2wasm --enable-all "$here/$name.wat" -o "$work/$name.wasm" || exit 1
done
# Programs that differ in nothing but a constant, their status; and how much of each is
# made.
for status in 0 1 2 3 4 5 6 7; do
    {
        echo '(module (import "wasi_snapshot_preview1" "proc_exit"'
        echo '    (func $exit (param i32))) (memory (export "memory") 1)'
        echo "(func (export \"_start\") (call \$exit (call \$f0 (i32.const $status))))"
        i=0
        while [ $i -lt 40 ]; do
            echo "(func \$f$i (param i32) (result i32)
                (i32.store (i32.const 8) (local.get 0))
                (i32.sub (i32.add (i32.load (i32.const 8)) (i32.const $i)) (i32.const $i)))"
            i=$((i + 1))
        done
        echo ')'
    } >"$work/status.wat"
    wat2wasm "$work/status.wat" -o "$work/status$status.wasm" || exit 1
done
cd "$work" || exit 1
run="wasmjit run --engine kernel"
counters=/sys/class/misc/wasmjit
parameters=/sys/module/wasmjit/parameters

count() {
    cat "$counters/cache_$1"
}

set_limit() {
    echo "$2" >"$parameters/$1"
}

# Empties the cache; what it may have is afterwards what it was.
empty() {
    set_limit max_cache 0
    set_limit max_cache "$all"
}
all=$(cat $parameters/max_cache)
each=$(cat $parameters/max_cache_per_user)

# Runs a command and says how many hits and misses it brought.
outcome() {
    hits=$(count hits)
    misses=$(count misses)
    "$@" >out 2>err
    status=$?
    echo "$(($(count hits) - hits)) $(($(count misses) - misses)) $status"
}

# Waits until a process waits.
wait_asleep() {
    tries=0
    while [ "$(cut -d ' ' -f 3 "/proc/$1/stat")" != S ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}

# Starts a program that waits for its input, and returns when it does.
start_blocked() {
    mkfifo in
    sleep 1000 >in &
    writer=$!
    modules=$(cat $counters/modules)
    $run blocked.wasm <in &
    pid=$!
    tries=0
    while [ "$(cat $counters/modules)" = "$modules" ] && [ $tries -lt 600 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    wait_asleep $pid
}

# Lets it read a byte; returns its status, which is the number of bytes.
end_blocked() {
    echo >in
    wait $pid
    status=$?
    kill $writer
    wait $writer 2>/dev/null
    rm in
    return $status
}

# What hits.
expect "$(outcome $run status3.wasm)" "0 1 3" "the first start compiles"
expect "$(outcome $run status3.wasm)" "1 0 3" "the second one does not"
expect "$(count entries)" 1 "there is one entry"
expect "$(cat $counters/contexts)" 0 "and nobody runs it"
expect "$(outcome $run --stats status3.wasm)" "1 0 3" "the third one neither"
expect "$(grep -c '^from cache  *yes$' err)" 1 "--stats says so"
expect "$(outcome $run status4.wasm)" "0 1 4" "one byte more or less is another program"
expect "$(outcome $run status3.wasm)" "1 0 3" "which has not taken the first one's place"
expect "$(outcome $run --strace status3.wasm)" "1 0 3" "a traced one is run from it, too"
expect "$(grep -c proc_exit err)" 1 "and traced"
cat status3.wasm >copy.wasm
expect "$(outcome $run copy.wasm)" "1 0 3" "the name does not matter"
printf '\000\003\002x!' >>copy.wasm
expect "$(outcome $run copy.wasm)" "0 1 3" "all bytes do"
printf '\000\377\002x!' >>copy.wasm
entries=$(count entries)
outcome $run copy.wasm >/dev/null
echo '(module (func (export "_start") (drop (i32.add (i32.const 1)))))' >wrong.wat
wat2wasm --no-check wrong.wat -o wrong.wasm
expect "$(outcome $run wrong.wasm)" "0 1 126" "a function that is not valid is refused"
expect "$(grep -c 'type mismatch' err)" 1 "the kernel says why"
expect "$(outcome $run wrong.wasm)" "0 1 126" "and each time again"
expect "$(count entries)" "$entries" "what is not valid is not kept"

# Traps, their places, and calls that the kernel makes are the same.
for program in "traps.wasm x" "traps.wasm x x" "traps.wasm x x x" calls.wasm; do
    # shellcheck disable=SC2086
    first=$($run $program 2>&1; echo $?)
    # shellcheck disable=SC2086
    second=$($run $program 2>&1; echo $?)
    [ "$second" = "$first" ] || printf '%s\n' "$first" "$second"
    expect "$([ "$second" = "$first" ] && echo yes)" yes "$program is the same from the cache"
done

# Others have entries of their own.
chmod 666 /dev/wasmjit
chmod 755 "$work"
other="/usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups"
expect "$(outcome $other $run status3.wasm)" "0 1 3" "another user's start compiles"
expect "$(outcome $other $run status3.wasm)" "1 0 3" "that user's second one does not"
set_limit max_cache_per_user 0
expect "$(count entries)" 0 "without what each user may have there are no entries"
expect "$(outcome $run status3.wasm)" "0 1 3" "programs run all the same"
expect "$(cat $counters/code_used)" 0 "and nothing of them is kept"
set_limit max_cache_per_user "$each"

# Two at once that are new.
$run status1.wasm &
first=$!
$run status1.wasm &
second=$!
wait $first
expect $? 1 "the first of two that start at once"
wait $second
expect $? 1 "and the second"
expect "$(count entries)" 1 "have one entry"

# Limits. Each program has some 8 KiB.
empty
evictions=$(count evictions)
set_limit max_cache 32
for status in 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7; do
    $run status$status.wasm
    [ $? -eq $status ] || expect $? $status "the status while entries are evicted"
done
expect "$([ "$(count bytes)" -le 32768 ] && echo yes)" yes "no more is kept than allowed"
expect "$([ "$(count entries)" -ge 2 ] && echo yes)" yes "and not much less"
expect "$([ "$(count evictions)" -gt "$evictions" ] && echo yes)" yes "others were evicted"
expect "$(outcome $run status7.wasm)" "1 0 7" "what was used last is kept"
expect "$(outcome $run status0.wasm)" "0 1 0" "what was not is gone"
set_limit max_cache "$all"

# Room for code: what is kept gives way.
empty
code=$(cat $parameters/max_code_per_user)
for status in 0 1 2 3 4 5 6 7; do
    $run status$status.wasm
done
expect "$(count entries)" 8 "there are eight entries"
evictions=$(count evictions)
set_limit max_code_per_user $(($(cat $counters/code_used) / 1024 + 24))
expect "$(outcome $run blocked.wasm </dev/null)" "0 1 0" "who needs the room of others runs"
expect "$([ "$(count evictions)" -gt "$evictions" ] && echo yes)" yes "they were evicted"
expect "$([ "$(count entries)" -gt 1 ] && echo yes)" yes "but no more than necessary"
set_limit max_code_per_user "$code"

# Eviction under who runs.
empty
start_blocked
expect "$(count entries)" 1 "a running program's code is kept"
used=$(cat $counters/code_used)
set_limit max_cache 0
expect "$(count entries)" 0 "the entry is evicted"
expect "$(cat $counters/code_used)" "$used" "the code stays"
end_blocked
expect $? 1 "and the program goes on"
expect "$(cat $counters/code_used)" 0 "then the code is gone, too"
set_limit max_cache "$all"

# Memory pressure.
start_blocked
$run status5.wasm
expect "$(count entries)" 2 "there is a running entry and an idle one"
echo 2 >/proc/sys/vm/drop_caches
expect "$(count entries)" 1 "the idle one is given up when memory is looked for"
end_blocked
expect $? 1 "the running program does not notice"
echo 2 >/proc/sys/vm/drop_caches
expect "$(count entries)" 0 "then its code is idle, too"
expect "$(outcome $run status5.wasm)" "0 1 5" "what was given up is compiled again"

# Programs that start and end while entries come and go.
touch busy
while [ -e busy ]; do
    echo 2 >/proc/sys/vm/drop_caches
    set_limit max_cache 16
    set_limit max_cache "$all"
done &
disturber=$!
wrong=0
round=0
while [ $round -lt 4 ]; do
    pids=
    for status in 1 2 3 1 2 3; do
        $run status$status.wasm &
        pids="$pids $!:$status"
    done
    for pid in $pids; do
        wait "${pid%:*}"
        [ $? -eq "${pid#*:}" ] || wrong=$((wrong + 1))
    done
    round=$((round + 1))
done
rm busy
wait $disturber
expect $wrong 0 "24 programs, while entries come and go"

$run status5.wasm
expect "$([ "$(count entries)" -ge 1 ] && echo yes)" yes "something is kept"
expect "$(grep -c wj_stack_alloc /proc/vmallocinfo)" 0 "no stacks are left"
wasmjit kernel unload
expect $? 0 "the module can be unloaded with a full cache"
wasmjit kernel load /vm/modules/wasmjit.ko
expect $? 0 "and loaded again"
expect "$(count entries)" 0 "with an empty one"
expect "$(cat $counters/heap_bytes)" 0 "and no memory"
expect "$(outcome $run status5.wasm)" "0 1 5" "where programs are compiled"
set_limit max_cache 0
expect "$(cat $counters/heap_bytes)" 0 "an empty cache has no memory"
expect "$(cat $counters/code_used)" 0 "and no code"
[ $failures -eq 0 ]
