# shellcheck shell=bash
# shellcheck disable=SC2034 # a name shared with those who source this
# What quickstart has its daemon make. Sourced after lib.sh; runs in the checkout.

build_image() {
    ./cove image ls -q | grep -qx debian || ./cove image build debian
}

has_vm() {
    ./cove ls -q | grep -qx "$1"
}

# One that is there goes on as it was; a start of one that runs says so and does nothing.
create_vm() {
    if has_vm "$1"; then
        ./cove start "$1"
        remark=", which was there"
    else
        ./cove create "$1"
        remark=", $(beginning "$1")"
    fi
}

# What the VM began with.
beginning() {
    case "$(./cove inspect "$1" | sed -n 's/.*"origin": "\([a-z]*\)".*/\1/p')" in
    cold) echo booted ;;
    template | standby) echo "from a template" ;;
    *) echo made ;;
    esac
}

# What every VM after the first one is a fork of. Where none can be made, all VMs boot, and doctor says why.
prepare_template() {
    ./cove template prepare debian || say "no template (see above): hello-2 boots like hello"
}
