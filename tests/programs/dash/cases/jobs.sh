# Background jobs and wait.
sleep 0.2 & one=$!
(exit 3) & two=$!
wait $two; echo "two: $?"
wait $one; echo "one: $?"
wait 999999; echo "unknown: $?"
for i in 1 2 3 4 5; do (exit $i) & pids="$pids $!"; done
for p in $pids; do wait $p; echo "$?"; done
sleep 100 & p=$!
kill $p; wait $p; echo "terminated: $?"
sleep 100 & p=$!; kill -9 $p; wait $p 2> /dev/null; echo "killed: $?"
{ sleep 0.1; echo background; } & echo foreground; wait
cat /dev/null & wait; echo "input of jobs"
(sleep 0.1; exit 4) | cat & wait $!; echo "pipeline: $?"
(set -m) 2> /dev/null || echo "no job control without a terminal"
sleep 50 & one=$!
sleep 51 & two=$!
jobs > list; grep -c Running list
kill $one $two; wait $one; echo "one: $?"; wait $two; echo "two: $?"
sh -c 'kill -STOP $$; exit 8' & p=$!
until [ "$(ps -o stat= -p $p | cut -c1)" = T ]; do sleep 0.02; done
kill -CONT $p; wait $p; echo "stopped and continued: $?"
rm -f list
for i in $(seq 1 30); do : & done; wait; echo "thirty"
