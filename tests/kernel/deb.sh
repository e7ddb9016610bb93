#!/bin/sh
# Installs the Debian package that is the first argument in a view of the host's
# system whose changes are lost: DKMS builds the module for the kernel that runs, and
# the program that is the second argument runs in it. To be run by
# `cargo xtask vm --memory 3G --root -- sh tests/kernel/deb.sh PACKAGE PROGRAM`.
set -eu
package=$(realpath "$1")
program=$(realpath "$2")
[ ! -d /sys/module/wasmjit ] || rmmod wasmjit
modprobe overlay
mkdir -p /run/view
mount -t tmpfs tmpfs /run/view
mkdir /run/view/upper /run/view/work /run/view/root
root=/run/view/root
# Other kernels are not there: DKMS would build for each of them.
for modules in /host/usr/lib/modules/*; do
    [ "${modules##*/}" = "$(uname -r)" ] && continue
    mkdir -p /run/view/upper/usr/lib/modules
    mknod "/run/view/upper/usr/lib/modules/${modules##*/}" c 0 0
done
mount -t overlay -o lowerdir=/host,upperdir=/run/view/upper,workdir=/run/view/work none $root
for folder in proc sys dev dev/pts; do
    mount --bind /$folder $root/$folder
done
cp "$package" $root/root/wasmjit.deb
cp "$program" $root/root/program.wasm

inside() {
    DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot $root "$@"
}

inside apt-get install --yes /root/wasmjit.deb
inside getent group wasmjit
inside test -f /usr/lib/udev/rules.d/60-wasmjit.rules
inside dkms status wasmjit | grep installed
inside wasmjit kernel load
inside wasmjit kernel status
[ "$(inside wasmjit --engine kernel /root/program.wasm world)" = "$(inside wasmjit /root/program.wasm world)" ]
inside wasmjit kernel unload
inside apt-get remove --yes wasmjit
inside sh -c '! find /lib/modules -name "wasmjit.ko*" | grep .'
echo "the package works"
