#!/bin/sh
# Runs each loop of loops.c natively and in ring 0; prints the loop's name and both
# numbers. Arguments: the native program, the module, and how often to repeat.
set -eu
for loop in pipe4096 pipe1 getppid file pair tcp; do
    native=$("$1" $loop "$3")
    ring0=$(wasmjit run --engine kernel "$2" $loop "$3")
    echo "$loop $native $ring0"
done
