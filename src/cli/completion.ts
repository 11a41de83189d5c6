import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { oneOf } from './options.ts';

/*
 * Each script asks the program itself what could stand at the cursor (`__complete`), so that it knows of commands and
 * flags of a newer version, of repositories, runs and runners, without being installed again. It asks the program as it
 * was typed: a clone's bin/signalbox.mjs works like an installed one.
 */

const BASH = `# signalbox completion bash: in ~/.bashrc
#   eval "$(signalbox completion bash)"
_signalbox() {
  local line also=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) also=$line ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ -z "$also" ] && type compopt >/dev/null 2>&1; then compopt +o default 2>/dev/null; fi
}
complete -o default -F _signalbox signalbox signalbox.mjs
`;

const ZSH = `#compdef signalbox signalbox.mjs
# signalbox completion zsh: in ~/.zshrc, after compinit
#   eval "$(signalbox completion zsh)"
_signalbox() {
  local line also name
  local -a found
  while IFS= read -r line; do
    case $line in
      :*) also=$line ;;
      *$'\\t'*) name=\${line%%$'\\t'*}; found+=("\${name//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) found+=("\${line//:/\\\\:}") ;;
    esac
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe -V signalbox found
  case $also in
    :files) _files ;;
    :dirs) _files -/ ;;
  esac
}
if [ "\${funcstack[1]}" = _signalbox ]; then _signalbox "$@"; else compdef _signalbox signalbox signalbox.mjs; fi
`;

const FISH = `# signalbox completion fish: in ~/.config/fish/config.fish
#   signalbox completion fish | source
function __signalbox_complete
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  set -l program $typed[1]
  set -e typed[1]
  for line in ($program __complete -- $typed "$current" 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path "$current"
      case ':dirs'
        __fish_complete_directories "$current"
      case '*'
        echo $line
    end
  end
end
complete -c signalbox -f -a '(__signalbox_complete)'
complete -c signalbox.mjs -f -a '(__signalbox_complete)'
`;

/** The script for each shell. */
export const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const;

/** `signalbox completion SHELL`. */
export async function run({ context, args }: Invocation): Promise<number> {
  const shell = oneOf('the shell', args[0], ['bash', 'zsh', 'fish'] as const) ?? 'bash';
  context.terminal.stdout.write(SCRIPTS[shell]);
  return EXIT.done;
}
