# Subshells and substitutions: what they change stays theirs.
x=1
(x=2; echo "inside $x"; cd /; pwd)
echo "outside $x"
(exit 5); echo "status $?"
((exit 6); echo "inner $?"; exit 7); echo "outer $?"
y=$(echo first; echo second; echo)
echo "[$y]"
z=$(exit 3); echo "status of a substitution $?"
echo "$(echo "nested $(echo "$(echo deep)")")"
echo `echo old; echo \`echo older\``
f() { echo "function $1"; return 4; }
(f a; echo $?)
v=$(f b); echo "$v $?"
(trap 'echo leaving the subshell' EXIT; echo in it)
echo "process: $( [ "$(exec sh -c 'echo $PPID')" != "$$" ] && echo another )"
(umask 077; umask); umask 022; umask
i=0; while [ $i -lt 40 ]; do r=$(echo $i); i=$((r + 1)); done; echo $i
big=$(seq 1 20000); echo "${#big}"
depth() { if [ "$1" -gt 0 ]; then (depth $(($1 - 1))); else echo bottom; fi; }
depth 20
set -- a b c; (shift; echo "$@"); echo "$@"
( ( ( echo three deep ) ) )
(set -e; false; echo not reached); echo "after set -e: $?"
