/*
 * The scripts ask `tocsin complete -- <words>`, which prints a candidate a line: the value, a tab, a description. The
 * words are passed as they are and never evaluated. If there is no candidate, shells complete names of files.
 */

/** Works with bash 3.2, which macOS has, and without the package bash-completion. */
const bash = `_tocsin() {
  local line="\${COMP_LINE:0:COMP_POINT}" words current prefix candidate
  read -r -a words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current="\${words[\${#words[@]}-1]}"
  # Readline breaks words at these characters, and replaces only what follows the last one.
  prefix="\${current%"\${current##*[:=]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    [[ -n $candidate ]] && COMPREPLY+=("\${candidate#"$prefix"}")
  done < <(tocsin complete -- "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _tocsin tocsin
`;

const zsh = `_tocsin() {
  local -a candidates
  local line value
  while IFS= read -r line; do
    [[ -n $line ]] || continue
    value=\${line%%$'\\t'*}
    candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done < <(tocsin complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then _describe tocsin candidates; else _files; fi
}
compdef _tocsin tocsin
`;

const fish = `function __tocsin_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l candidates (tocsin complete -- $words[2..-1] "$current" 2>/dev/null)
  if test (count $candidates) -gt 0
    printf '%s\\n' $candidates
  else
    __fish_complete_path "$current"
  end
end
complete -c tocsin -f -a '(__tocsin_complete)'
`;

/** The completion script of each shell. */
export const completionScripts = { bash, zsh, fish };
