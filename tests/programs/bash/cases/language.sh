# What bash has beyond POSIX's shell.
a=(one 'two three' [5]=six); echo "${#a[@]} ${a[5]} ${!a[*]}"; a+=(seven); printf '<%s>' "${a[@]}"; echo
declare -A m=([x]=1 [y]=2); m[z]=3; for k in $(printf '%s\n' "${!m[@]}" | sort); do echo "$k=${m[$k]}"; done
[[ abc123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
echo {a..e} {01..10..3} x{1,2}{a,b}; s=hello; echo "${s^} ${s^^} ${s:1:3} ${s/l/L} ${s//l/L} ${s@Q}"
mapfile -t lines < <(printf '%s\n' b a c); echo "${#lines[@]} ${lines[1]}"
read -r first rest <<< 'one two three'; echo "$rest $first"
shopt -s extglob nullglob
touch f1 f2 g1; echo f* !(f*|*.sh) none*; rm f1 f2 g1
f() { local -n r=$1; r=changed; return 3; }; v=old; f v; echo "$v $?"
printf -v p '%(%Y)T %q %b' 0 'a b' 'x\ty'; echo "$p"; ((i = 7 ** 2, i++)); echo $i $((16#ff)) $((i > 3 ? 1 : 0))
for ((i = 0; i < 3; i++)); do [[ $i == 1 ]] && continue; echo $i; done
case x in y) echo no ;; x) echo first ;;& *) echo also ;; esac
set -o pipefail; false | true; echo $?; set +o pipefail; true | false | true; echo "${PIPESTATUS[*]}"
select word in red green; do echo "picked $word"; break; done <<< 2 2> /dev/null
trap 'echo "error at $LINENO"' ERR; false; trap - ERR
exec 7> out; echo to seven >&7; exec 7>&-; cat out; rm out; type -t f cd ls; echo "$((RANDOM >= 0))"
