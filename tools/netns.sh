# shellcheck shell=bash
# Network namespaces with a way out. Sourced after lib.sh.

make_netns() {
    ip netns add "$1"
    ip -n "$1" link set lo up
}

has_way_out() {
    [[ -n "$(way_out_device "$1")" ]]
}

way_out_device() {
    ip -n "$1" -4 route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p;q'
}

# Gives the namespace $1 a way out; pasta goes into file $2 (remember_process), further arguments go to pasta.
# Run as root, pasta would become "nobody" and then could not enter the namespace, hence --runas: it keeps two
# capabilities, a seccomp filter and an empty root directory. Nothing in the namespace may reach the machine's own
# loopback, hence --no-map-gw and no ports from the inside to the outside (-T, -U).
open_way_out() {
    local netns=$1 file=$2 log
    shift 2
    log=$(pasta --runas 0 --config-net --no-map-gw -u none -T none -U none "$@" \
        --quiet --pid "$file" --netns "/run/netns/$netns" 2>&1 </dev/null) || {
        rm -f "$file"
        grep -v syslog <<<"$log" >&2
        return 1
    }
    remember_process "$(<"$file")" "$file"
    drop_bare_segments "$netns"
    lend_resolver "$netns"
}

# pasta of Debian 12 acknowledges now and then in a TCP segment without the ACK flag. A plain socket ignores it, but for
# a guest's connection, which is translated here, the kernel answers it with a reset, and the connection is gone.
drop_bare_segments() {
    nsenter --net="/run/netns/$1" nft -f - <<EOF
table ip cove-way-out {
    chain prerouting {
        type filter hook prerouting priority raw
        tcp flags & (fin | syn | rst | ack) == 0x0 drop
    }
}
EOF
}

# A resolver on the machine's loopback (systemd-resolved's 127.0.0.53) does not exist in the namespace: there its
# address leads to the server that it asks itself.
lend_resolver() {
    local netns=$1 upstream
    grep -qE '^nameserver +(127\.|::1)' /etc/resolv.conf || return 0
    upstream=$(awk '$1 == "nameserver" && $2 !~ /^127\.|:/ { print $2; exit }' /run/systemd/resolve/resolv.conf 2>/dev/null || true)
    if [[ -z "$upstream" ]]; then
        say "warning: this machine's name server listens on its loopback only and tells nobody whom it asks;"
        say "         names will not resolve in the network namespace $netns, so building images will fail there"
        return 0
    fi
    nsenter --net="/run/netns/$netns" nft -f - <<EOF
table ip cove-resolver {
    chain output {
        type nat hook output priority -100
        ip daddr 127.0.0.0/8 meta l4proto { tcp, udp } th dport 53 dnat to $upstream
    }
    chain postrouting {
        type nat hook postrouting priority 100
        ip saddr 127.0.0.0/8 ip daddr $upstream meta l4proto { tcp, udp } th dport 53 masquerade
    }
}
EOF
    # Answers come back to 127.0.0.1 from the outside, which the kernel takes for forged otherwise.
    nsenter --net="/run/netns/$netns" tee "/proc/sys/net/ipv4/conf/$(way_out_device "$netns")/route_localnet" <<<1 >/dev/null
}

# Runs a command in the network namespace $1, and in mount and process namespaces of its own, so that everything it
# starts, mounts or names ends with it; $2 is a free path. Replaces this shell: start it in the background. The first
# process inside stays a shell, because somebody has to reap orphans there. /sys is mounted anew, because it shows the
# devices of the network namespace in which it was mounted, and takes the cgroups along.
# shellcheck disable=SC2016 # the quoted lines are the shell's inside
run_inside() {
    local netns=$1 cgroup=$2
    shift 2
    exec nsenter --net="/run/netns/$netns" unshare --mount --pid --fork --kill-child --mount-proc bash -c '
        set -e
        mkdir -p /run/netns && mount -t tmpfs none /run/netns
        mkdir "$0" && mount --rbind /sys/fs/cgroup "$0" && mount -t sysfs none /sys && mount --move "$0" /sys/fs/cgroup
        set +e
        "$@"
        exit $?' "$cgroup" "$@"
}
