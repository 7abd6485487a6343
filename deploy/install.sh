#!/bin/bash
# Installs Brinkwatch as a systemd service, upgrades it, or takes it away again. Run it as root, as often as you like:
# what is in place already is left alone, and the configuration is never overwritten.
set -euo pipefail
umask 022

usage() {
    cat <<'TEXT'
usage: install.sh [options]

  --prefix DIR       where the program goes (default: /opt/brinkwatch)
  --wheel FILE       a built wheel (default: one in --wheelhouse, else it is built from this checkout)
  --wheelhouse DIR   take all packages from this folder, and nothing from the network
  --extras LIST      such as postgres,fulltext,torch (default: those of the last time)
  --python FILE      a Python from 3.11 on (default: the system's)
  --no-start         neither enable nor start the service
  --dry-run          say what would be done
  --uninstall        stop the service and remove all of it: program, unit, configuration, secrets and state
  --keep-data        with --uninstall: leave configuration, secrets and state
  --yes              with --uninstall: do not ask
TEXT
}

say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

# Every change goes through this, so that a dry run says what the real one does.
do_it() {
    if [ -n "$dry_run" ]; then
        printf 'would run:'; printf ' %q' "$@"; printf '\n'
    else
        "$@"
    fi
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$here")
prefix='' wheel='' wheelhouse='' extras='' extras_given='' python='' start=yes dry_run='' uninstall=''
keep_data='' assume_yes=''
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --wheel | --wheelhouse | --extras | --python) [ $# -ge 2 ] || fail "$1 needs a value" ;;
    esac
    case $1 in
        --prefix) prefix=$2; shift ;;
        --wheel) wheel=$2; shift ;;
        --wheelhouse) wheelhouse=$2; shift ;;
        --extras) extras=$2 extras_given=yes; shift ;;
        --python) python=$2; shift ;;
        --no-start) start='' ;;
        --dry-run) dry_run=yes ;;
        --uninstall) uninstall=yes ;;
        --keep-data) keep_data=yes ;;
        --yes) assume_yes=yes ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; fail "unknown option $1" ;;
    esac
    shift
done

unit=/etc/systemd/system/brinkwatch.service
# A later call needs no --prefix: the unit knows where the program is.
[ -n "$prefix" ] || [ ! -r "$unit" ] || prefix=$(sed -n 's#^ExecStart=\(/.*\)/bin/brinkwatch run .*#\1#p' "$unit")
prefix=${prefix:-/opt/brinkwatch}
[[ $prefix = /* && $prefix != / ]] || fail "--prefix must be an absolute path other than /"
[[ $prefix =~ ^[A-Za-z0-9/._-]+$ ]] || fail "--prefix may hold letters, digits and / . _ - only"
prefix=${prefix%/}
[[ $extras =~ ^[a-z,]*$ ]] || fail "--extras must be names with commas between them"
[ -n "$dry_run" ] || [ "$(id -u)" = 0 ] || fail "run it as root, or with --dry-run"

drop_ins=$unit.d
config=/etc/brinkwatch/brinkwatch.yaml
credentials=/etc/brinkwatch/credentials
token=/etc/credstore/brinkwatch.slack-token
link=/usr/local/bin/brinkwatch
marker=$prefix/.brinkwatch
# With a dynamic user the state really lies in `private`, which only root enters.
state=/var/lib/private/brinkwatch
[ -d "$state" ] || [ ! -d /var/lib/brinkwatch ] || state=/var/lib/brinkwatch
has_systemd=''
[ ! -d /run/systemd/system ] || has_systemd=yes

systemctl_() { [ -z "$has_systemd" ] || do_it systemctl "$@"; }

# ---------------------------------------------------------------------------------------------------- uninstall

remove_everything() {
    local data=(/etc/brinkwatch "$token" /var/lib/brinkwatch /var/lib/private/brinkwatch)
    local parts=("$unit" "$drop_ins" /var/cache/brinkwatch /var/cache/private/brinkwatch)
    if [ -e "$prefix" ] && [ ! -e "$marker" ]; then
        fail "$prefix was not made by this script; nothing was removed"
    fi
    if [ -z "$keep_data" ] && [ -z "$assume_yes" ] && [ -z "$dry_run" ] && [ -t 0 ]; then
        say "This removes the program, the unit, and for good: ${data[*]}"
        read -r -p 'Type yes to go on (or use --keep-data): ' answer
        [ "$answer" = yes ] || fail 'nothing was removed'
    fi
    if [ -e "$unit" ]; then
        systemctl_ disable --now brinkwatch.service
    fi
    [ "$(readlink "$link" 2> /dev/null)" != "$prefix/bin/brinkwatch" ] || parts+=("$link")
    do_it rm -rf -- "${parts[@]}"
    [ -n "$keep_data" ] || do_it rm -rf -- "${data[@]}"
    [ ! -e "$prefix/made-credstore" ] || do_it rmdir --ignore-fail-on-non-empty /etc/credstore
    [ ! -e "$prefix" ] || do_it rm -rf -- "$prefix"
    systemctl_ daemon-reload
    [ -z "$has_systemd" ] || do_it systemctl reset-failed brinkwatch.service 2> /dev/null || true
    if [ -n "$dry_run" ]; then
        say 'nothing was changed'
    elif [ -n "$keep_data" ]; then
        say "removed; kept: ${data[*]}"
    else
        say 'removed'
    fi
}

if [ -n "$uninstall" ]; then
    remove_everything
    exit 0
fi

# ------------------------------------------------------------------------------------------------------ the means

# The service sees neither /home nor /root, nor anybody's /tmp: a Python in there is none for it.
usable_python() {
    local real
    real=$("$1" -c 'import os, sys; print(os.path.realpath(sys.executable))' 2> /dev/null) || return 1
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || return 1
    case $real in /home/* | /root/* | /tmp/* | /var/tmp/* | /run/*) return 1 ;; esac
}

if [ -n "$python" ]; then
    usable_python "$python" || fail "$python is no Python from 3.11 on with venv, outside /home, /root and /tmp"
else
    for candidate in /usr/bin/python3 /usr/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.11 python3; do
        if usable_python "$candidate"; then python=$candidate; break; fi
    done
    [ -n "$python" ] || fail 'Python 3.11 or newer with venv is needed (Debian: apt install python3 python3-venv)'
fi
[ ! -e "$prefix/pyvenv.cfg" ] || fail "$prefix is a virtual environment made by hand; move it away first"
if [ ! -e "$marker" ] && [ -d "$prefix" ] && [ -n "$(ls -A "$prefix")" ]; then
    fail "$prefix is not empty and was not made by this script"
fi

constraints=$checkout/constraints.txt
[ -r "$constraints" ] || fail "$constraints is missing; run this script from a checkout or a release"
index=()
if [ -n "$wheelhouse" ]; then
    [ -d "$wheelhouse" ] || fail "--wheelhouse $wheelhouse is no folder"
    index=(--no-index --find-links "$wheelhouse")
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

if [ -z "$wheel" ] && [ -n "$wheelhouse" ]; then
    wheel=$(find "$wheelhouse" -maxdepth 1 -name 'brinkwatch-*.whl' | sort -V | tail -n 1)
    [ -n "$wheel" ] || fail "there is no brinkwatch-*.whl in $wheelhouse"
fi
if [ -z "$wheel" ]; then
    [ -r "$checkout/pyproject.toml" ] || fail 'there is nothing to build a wheel from; give one with --wheel'
    if [ -n "$dry_run" ]; then
        say "would build a wheel from $checkout"
    else
        say "building a wheel from $checkout"
        "$python" -m venv "$work/build"
        "$work/build/bin/python" -m pip --disable-pip-version-check wheel --quiet --no-deps --wheel-dir "$work" "$checkout"
        wheel=$(find "$work" -maxdepth 1 -name 'brinkwatch-*.whl')
    fi
fi
if [ -n "$wheel" ]; then
    [ -r "$wheel" ] || fail "$wheel cannot be read"
    wheel=$(realpath "$wheel")
fi

[ -n "$extras_given" ] || extras=$(cat "$prefix/extras" 2> /dev/null || true)
version=$(basename "${wheel:-brinkwatch-new-}" | cut -d- -f2)
mark=$( (sha256sum < "${wheel:-$constraints}"; sha256sum < "$constraints"; echo "$extras"; "$python" -V) | sha256sum | cut -c1-12)
release=$prefix/releases/$version-$mark
before=$(readlink "$prefix/current" 2> /dev/null || true)
changed=''
[ "$before" = "releases/$version-$mark" ] || changed=yes

# ------------------------------------------------------------------------------------------------- the new release

build_release() {
    # A release that was cut short has no `complete` and is made again.
    do_it rm -rf -- "$release"
    do_it mkdir -p -- "$prefix/releases" "$prefix/bin"
    do_it touch -- "$marker"
    do_it "$python" -m venv "$release" || give_up 'the virtual environment cannot be made; nothing was changed'
    do_it "$release/bin/python" -m pip --disable-pip-version-check install --quiet --no-input "${index[@]}" \
        --constraint "$constraints" "${wheel:-WHEEL}${extras:+[$extras]}" \
        || give_up 'the packages cannot be installed; nothing was changed'
    do_it touch -- "$release/complete"
}

give_up() {
    [ "releases/$(basename "$release")" = "$before" ] || do_it rm -rf -- "$release"
    # A first install that came to nothing leaves nothing.
    [ -n "$before" ] || [ -n "$dry_run" ] || rm -rf -- "$prefix"
    fail "$1"
}

if [ -e "$release/complete" ]; then
    say "$version is in place in $release"
else
    say "installing $version into $release"
    build_release
fi
program=$release/bin/brinkwatch

# What the new version cannot use stops the upgrade here, while the old one still runs.
if [ -e "$config" ] && [ -z "$dry_run" ]; then
    "$program" config check "$config" || give_up "$config cannot be used by $version; nothing was changed"
    looked=$("$release/bin/python" -m brinkwatch.cli.preflight --config "$config" --state-dir "$state" 2>&1) \
        || give_up "$version cannot take over: $looked Nothing was changed."
    say "$looked"
fi

# ------------------------------------------------------------------------------------------------- files of the system

put() { # FILE: from standard input, if it differs
    local content
    content=$(cat; printf x)
    if [ -e "$1" ] && [ "$(cat "$1"; printf x)" = "$content" ]; then return; fi
    if [ -n "$dry_run" ]; then say "would write $1"; return; fi
    printf '%s' "${content%x}" > "$1.new"
    mv -- "$1.new" "$1"
    changed=yes
    say "wrote $1"
}

private_resolvers() {
    "$python" - << 'PYTHON'
import ipaddress, pathlib
denied = [ipaddress.ip_network(n) for n in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/64")]
found = []
try:
    lines = pathlib.Path("/etc/resolv.conf").read_text(errors="replace").splitlines()
except OSError:
    lines = []
for line in lines:
    words = line.split()
    if words[:1] == ["nameserver"] and len(words) > 1:
        try:
            address = ipaddress.ip_address(words[1].partition("%")[0])
        except ValueError:
            continue
        if any(address in network for network in denied if network.version == address.version):
            found.append(str(address))
print(*found)
PYTHON
}

do_it mkdir -p -m 0755 /etc/brinkwatch
[ -d "$credentials" ] || do_it mkdir -m 0700 "$credentials"
if [ ! -d /etc/credstore ]; then
    do_it mkdir -m 0700 /etc/credstore
    do_it touch "$prefix/made-credstore"
fi
if [ ! -e "$config" ]; then
    do_it "$program" init /etc/brinkwatch
    # The service's own user must read it; secrets are kept elsewhere.
    do_it chmod 0644 "$config"
elif [ -z "$(find "$config" -perm -o=r)" ]; then
    say "note: the service's own user cannot read $config; keep secrets out of it and run: chmod 0644 $config"
fi

sed "s#/opt/brinkwatch#$prefix#g" "$here/systemd/brinkwatch.service" | put "$unit"
resolvers=$(private_resolvers)
if [ -n "$resolvers" ]; then
    do_it mkdir -p "$drop_ins"
    put "$drop_ins/resolver.conf" << TEXT
# Written by install.sh: the name servers of /etc/resolv.conf that lie in a private network, which the unit denies.
[Service]
IPAddressAllow=$resolvers
TEXT
elif [ -e "$drop_ins/resolver.conf" ]; then
    do_it rm -f -- "$drop_ins/resolver.conf"
    changed=yes
fi
if [[ ,$extras, = *,torch,* ]] && [ ! -e "$drop_ins/torch.conf" ]; then
    do_it mkdir -p "$drop_ins"
    put "$drop_ins/torch.conf" < "$here/systemd/drop-ins/torch.conf"
fi
[ -n "$dry_run" ] || printf '%s' "$extras" > "$prefix/extras"

point_to() { # RELEASE, relative to the prefix; in one step
    do_it ln -sfn -- "$1" "$prefix/current.new"
    do_it mv -T -- "$prefix/current.new" "$prefix/current"
}
point_to "releases/$(basename "$release")"
do_it ln -sfn ../current/bin/brinkwatch "$prefix/bin/brinkwatch"
if [ ! -e "$link" ] && [ ! -L "$link" ]; then
    do_it mkdir -p "$(dirname "$link")"
    do_it ln -s "$prefix/bin/brinkwatch" "$link"
fi

# ----------------------------------------------------------------------------------------------------------- start

if [ -z "$has_systemd" ]; then
    start=''
    say 'systemd does not run here: the service is neither enabled nor started'
elif [ -n "$start" ]; then
    systemctl_ daemon-reload
    systemctl_ enable --quiet brinkwatch.service
    # Comes back once the service is ready, or has failed. What runs as it should goes on.
    if ! systemctl_ "${changed:+re}start" brinkwatch.service; then
        journalctl -u brinkwatch.service -n 20 --no-pager -o cat >&2 || true
        if [ -n "$before" ] && [ "$before" != "releases/$(basename "$release")" ] && [[ ${looked:-} != *migrated* ]]; then
            point_to "$before"
            systemctl restart brinkwatch.service || true
            fail "$version does not start; the version before it runs again"
        fi
        fail "$version does not start; what it said is above"
    fi
else
    systemctl_ daemon-reload
fi

# The release before this one stays, so that going back is turning one link.
for old in "$prefix"/releases/*; do
    name=releases/$(basename "$old")
    if [ -d "$old" ] && [ "$name" != "releases/$(basename "$release")" ] && [ "$name" != "$before" ]; then
        do_it rm -rf -- "$old"
    fi
done
if [ -n "$dry_run" ]; then
    say 'nothing was changed'
else
    say "Brinkwatch $version is installed${start:+ and runs}. Its configuration: $config. Its token: $token"
fi
