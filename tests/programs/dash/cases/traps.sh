# Traps: which, when, in what order, what is inherited.
trap 'echo got USR1' USR1
kill -USR1 $$
echo after
trap 'echo got TERM; stop=1' TERM
(sleep 0.1; kill -TERM $$) &
while [ -z "$stop" ]; do sleep 0.02; done
wait
trap | sort
trap '' INT; kill -INT $$; echo "ignored INT"
sh -c 'kill -INT $$; echo "the child ignores it, too"'
trap - INT USR1 TERM
(trap 'echo exit of the subshell with $?' EXIT; exit 3); echo "status $?"
f() { trap 'echo set in a function' EXIT; }
(f; echo end)
(kill -KILL $(exec sh -c 'echo $PPID')); echo "killed: $?"
sh -c 'kill -SEGV $$'; echo "segv: $?"
(trap 'echo caught HUP; exit 9' HUP; kill -HUP $(exec sh -c 'echo $PPID'); sleep 1; echo no); echo "status $?"
# A trap is run while wait waits, and wait ends early.
trap 'echo in wait' USR2
me=$$
(sleep 0.1; kill -USR2 $me; sleep 0.3) &
wait $!; s=$?; [ $s -gt 128 ] && echo "wait was interrupted"
wait $!; echo "then $?"
n=0
trap 'n=$((n + 1))' USR1
for i in 1 2 3 4 5 6 7 8 9 10; do kill -USR1 $$; done
echo "$n"
trap 'echo first; trap "echo second" USR2; kill -USR2 $$' USR1
kill -USR1 $$
kill -l 15; kill -l 9
kill -0 $$ && echo "alive"
kill -0 999999999 2> /dev/null || echo "nobody"
trap 'echo "leaving with $?"' EXIT
exit 6
