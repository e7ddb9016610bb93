# Files, folders, links, modes, searching.
umask 022
program mkdir -p a/b/c; program touch -d '2001-02-03 04:05:06' a/one a/b/two; echo text > a/b/c/three
program chmod 640 a/one; program stat -c '%a %Y %s %n' a/one; TZ=UTC program ls -l a/one | program tr -s ' ' | program cut -d ' ' -f 1,2,5-
program ln -s one a/link; program ln a/b/c/three a/hard; program readlink a/link; program stat -c %h a/hard
program find a -type f | program sort; program find a -name 't*' -newer a/one | program sort
program find a -type f -size -2 -exec echo {} ';' | program sort; program find a -type d -empty
program cp -a a copy; program diff -r a copy && echo same; program du -a a | program wc -l
program mv copy/b moved; program ls -R moved copy; program rm -r copy; program ls copy; echo $?
program rmdir a; echo $?; program install -m 600 a/hard installed; program stat -c '%a %n' installed
program basename a/b/c.txt .txt; program dirname a/b/c.txt; program realpath a/../a/link | program sed 's|.*/||'
program truncate -s 1000 sized; program stat -c %s sized; program mktemp -d tmp.XXXXXX > name; program rmdir "$(cat name)"; rm name
program mkfifo pipe; echo through > pipe & program cat pipe; wait; rm pipe
program tee one two < a/hard > /dev/null; program cat one two; program test one -ef one && echo the same file
program touch new; program chmod u=rwx,g=rx,o= new; program stat -c %A new; program chown "$(id -u):$(id -g)" new; echo $?
program cat missing; echo $?; program cp missing x; echo $?; program mkdir a; echo $?
