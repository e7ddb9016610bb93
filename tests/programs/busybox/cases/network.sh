# The web server, as inetd runs it: a connection for its input and output.
mkdir -p site/cgi-bin; cp noise site/file; echo '<p>page</p>' > site/index.html
printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\n"; echo "a script: $QUERY_STRING"\n' > site/cgi-bin/script
chmod +x site/cgi-bin/script
ask() { printf 'GET %s HTTP/1.0\r\n%s\r\n' "$1" "$2" | program httpd -i -h site; }
ask / | grep -v -i '^date\|^last-modified\|^etag' | tr -d '\r'
ask /file | tail -c 300000 | cmp - noise && echo "the file"
ask /file 'Range: bytes=100-199
' | tail -c 100 | cksum
ask /missing | head -n 1; ask /../secret | head -n 1
ask '/cgi-bin/script?a=b' | tail -n 1
rm -r site
