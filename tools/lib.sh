# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # names shared with those who source this
# What quickstart and check share. Sourced, never run; expects `set -euo pipefail` and $root, the checkout.

source "$root/tools/process.sh"

say() { printf '%s\n' "$@"; }

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# The programs Cove stands on: "program or file | Debian package | why".
# shellcheck disable=SC2016 # the quotes of `cove ssh` run nothing
needs_of_cove='
qemu-system-x86_64  | qemu-system-x86 | runs the virtual machines
qemu-img            | qemu-utils      | converts qcow2 images on import
mmdebstrap          | mmdebstrap      | builds Debian images
mke2fs              | e2fsprogs       | writes the root file system of an image
mkfs.xfs            | xfsprogs        | makes the pool in which disks are cloned instantly
/bin/busybox        | busybox-static  | is the first process of a guest, and its tools
nft                 | nftables        | keeps guests apart and lets them out
ip                  | iproute2        | makes bridges, taps and network namespaces
pasta               | passt           | is the way out of the network namespace
nsenter             | util-linux      | enters the network namespace
mount               | mount           | mounts the pool
modprobe            | kmod            | loads kernel modules where they are missing
ssh                 | openssh-client  | is what `cove ssh` runs
zstd                | zstd            | unpacks kernels and packages
lz4                 | lz4             | unpacks kernels of Debian 12
xz                  | xz-utils        | unpacks kernel modules of Debian 13
cpio                | cpio            | lists and packs initramfs archives
mvn                 | maven           | builds Cove (or fetches a newer Maven that does)
'

# What its tests talk to besides: real programs, on a host that may have none of them.
needs_of_tests='
ping                          | iputils-ping        | is what tests look with from one namespace into another
/usr/sbin/sshd                | openssh-server      | is one of the SSH servers that the tests log in to
/usr/sbin/dropbear            | dropbear-bin        | is the other one
/usr/lib/openssh/sftp-server  | openssh-sftp-server | is what both hand files over with
'

# Installs what is missing of a table like the one above; says what and why. Touches nothing that is there.
installed=() # the packages that were
install_missing() {
    local program package why missing=()
    while IFS='|' read -r program package why; do
        program=${program//[[:space:]]/} package=${package//[[:space:]]/}
        [[ -n "$program" ]] || continue
        if [[ "$program" == /* ]] && [[ -x "$program" ]] || PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null; then
            continue
        fi
        say "missing: $program, which${why}; installing Debian's $package"
        missing+=("$package")
    done <<<"$1"
    [[ ${#missing[@]} -gt 0 ]] || return 0
    [[ $(id -u) == 0 ]] || fail "these packages are missing and installing them needs root: ${missing[*]}; run: sudo apt-get install --no-install-recommends ${missing[*]}"
    command -v apt-get >/dev/null || fail "this is no Debian; install by hand what provides: ${missing[*]}"
    apt_get update
    apt_get install --no-install-recommends "${missing[@]}"
    installed=("${missing[@]}")
}

apt_get() {
    local log
    log=$(mktemp)
    if ! DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get $1 failed (its last words stand above); are the package mirrors reachable?"
    fi
    rm -f "$log"
}

# Surefire fetches what runs the tests only when it first runs one, so one is run, by the words given and where the network is.
run_one_test() {
    local test
    test=$(find core/src/test -name '*Test.java' | sort | head -n 1)
    "$@" test -pl core "-Dtest=$(basename "$test" .java)"
}

need_root() {
    [[ $(id -u) == 0 ]] || fail "needs root, $1; run: sudo $0"
}

# Runs a step and keeps what it cost, for its caller to print, with what the step wants remarked of it.
steps=() remark=""
step() {
    local name=$1 began=${EPOCHREALTIME/[.,]/}
    shift
    say "==> $name"
    remark=""
    "$@"
    steps+=("$(printf '%8.1f s  %s' "$(((${EPOCHREALTIME/[.,]/} - began) / 100000))e-1" "$name$remark")")
}
