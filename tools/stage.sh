# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # names shared with those who source this
# What quickstart builds around the daemon and takes away again. Sourced after lib.sh and netns.sh; uses quickstart's
# $data, $state (where it notes what it made), $netns (empty: the machine's own network) and $root.

source "$root/tools/serve.sh"

port=7777
api=http://127.0.0.1:$port
room=1500 # MB: the packages of an image while it is built, the image, and a VM's own blocks

# How a command gets into Cove's network: "${enter[@]}" COMMAND. Only the network differs: with mounts of its own
# (`ip netns exec`) the daemon's pool of disks would be out of sight of the next daemon.
enter=()
[[ -z "$netns" ]] || enter=(nsenter "--net=/run/netns/$netns")

check_data_folder() {
    local longest=$data/vms/vm-12345678/console.sock
    ((${#longest} < 108)) || fail "$data is too long a path: sockets below it may have 107 characters; choose one $((${#longest} - 107)) shorter with --data"
    [[ -d "$state" ]] || [[ -z "$(ls -A "$data" 2>/dev/null)" ]] || fail "$data is not empty and not quickstart's; choose another folder with --data"
    local made="" free
    if [[ ! -d "$data" ]]; then
        { mkdir -p "$data" && chmod 711 "$data"; } || fail "cannot make $data; choose another folder with --data"
        made=1
    fi
    free=$(df --output=avail --block-size=1M "$data" | tail -n 1)
    if ((free < room)) && ! compgen -G "$data/pool/images/debian@*" >/dev/null; then
        [[ -z "$made" ]] || rmdir "$data"
        fail "only ${free// /} MB are free in $data, and an image and a VM take about $room; make room or choose another folder with --data"
    fi
    if ! setpriv --reuid=200000 --regid=200000 --clear-groups test -x "$data"; then
        [[ -z "$made" ]] || rmdir "$data"
        fail "$data cannot be reached by other users, and every VM runs as one; choose another folder with --data"
    fi
    mkdir -p "$state" || fail "cannot write to $data; choose another folder with --data"
    [[ -z "$made" ]] || touch "$state/made-folder"
    if [[ -e "$state/netns" && "$(<"$state/netns")" != "$netns" ]]; then
        fail "Cove already runs from $data in another network (\"$(<"$state/netns")\"); stop it first: $root/quickstart --stop --data $data"
    fi
}

prepare_network() {
    echo "$netns" >"$state/netns"
    [[ -n "$netns" ]] || { note_network && return 0; }
    if [[ ! -e "/run/netns/$netns" ]]; then
        make_netns "$netns"
        touch "$state/made-netns"
    fi
    [[ -e "$state/made-netns" ]] || note_network
    if ! is_alive "$state/pasta" && ! has_way_out "$netns"; then
        local forward=127.0.0.1/$port
        if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            say "port $port of the machine's loopback is taken: Cove's API is reachable by its socket alone"
            forward=none
        fi
        open_way_out "$netns" "$state/pasta" -t "$forward" || fail "pasta cannot make a way out of the network namespace (its words stand above)"
        echo "$forward" >"$state/forward"
    fi
    [[ "$(cat "$state/forward" 2>/dev/null)" == 127* ]] || api=""
}

# In a network that was there before, what was there stays.
note_network() {
    [[ ! -e "$state/forwarding" ]] || return 0
    "${enter[@]}" ip link show vmmbr0 >/dev/null 2>&1 || touch "$state/made-bridge"
    "${enter[@]}" cat /proc/sys/net/ipv4/ip_forward >"$state/forwarding"
}
