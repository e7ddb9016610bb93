#!/busybox sh
# The first process of the virtual machine: mounts what the host lends, runs the
# command of /vm/command, sends its output and status, and turns the machine off.
# /vm/settings defines: modules, mounts, log_level, and what the command needs.
export PATH=/busybox-bin
/busybox --install -s /busybox-bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /tmp /run /root
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t debugfs debugfs /sys/kernel/debug
mount -t securityfs securityfs /sys/kernel/security
chmod 1777 /tmp /dev/shm
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
ip link set lo up

. /vm/settings

fail() {
    echo "vm: $1" >/dev/kmsg
    poweroff -f
}

for module in $modules; do
    insmod "/vm/modules/$module" || fail "cannot load $module"
done
mount_host() {
    mkdir -p "$2"
    mount -t 9p -o "trans=virtio,version=9p2000.L,msize=262144,$3" "$1" "$2" ||
        fail "cannot mount $2"
}
mount_all

for port in /sys/class/virtio-ports/*; do
    ln -s "/dev/${port##*/}" "/dev/wasmjit-vm-$(cat "$port/name")"
done
sysctl -q -w kernel.printk="$log_level 4 1 7"

mkfifo /run/stdout /run/stderr
cat /run/stdout >/dev/wasmjit-vm-stdout &
out=$!
cat /run/stderr >/dev/wasmjit-vm-stderr &
err=$!
/vm/command </dev/null >/run/stdout 2>/run/stderr
status=$?
wait $out $err
after_command
echo "$status" >/dev/wasmjit-vm-status
sync
poweroff -f
