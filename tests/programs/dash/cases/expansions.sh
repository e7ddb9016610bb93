# Parameters, arithmetic, fields, patterns, file names.
echo "$# $1 $2 [$3] $*"
for a in "$@"; do echo "<$a>"; done
for a in $*; do echo "($a)"; done
unset u; e=
echo "${u-default} ${u:-default} ${e-default} ${e:-default} ${u+set} ${e+set}"
echo "${u:=assigned} $u"
p=/usr/local/lib/name.tar.gz
echo "${p##*/} ${p#*/} ${p%.*} ${p%%.*} ${#p}"
echo "${p%/*}" "${p#"/usr"}"
echo $((1 + 2 * 3)) $((7 / 2)) $((7 % 3)) $((-7 / 2)) $((1 << 10)) $((0x1f)) $((010)) $((1 ? 2 : 3)) $((5 > 3 && 2 > 1))
i=5; echo $((i += 3)) $i $((i * (2 + 1))) $((~i)) $((!i)) $((i ^ 3))
echo $((9223372036854775807)) $((9223372036854775807 + 1)) $((1 << 40))
IFS=:; set -- $PATH_LIKE a:b::c; echo $#; v=x:y:z; set -- $v; echo "$1 $3"; unset IFS
set -- "a b" c; echo $# "$*"; IFS=-; echo "$*"; unset IFS
touch f1 f2 f3 .hidden 'with space' g; mkdir d; touch d/x d/y
echo f*; echo f[12]; echo f[!1]; echo .h*; echo *\ *; echo d/*; echo */; echo none*
case abc in a?c) echo matched;; esac
case x.c in *.[ch]) echo source;; *) echo other;; esac
case "a*b" in a\*b) echo literal;; esac
echo "quo'ted" 'dou"ble' back\\slash "\$x \"y\""
echo ~ | grep -c "^$HOME$"; HOME=/some/where; echo ~ ~/x
echo "a$(printf 'b\n\n\n')c"
x='a  b   c'; echo $x "$x"
set -f; echo *; set +f
echo "${u:?message}" ; (echo "${unset_one:?is not set}") 2> /dev/null || echo "failed"
printf '%s|%5d|%-5s|%x|%o|%c|%e|%b\n' text 42 ab 255 8 char 1.5 'tab\there'
printf '%s-%s\n' a b c
echo $'x' | wc -c
rm -r f1 f2 f3 .hidden 'with space' g d
