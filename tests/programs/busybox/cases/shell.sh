# busybox's shell, with its own applets and without others.
echo one two | while read a b; do echo "$b $a"; done
f() { local x=$1; echo "f $x"; return 3; }; f 1; echo $?
v=$(echo sub; exit 4); echo "$v $?"
trap 'echo got it' USR1; kill -USR1 $$; echo after
sleep 0.1 & wait $!; echo "waited $?"
for i in $(seq 3); do echo $i; done | sort -r | tr '\n' ' '; echo
cat <<END
$((6 * 7)) $(echo here)
END
case abc in a*) echo matched;; esac
(exit 7); echo $?; x=5; (x=6); echo $x
set -- a 'b c'; for i; do echo "<$i>"; done
[ -d / ] && test 1 -lt 2 && echo yes; [[ abc == a* ]] && echo pattern
printf '%05d %s\n' 42 x; echo "${0##*/}" "${x:-y}" "${u:-default}" "${v%b}" "${v/s/S}"
yes | head -n 2; nosuch 2> /dev/null; echo $?
trap 'echo leaving' EXIT; exit 2
