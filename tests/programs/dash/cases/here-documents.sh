# Here-documents of all kinds, small and larger than a pipe.
name=value
cat <<END
plain $name $(echo substituted) $((1 + 2)) \$escaped `echo old`
END
cat <<'END'
quoted $name $(not run)
END
cat <<-END
	leading tabs go
		all of them
	END
cat <<A; cat <<B
first
A
second
B
while read line; do echo "got: $line"; done <<END
l1
l2\
 continued
END
f() { cat <<END
in a function: $1
END
}
f argument
f again | tr a-z A-Z
big=$(seq 1 30000)
cat <<END | cksum
$big
END
(cat <<END
in a subshell
END
)
v=$(cat <<END
in a substitution
END
)
echo "$v"
cat <<END
nested: $(cat <<INNER
inner $name
INNER
)
END
cat 0<<END 3<<OTHER <&3
not this
END
but this
OTHER
