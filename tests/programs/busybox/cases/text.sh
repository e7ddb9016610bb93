# Filters on a list of words and two short files.
program sort words | program uniq -c | program sort -k1,1nr -k2 | program head -n 5
program tr a-z A-Z < words | program sed -n '1,3p;$s/$/!/p'
program awk '{ n[length($1)]++ } END { for (i = 1; i < 12; i++) if (i in n) print i, n[i] }' words
program grep -c 'a[bcd]' words; program grep -n -m 3 -i 'BR' words; program egrep -o '(ai|ea)+' words | program wc -l
program cut -c 2-4 words | program paste - - - | program head -n 3
program fold -w 10 words | program tail -n 2; program tac words | program head -n 2; program rev words | program head -n 2
program head -n 30 words | program nl | program expand -t 4 | program tail -n 1
program seq 1 20 | program shuf | program sort -n | program tr '\n' ' '; echo
program comm -12 one two; program diff one two; program cmp one two; program od -c one | program head -n 2
program split -l 2000 words part; program ls part*; program cat part* | program cmp - words && echo equal
program dd if=words bs=100 skip=3 count=1 2> /dev/null | program hexdump -C | program head -n 3
program strings -n 1 one; program xxd one; program expr 3 '*' 7; program factor 1234567890; program cal 2 2024
printf '%s\n' 'x = 2^100; x / 3' 'scale = 10; sqrt(2)' | program bc; echo '2 10 ^ p' | program dc
printf '%s\n' '2d' '$a' 'appended' '.' 'wq' | program ed one; program cat one
echo 'some: text' | program sed -E 's/([a-z]+): ([a-z]+)/\2 = \1/; y/abc/ABC/'
