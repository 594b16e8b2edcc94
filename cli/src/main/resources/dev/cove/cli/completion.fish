# fish completion for cove; write it to ~/.config/fish/completions/cove.fish
function __cove_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    set -l lines ($program __complete -- $words[2..] "$current" 2>/dev/null)
    for line in $lines[2..]
        echo $line
    end
    if test "$lines[1]" = files
        __fish_complete_path "$current"
    end
end
complete -c cove -f -a '(__cove_complete)'
