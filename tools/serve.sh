# shellcheck shell=bash
# shellcheck disable=SC2154 # names of stage.sh
# How quickstart starts the daemon and sees that it answers. Sourced by stage.sh.

start_daemon() {
    local started="" deadline=$((SECONDS + 90))
    until is_alive "$state/daemon" && is_healthy; do
        if ! is_alive "$state/daemon"; then
            [[ -z "$started" ]] || fail "the daemon did not start: $(tail -n 5 "$state/daemon.log")"
            await_port
            started=1
            setsid "${enter[@]}" "$root/cove" daemon --data "$data" </dev/null >>"$state/daemon.log" 2>&1 &
            remember_process $! "$state/daemon"
        fi
        ((SECONDS < deadline)) || fail "the daemon does not answer; its log: $state/daemon.log"
        sleep 0.2
    done
}

# A daemon that was killed a moment ago holds its port until the kernel has taken all else back.
await_port() {
    local deadline=$((SECONDS + 15))
    while is_taken; do
        ((SECONDS < deadline)) || fail "port $port, which the API wants, is another program's ($(who_listens)); stop that, or choose another network with --netns"
        sleep 0.2
    done
}

# Whether somebody listens where the API is to be.
# shellcheck disable=SC2016 # the quoted line is the shell's inside
is_taken() {
    timeout 5 "${enter[@]}" bash -c ': <"/dev/tcp/127.0.0.1/$0"' "$port" 2>/dev/null
}

who_listens() {
    local who
    who=$("${enter[@]}" ss -Hltnp "sport = :$port" | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1, process \2/p;q')
    echo "${who:-unknown}"
}

# shellcheck disable=SC2016 # the quoted lines are the shell's inside
is_healthy() {
    timeout 5 "${enter[@]}" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" &&
        printf "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n" "$0" >&3 &&
        grep -q "^HTTP/1.. 200" <&3' "$port" 2>/dev/null
}
