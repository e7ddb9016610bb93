# Pipelines, substitutions, jobs and signals.
set -m
sleep 30 & kill %1; wait %1; echo $?
coproc twice { while read -r n; do echo $((n * 2)); done; }
echo 21 >&"${twice[1]}"; read -r answer <&"${twice[0]}"; echo "$answer"
eval "exec ${twice[1]}>&-"; wait "$twice_PID"; echo "coprocess $?"
set +m
diff <(printf '%s\n' a b c) <(printf '%s\n' a x c); echo $?
echo through | tee >(tr a-z A-Z > upper) > /dev/null; until [ -s upper ]; do sleep 0.02; done; cat upper; rm upper
(trap 'echo got it; exit 5' USR1; kill -USR1 $BASHPID; echo not reached); echo $?
{ sleep 0.1; exit 3; } & wait -n; echo "first to end $?"
for i in 1 2 3 4; do (exit $i) & pids[i]=$!; done; for i in 1 2 3 4; do wait "${pids[i]}"; echo -n "$? "; done; echo
(ulimit -n 64; ulimit -n); (cd /; pwd); echo "$BASH_SUBSHELL $(echo $BASH_SUBSHELL)"
seq 100000 | head -n 1; echo "${PIPESTATUS[1]}"
trap 'echo leaving' EXIT; exec 2> /dev/null; nosuchcommand; echo $?; exit 9
