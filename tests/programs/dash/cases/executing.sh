# Programs of all kinds: native ones, modules, scripts, and what cannot be run.
sh -c 'echo native "$@"' name a 'b c'
"$bin/dash.wasm" -c 'echo module "$0" "$@"' name a 'b c'
"$bin/dash.wasm" -c 'exit 9'; echo $?
"$bin/dash.wasm" -c 'kill -TERM $$'; echo $?
PATH=$bin:$PATH
dash.wasm -c 'echo found in the path'
dash.wasm -c 'dash.wasm -c "dash.wasm -c \"echo three deep\""'
echo data | dash.wasm -c 'cat; echo "$(dash.wasm -c "echo inner")"' | dash.wasm -c 'while read l; do echo "[$l]"; done'
VAR=passed dash.wasm -c 'echo $VAR'
printf '#!%s\necho "a script: $1"\n' "$(command -v sh)" > script; chmod +x script; ./script argument
printf 'echo "without a first line: $1"\n' > plain; chmod +x plain; ./plain argument
printf '#!%s\necho "of a module: $1"\n' "$bin/dash.wasm" > inner; chmod +x inner
dash.wasm inner argument
: > notexec; ./notexec 2> /dev/null; echo "not executable: $?"
./missing 2> /dev/null; echo "missing: $?"
mkdir folder; ./folder 2> /dev/null; echo "a folder: $?"
(exec dash.wasm -c 'echo in place of the subshell')
dash.wasm -c 'exec sh -c "echo module, then native"'
dash.wasm -c 'trap "echo trapped; exit 3" TERM; kill -TERM $$; sleep 1'; echo $?
dash.wasm -c 'read x; echo "rest: $(cat)"' <<END
first
second
END
dash.wasm -c 'echo $#; echo "$1" | wc -c' name "$(seq 1 10000)"
find . -name plain -exec dash.wasm -c 'echo found "$0"' {} \;
seq 1 3 | xargs -n 1 dash.wasm -c 'echo "x$0"'
rm -r script plain inner notexec folder
