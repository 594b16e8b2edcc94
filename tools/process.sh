# shellcheck shell=bash
# Processes that outlive the script that started them. Sourced by lib.sh.

# A process is its id and its start time (proc(5), field 22 of stat): an id alone may be somebody else's by now.
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # The name in field 2 may hold blanks and brackets; what follows the last bracket starts with field 3, the state.
    # shellcheck disable=SC2086 # the fields are to be split
    set -- ${stat##*)}
    [[ "$1" == [ZX] ]] || echo "${20}"
}

# Writes the process $1 down in file $2.
remember_process() {
    echo "$1 $(start_time "$1")" >"$2"
}

# Whether the process that stands in file $1 still runs; sets $pid.
is_alive() {
    local started
    [[ -r "$1" ]] && read -r pid started <"$1" && [[ -n "$started" && "$(start_time "$pid")" == "$started" ]]
}

# Stops the process that stands in file $1: asks, waits $2 seconds, kills.
stop_process() {
    local pid
    if is_alive "$1"; then
        kill "$pid" 2>/dev/null || true
        timeout "$2" tail --pid="$pid" -s 0.1 -f /dev/null || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$1"
}
