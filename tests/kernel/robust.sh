#!/bin/sh
# Ends programs in the kernel in unkind ways; afterwards the module must have
# nothing left and be unloaded.
set -u
here=$(dirname "$0")
work=$(mktemp -d)
for source in "$here"/*.wat; do
    wat2wasm --enable-all "$source" -o "$work/$(basename "$source" .wat).wasm" || exit 1
done
cd "$work" || exit 1
run="wasmjit run --engine kernel"
failures=0

expect() {
    if [ "$1" = "$2" ]; then
        echo "as expected: $3 ($1)"
    else
        failures=$((failures + 1))
        echo "WRONG: $3: $1 instead of $2"
    fi
}

for signal in KILL:137 TERM:143; do
    $run loop.wasm 2>/dev/null &
    sleep 1
    kill -"${signal%:*}" $!
    wait $!
    expect $? "${signal#*:}" "an endless loop ends by ${signal%:*}"
done

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

$run loop.wasm 2>/dev/null &
sleep 1
rmmod wasmjit 2>/dev/null
expect $? 1 "the module stays while it is in use"
kill -KILL $!
wait $! 2>/dev/null

pids=
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    $run traps.wasm &
    pids="$pids $!"
done
for pid in $pids; do
    wait "$pid"
    expect $? 7 "many processes at once"
done

expect "$(wasmjit kernel status --json | sed 's/.*"contexts":\([0-9]*\).*/\1/')" 0 "no contexts are left"
expect "$(wasmjit kernel status --json | sed 's/.*"code_used":\([0-9]*\).*/\1/')" 0 "no code is left"
rmmod wasmjit
expect $? 0 "the module can be unloaded"
expect "$(wasmjit kernel status >/dev/null 2>&1; echo $?)" 1 "its absence is noticed"
[ $failures -eq 0 ]
