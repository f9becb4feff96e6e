namespace FastRing.Host.Client;

/// <summary>Scripts for shells. Each asks <c>fastring "[suggest:N]" LINE</c> (System.CommandLine) what may stand at character N of LINE.</summary>
internal static class CompletionScripts
{
    public static string For(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };

    // The shell splits words at ':' and '=', which names may contain: candidates lose what stands before the last of them.
    private const string Bash =
        """
        # bash completion of fastring; use: source <(fastring completion bash)
        _fastring() {
            local program="$1" word="$2" previous="$3" line current before candidate
            line="${COMP_LINE:0:COMP_POINT}"
            current="${line##*[[:blank:]]}"
            if [[ $previous == --api || $previous == --config ]]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
                return
            fi
            [[ $word == [:=] ]] && word=
            before="${current%"$word"}"
            line="fastring ${line#*[[:blank:]]}"
            COMPREPLY=()
            while IFS= read -r candidate; do
                [[ -z $current && $candidate == -* ]] && continue
                [[ $candidate == "$current"* ]] && COMPREPLY+=("$(printf '%q' "${candidate#"$before"}")")
            done < <("$program" "[suggest:${#line}]" "$line" 2>/dev/null)
        }
        complete -F _fastring fastring

        """;

    private const string Zsh =
        """
        #compdef fastring
        # zsh completion of fastring; use: source <(fastring completion zsh), behind compinit
        _fastring() {
            local line previous="${words[CURRENT-1]}"
            local -a candidates
            if [[ $previous == --api || $previous == --config ]]; then
                _files
                return
            fi
            line="fastring ${(j: :)words[2,CURRENT-1]}"
            (( CURRENT > 2 )) && line+=" "
            line+="$PREFIX"
            candidates=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            candidates=(${candidates:#})
            [[ -z $PREFIX ]] && candidates=(${candidates:#-*})
            compadd -- "${candidates[@]}"
        }
        if [[ ${funcstack[1]} == _fastring ]]; then
            _fastring "$@"
        else
            compdef _fastring fastring
        fi

        """;

    private const string Fish =
        """
        # fish completion of fastring; use: fastring completion fish | source
        function __fastring_complete
            set -l words (commandline -opc)
            set -l program $words[1]
            set -l line (string join ' ' -- fastring $words[2..-1] (commandline -ct))
            set -l candidates ($program "[suggest:"(string length -- $line)"]" $line 2>/dev/null)
            if test -z (commandline -ct)
                string match -v -- '-*' $candidates
            else
                printf '%s\n' $candidates
            end
        end
        complete -c fastring -f -a '(__fastring_complete)'
        complete -c fastring -l api -r -F
        complete -c fastring -n '__fish_seen_subcommand_from serve' -l config -r -F

        """;
}
