#!/bin/sh
# Where the kernel module is refused: it says so in one line of the kernel's log or
# leaves that to the kernel, and the command says why. The first argument is a part of
# what it says. To be run by `cargo xtask vm --bare --append OPTION -- sh
# tests/kernel/refused.sh WORDS`.
set -u
# shellcheck source=tests/kernel/expect.sh
. "${0%/*}/expect.sh"
words=$1

expect_words() {
    case $1 in
    *"$words"*) expect 0 0 "$2 says why" ;;
    *) expect "$1" "…$words…" "$2 says why" ;;
    esac
}

said=$(wasmjit kernel load /vm/modules/wasmjit.ko 2>&1)
expect $? 125 "the module is not loaded"
expect_words "$said" "load"
expect "$(test -e /sys/module/wasmjit; echo $?)" 1 "nothing of it is there"
lines=$(dmesg | grep -c -e 'wasmjit: not loaded: ' -e 'Lockdown: .*module')
expect "$lines" 1 "the kernel's log has one line on it"
said=$(wasmjit kernel status)
expect $? 1 "status notices"
expect_words "$said" "status"
said=$(wasmjit run --engine kernel examples/hello.wasm world 2>&1)
expect $? 125 "no program runs there"
case $said in
*"kernel module is not loaded"*) expect 0 0 "run says so" ;;
*) expect "$said" "…kernel module is not loaded…" "run says so" ;;
esac
wasmjit run --no-cache examples/hello.wasm world
expect $? 0 "programs run in user space"
[ $failures -eq 0 ]
