# What the cases have in common: a server on a socket in the folder.
mkdir -p data
cli() { tool redis-cli -s "$PWD/socket" "$@"; }
serve() {
  program --port 0 --unixsocket "$PWD/socket" --dir "$PWD/data" --logfile "$PWD/data/log" --daemonize no \
    --enable-debug-command yes "$@" < /dev/null > /dev/null &
  until [ "$(cli PING 2> /dev/null)" = PONG ]; do sleep 0.1; done
}
kill_server() {
  kill -"$1" "$(cli INFO server | tr -d '\r' | sed -n 's/^process_id://p')"
  wait
  rm -f socket
}
stop() {
  cli SHUTDOWN NOSAVE
  wait
  rm -rf data socket
}
info() { cli INFO persistence | tr -d '\r' | sed -n "s/^$1://p"; }
saved() {
  while [ "$(info rdb_bgsave_in_progress)" != 0 ]; do sleep 0.1; done
  info rdb_last_bgsave_status
}
rewritten() {
  until [ "$(info aof_rewrite_in_progress)$(info aof_rewrite_scheduled)" = 00 ]; do sleep 0.1; done
  info aof_last_bgrewrite_status
}
fill() {
  seq 1 "$1" | sed 's/.*/SET key:& value-&\nHSET hash:& field &\nZADD scores & member-&/' | cli --pipe | tail -n 1
}
