#!/bin/bash
# Boots systemd twice on an overlay of this machine's /, which it leaves as it is. Needs root.
# usage: boot.sh REPOSITORY PYTHON WHEELHOUSE OUT
# Inside, PYTHON runs inside.py of this folder, with `first` and then, after the reboot, with `second`; what it writes
# to /e2e/out is in OUT. Mounts and processes end with this script.
set -euo pipefail
if [ -z "${BRINKWATCH_IN_NAMESPACE:-}" ]; then
    exec env BRINKWATCH_IN_NAMESPACE=1 unshare --mount --propagation private "$0" "$@"
fi
repository=$1 python=$2 wheelhouse=$3 out=$4

# nspawn keeps its books in /run, and wants it on a file system of its own.
mount -t tmpfs -o mode=755 tmpfs /run
work=/run/brinkwatch-e2e
mkdir -p "$work"
mount -t tmpfs -o size=4g tmpfs "$work"
mkdir "$work/upper" "$work/work" "$work/root"
mount -t overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
root=$work/root

# A machine without the services of this one.
rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/systemd/system/*.requires
for name in getty.target systemd-logind.service systemd-networkd.service systemd-networkd.socket \
    systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$name"
done
tr -d - < /proc/sys/kernel/random/uuid > "$root/etc/machine-id"
mkdir -p "$root/e2e/out" "$root/e2e/repository" "$root/e2e/wheelhouse" "$root/var/log/journal" \
    "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../e2e.service "$root/etc/systemd/system/multi-user.target.wants/e2e.service"

# A control group of its own, of the second version: systemd inside manages what is below it.
groups=/sys/fs/cgroup/unified
[ -e "$groups/cgroup.procs" ] || groups=/sys/fs/cgroup
group=$groups/brinkwatch-e2e-$$
mkdir "$group"
end() {
    echo $$ > "$groups/cgroup.procs"
    [ ! -e "$group/cgroup.kill" ] || echo 1 > "$group/cgroup.kill" || true
    sleep 0.2
    find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
}
trap end EXIT
echo $$ > "$group/cgroup.procs"

for part in first second; do
    cat > "$root/etc/systemd/system/e2e.service" << UNIT
[Unit]
SuccessAction=exit-force
FailureAction=exit-force
After=basic.target dbus.service
[Service]
Type=oneshot
Environment=PYTHONPATH=/e2e/repository/tests:/e2e/repository/daemon PYTHONDONTWRITEBYTECODE=1
ExecStart="$python" /e2e/repository/tests/e2e/container/inside.py $part
StandardOutput=append:/e2e/out/$part.log
StandardError=inherit
TimeoutStartSec=350
UNIT
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$root" --boot --register=no --keep-unit \
        --private-network --link-journal=no --resolv-conf=off --console=pipe \
        --bind-ro="$repository:/e2e/repository" --bind-ro="$wheelhouse:/e2e/wheelhouse" --bind="$out:/e2e/out" \
        -- systemd.unit=multi-user.target > "$out/$part.console" 2>&1 < /dev/null
done
