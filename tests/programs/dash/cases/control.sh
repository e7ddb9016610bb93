# Conditions, loops, functions, recursion, eval, set.
if false; then echo no; elif true; then echo elif; else echo no; fi
for i in 1 2 3 4 5; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done
i=0; until [ $i -ge 3 ]; do i=$((i + 1)); done; echo $i
for i in a b; do for j in 1 2 3; do [ $j = 2 ] && continue 2; echo $i$j; done; done
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }
fact 12
fib() { local a=$1; if [ $a -lt 2 ]; then r=$a; else fib $((a - 1)); local b=$r; fib $((a - 2)); r=$((b + r)); fi; }
fib 15; echo $r
eval 'v=5; echo "eval $v"'
name=v; eval "echo \$$name"
f() { echo "$1"; shift; [ $# -gt 0 ] && f "$@"; }; f a b c
g() { return 42; }; g; echo $?
true && echo and || echo or; false && echo and || echo or
{ false; true; } && echo group
case $# in 0) echo none;; *) echo some;; esac
set -e; if false; then :; fi; false || true; ! true; echo still; set +e
set -- x y z; while [ $# -gt 0 ]; do echo "$#$1"; shift; done
. /dev/stdin <<'END'
echo sourced
h() { echo "defined there"; }
END
h
command -v h echo; type h echo cd | head -n 3
unset -f h; h 2> /dev/null || echo "gone"
alias ll='echo alias'
eval 'll works'
getopts_test() { OPTIND=1; while getopts ab:c o "$@"; do echo "$o ${OPTARG-}"; done; shift $((OPTIND - 1)); echo "rest $*"; }
getopts_test -a -b value -c x y
n=0; while :; do n=$((n + 1)); [ $n -eq 20000 ] && break; done; echo $n
x=1 sh -c 'echo $x'; echo ${x-unset}
readonly ro=1; (ro=2) 2> /dev/null || echo "read only"
[ -d / ] && [ ! -f / ] && test -x /bin/sh -a -r /bin/sh && echo tests
[ 1 -lt 2 -a b = b -o c = d ] && echo compound
[ "" ] || [ -z "" ] && [ -n x ] && echo strings
