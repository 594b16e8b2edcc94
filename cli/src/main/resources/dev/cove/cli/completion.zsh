#compdef cove
# zsh completion for cove; source it in ~/.zshrc, or write it to a file _cove on the fpath
_cove() {
    local line name
    local -a lines ends open
    lines=("${(@f)$("${${(Q)words[1]}/#\~/$HOME}" __complete -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    for line in "${(@)lines[2,-1]}"; do
        name=${line%%$'\t'*}
        if [[ $name == *: ]]; then
            open+=("${name//:/\\:}:${line#*$'\t'}")
        else
            ends+=("${name//:/\\:}:${line#*$'\t'}")
        fi
    done
    (( ! $#ends )) || _describe -t values cove ends
    (( ! $#open )) || _describe -t vms VM open -S ''
    [[ $lines[1] != files ]] || _files
}
if [[ $funcstack[1] == _cove ]]; then
    _cove "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _cove cove
fi
