# bash completion for cove; source it in ~/.bashrc
_cove() {
    local line words lines
    # bash's own words break at ":" and "=", which stand within words of cove's.
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} != *[[:blank:]] ]] || words+=("")
    mapfile -t lines < <("${words[0]/#\~/$HOME}" __complete -- "${words[@]:1}" 2>/dev/null)
    COMPREPLY=()
    for line in "${lines[@]:1}"; do
        COMPREPLY+=("${line%%$'\t'*}")
    done
    if [[ ${lines[0]-} == files ]]; then
        if ((${#COMPREPLY[@]})); then
            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "${words[-1]}")
        else
            compopt -o default
        fi
    fi
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *: ]]; then
        compopt -o nospace
    fi
}
complete -F _cove cove
