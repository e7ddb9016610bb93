#!/bin/sh
# Serves requests natively and in ring 0, in a virtual machine; prints for each server
# its name, the requests that were answered, those that failed, and the nanoseconds
# that the server's process took for each. Arguments: the executable, the module, and
# how many requests.
set -eu
native=$1 module=$2 requests=$3
site=/tmp/site
mkdir -p $site/html
echo '<!doctype html><title>wasmjit</title><p>It works.' >$site/html/index.html
cat >$site/nginx.conf <<'END'
daemon off;
master_process off;
pid nginx.pid;
error_log error.log;

events {
    use epoll;
    worker_connections 512;
}

http {
    types {
        text/html html;
    }
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;

    sendfile on;
    tcp_nopush on;
    keepalive_timeout 60;
    keepalive_requests 1000000;

    server {
        listen 127.0.0.1:8080;
        root html;
    }
}
END

# Nanoseconds that a process has run.
time_of() {
    cut -d ' ' -f 1 "/proc/$1/schedstat"
}

# What stands after a heading of ab's.
number() {
    sed -n "s/^$1: *\([0-9]*\).*/\1/p" /tmp/said
}

# measure NAME COMMAND...: by how many connections, and how, ab's options say.
measure() {
    name=$1
    shift
    "$@" -p $site -c nginx.conf &
    server=$!
    until wget -q -O /dev/null http://127.0.0.1:8080/; do
        kill -0 $server
        sleep 0.5
    done 2>/dev/null
    for options in "-k -c 8" "-c 8"; do
        before=$(time_of $server)
        ab -q -n "$requests" $options http://127.0.0.1:8080/index.html >/tmp/said
        after=$(time_of $server)
        if grep -q 'Non-2xx' /tmp/said; then
            cat /tmp/said >&2
            exit 1
        fi
        echo "$name ${options%% *} $(number 'Complete requests') $(number 'Failed requests')" \
            $(((after - before) / requests))
    done
    kill $server
    wait $server
}

measure native "$native"
measure ring0 wasmjit run --engine kernel -- "$module"
