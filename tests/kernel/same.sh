#!/bin/sh
# Runs programs in the kernel and in this process: output and status must be the
# same.
set -u
here=$(dirname "$0")
work=$(mktemp -d)
failures=0
for source in "$here"/*.wat; do
    name=$(basename "$source" .wat)
    wat2wasm --enable-all "$source" -o "$work/$name.wasm" || exit 1
done

# How many frames fit depends on the size of the stack; and who is interrupted may be
# where the function begins, or in its loop.
make_alike() {
    sed -i -e 's/\.\.\. [0-9]* more frames/... more frames/' \
        -e '/time limit/,$s/0x[0-9a-f]* - /- /' "$1"
}

same() {
    wasmjit run --engine kernel "$@" >"$work/kernel.out" 2>"$work/kernel.err"
    kernel=$?
    make_alike "$work/kernel.err"
    wasmjit run --no-cache --engine jit "$@" >"$work/jit.out" 2>"$work/jit.err"
    jit=$?
    make_alike "$work/jit.err"
    if [ $kernel -eq $jit ] && cmp -s "$work/kernel.out" "$work/jit.out" &&
        cmp -s "$work/kernel.err" "$work/jit.err"; then
        echo "same: $* (status $kernel)"
        return
    fi
    failures=$((failures + 1))
    echo "DIFFERENT: $*: status $kernel in the kernel, $jit in the process"
    diff "$work/kernel.out" "$work/jit.out"
    diff "$work/kernel.err" "$work/jit.err"
}

cd "$work" || exit 1
set -- traps.wasm
for _ in 0 1 2 3 4 5 6 7; do
    same "$@"
    set -- "$@" x
done
same bulk.wasm
same bulk.wasm x
same bulk.wasm x x
same bulk.wasm x x x
same grow.wasm
same calls.wasm
same --timeout 0.3s loop.wasm
echo "$failures different"
[ $failures -eq 0 ]
