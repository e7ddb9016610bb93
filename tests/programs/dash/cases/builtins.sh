# cd, pwd, read, export, ulimit, umask, hash, exec and others.
mkdir -p a/b; cd a/b; basename "$PWD"; cd ..; basename "$PWD"; cd - > /dev/null; basename "$PWD"; cd ../..
ln -s a/b link; cd link; basename "$PWD"; basename "$(pwd -P)"; cd ..; rm link
(cd /nonexistent) 2> /dev/null || echo "no folder"
echo "a b c" | { read x y; echo "$x|$y"; }
echo "a:b:c" | { IFS=: read x y z; echo "$x|$y|$z"; }
printf 'no newline' | { read x || echo "end"; echo "$x"; }
printf 'esc\\n\n' | { read x; echo "$x"; }
export E=exported; sh -c 'echo $E'; unset E; sh -c 'echo ${E-none}'
env -i A=1 sh -c 'echo $A'
umask 027; : > mode; ls -l mode | cut -c1-10; umask -S; umask 022
(ulimit -n 50; ulimit -n); (ulimit -f 1; ulimit -f)
(ulimit -f 1; dd if=/dev/zero of=big bs=4096 count=5 2> /dev/null); echo "too big: $?"; rm -f big
echo "one\ttwo\c"; echo; echo -n "no newline"; echo
printf '%d %i %u\n' 010 0x10 "'A"
test a = a; echo $?; test 1 -gt 2; echo $?; test; echo $?
true; echo $?; false; echo $?; :; echo $?
(exec echo replaced; echo not reached)
(exec nonexistent_command) 2> /dev/null; echo $?
hash -r; command echo command; command -v ls > /dev/null && echo found
set | grep -c '^PWD='
set -- -x; echo "$1"; set --; echo $#
[ -p /dev/stdin ] || echo "no pipe"; : | { [ -p /dev/stdin ] && echo "a pipe"; }
[ -t 0 ] || echo "no terminal"
[ a/b -nt mode ] || [ mode -nt a/b ] && echo "newer"
[ -O mode ] && [ -G mode ] && echo "mine"; [ -k /tmp ] && echo sticky; [ -u mode ] || echo "no setuid"
sleep 0.01 && echo slept
kill -l TERM 2> /dev/null; kill -l 2> /dev/null | head -n 2
cd a; pwd | grep -c "/a$"; cd ..; rm -r a mode
