# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # names shared with those who source this
# How quickstart takes away what it made. Sourced after stage.sh; says what it removes, and goes on past what it cannot.

stop_everything() {
    [[ -d "$state" ]] || fail "nothing of quickstart's is in $data; if it was started with --data DIR, give the same"
    netns=$(cat "$state/netns" 2>/dev/null || true)
    enter=()
    [[ -z "$netns" ]] || enter=(nsenter "--net=/run/netns/$netns")
    local packages="no package of Debian"
    [[ ! -e "$state/packages" ]] || packages="Debian's $(tr '\n' ' ' <"$state/packages")(apt-get remove takes them off)"
    destroy_vms
    if is_alive "$state/daemon"; then
        stop_process "$state/daemon" 30
        say "stopped the daemon"
    fi
    end_processes
    unmount_all
    remove_network
    remove_data
    say "what stays: the build (target folders), what Maven fetched (~/.m2), $packages"
}

destroy_vms() {
    local vms
    is_alive "$state/daemon" || return 0
    mapfile -t vms < <(timeout 30 ./cove ls -q)
    [[ ${#vms[@]} -gt 0 ]] || return 0
    if timeout 180 ./cove destroy -f "${vms[@]}" >/dev/null; then
        say "destroyed the VMs ${vms[*]}"
    else
        say "warning: not every VM could be destroyed; ending their processes"
    fi
}

# What still runs from the data folder: VMs of a daemon that was killed. A VMM names its folder in its arguments.
end_processes() {
    local folder pid ended=()
    for folder in /proc/[0-9]*; do
        pid=${folder#/proc/}
        [[ "$(cat "$folder/comm" 2>/dev/null)" == qemu-system* ]] || continue
        tr '\0' '\n' <"$folder/cmdline" 2>/dev/null | grep -qF "$data/vms/" || continue
        kill -KILL "$pid" 2>/dev/null || continue
        timeout 10 tail --pid="$pid" -s 0.1 -f /dev/null || say "warning: process $pid does not end"
        ended+=("$pid")
    done
    [[ ${#ended[@]} == 0 ]] || say "ended the VMs' processes ${ended[*]}"
}

unmount_all() {
    local mount
    while read -r mount; do
        umount "$mount" && say "unmounted $mount"
    done < <(awk -v below="$data/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r)
}

remove_network() {
    stop_process "$state/pasta" 5
    if [[ -e "$state/made-netns" ]]; then
        rm -f "/run/cove/net-$(stat -Lc %i "/run/netns/$netns")"-*.lock
        ip netns delete "$netns" 2>/dev/null && say "removed the network namespace $netns and all that was in it"
        return 0
    fi
    [[ -e "$state/forwarding" ]] || return 0
    local tables=("bridge cove" "inet cove")
    [[ ! -e "$state/forward" ]] || tables+=("ip cove-way-out" "ip cove-resolver") # quickstart's own, with its pasta
    for table in "${tables[@]}"; do
        # shellcheck disable=SC2086 # a family and a name are two words
        "${enter[@]}" nft delete table $table 2>/dev/null && say "removed the nftables table \"$table\""
    done
    remove_taps
    if [[ -e "$state/made-bridge" ]]; then
        "${enter[@]}" ip link delete vmmbr0 2>/dev/null && say "removed the bridge vmmbr0"
    fi
    "${enter[@]}" tee /proc/sys/net/ipv4/ip_forward <"$state/forwarding" >/dev/null
}

# Those of VMs that were ended and not destroyed, such as the ones that stand by; a VM's folder and tap have its id.
remove_taps() {
    local folder id
    for folder in "$data"/vms/vm-*; do
        id=${folder##*/vm-}
        [[ -d "$folder" && "$id" =~ ^[a-z0-9]{8}$ ]] || continue
        "${enter[@]}" ip link delete "cv-$id" 2>/dev/null && say "removed the tap cv-$id"
    done
    return 0
}

remove_data() {
    if grep -qF " $data/" /proc/self/mountinfo; then
        fail "something is still mounted below $data, so it stays; unmount it and say --stop again"
    elif [[ -e "$state/made-folder" ]]; then
        rm -rf --one-file-system "$data"
    else
        find "$data" -xdev -mindepth 1 -delete
    fi
    say "removed $data with its images, disks and records"
}
