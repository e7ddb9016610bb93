# Redirections: files, descriptors, order, failures, noclobber.
echo one > file; echo two >> file; cat < file
echo error >&2 2> errors; ls /nonexistent/x 2> errors || echo "failed"; wc -l < errors
{ echo out; echo err >&2; } > both 2>&1; cat both
{ echo out; echo err >&2; } 2>&1 > only | sed 's/^/piped: /'; cat only
exec 3> third; echo to three >&3; exec 3>&-; cat third
(echo closed >&3) 2> /dev/null || echo "three is closed"
exec 4< file; read a <&4; read b <&4; read c <&4 || echo "end"; echo "$a $b"; exec 4<&-
exec 5<> rw; echo start >&5; exec 5>&-; cat rw
set -C; echo again > file || echo "noclobber"; echo forced >| file; cat file; set +C
while read x; do echo "line $x"; done < both > looped; cat looped
echo "swap" 3>&1 1>&2 2>&3 | cat
cat < /nonexistent/file; echo "status $?"
: > empty; [ -s empty ] || echo "it is empty"
f() { echo in f; echo err f >&2; } ; f > f.out 2> f.err; cat f.err f.out
> created; ls created
exec 6>&1 > saved; echo goes to a file; exec >&6 6>&-; cat saved
dd if=/dev/zero bs=1000 count=3 2> /dev/null | wc -c
mkfifo pipe; echo through a fifo > pipe & cat pipe; wait; rm pipe
ls -1 | sort
{ read -r l; echo "r: $l"; } <<'END'
back\slash
END
