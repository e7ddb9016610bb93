# Pipelines: order, statuses, much data, many stages, early ends.
echo one two three | tr ' ' '\n' | sort -r | while read word; do echo "<$word>"; done
cat text | cat | cat | cat | cat | cat | cksum
tr -cs a-z '\n' < text | sort | uniq -c | sort -k1,1nr -k2 | head -n 5
false | true; echo "status $?"
true | false; echo "status $?"
! true | false; echo "negated $?"
exit 7 | exit 9; echo "exits $?"
{ echo to the group; echo and more; } | { read first; read second; echo "$second / $first"; }
i=0
while :; do echo "$i"; i=$((i + 1)); done | head -n 3
yes | head -n 100000 | wc -l
# A writer whose reader is gone ends by SIGPIPE.
(yes; echo "not reached") | :
echo "after"
# Each stage is a process of its own.
value=outside
echo inside | read value
echo "$value"
cat < text | (dd bs=1000 count=1 2> /dev/null; cat > /dev/null) | wc -c
seq 1 50 | while read n; do echo "$n" | sed 's/$/!/'; done | tail -n 2
printf 'a\nb\nc\n' | (while read x; do cat; done)
