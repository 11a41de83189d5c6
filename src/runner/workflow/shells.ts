import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** How a script is run. */
export interface Shell {
  /** As it is shown: `/usr/bin/bash -e {0}`. */
  readonly shown: string;
  /** Ending of the script's file. */
  readonly extension: string;
  /** What is run for the script in this file. */
  command(file: string): readonly [string, ...string[]];
  /** What is written into the file. */
  script(run: string): string;
}

/** Ending and arguments of the shells that can be named without any; as GitHub has them. */
const BUILT_IN: Readonly<Record<string, { readonly args: string; readonly extension: string }>> = {
  bash: { args: '--noprofile --norc -e -o pipefail {0}', extension: '.sh' },
  sh: { args: '-e {0}', extension: '.sh' },
  python: { args: '{0}', extension: '.py' },
  pwsh: { args: `-command ". '{0}'"`, extension: '.ps1' },
  powershell: { args: `-command ". '{0}'"`, extension: '.ps1' },
  node: { args: '{0}', extension: '.js' },
};

const KNOWN = Object.keys(BUILT_IN).join(', ');

/** Looks a program up; undefined: it is not there. */
export type FindProgram = (program: string) => string | undefined;

/**
 * Finds the shell that `shell:` names; '' is the default, the first of `defaults` that is there. Or says why it cannot be
 * had, in words.
 */
export function findShell(
  name: string,
  find: FindProgram,
  defaults: readonly string[] = ['bash', 'sh'],
): Shell | { readonly error: string } {
  if (name === '') {
    for (const word of defaults) {
      const program = find(word);
      if (program !== undefined) return shellOf(program, '-e {0}', word);
    }
    return missing('sh');
  }
  const [word = '', ...rest] = name.trim().split(/ (.*)/s);
  const args = rest.join('').trim() || BUILT_IN[word]?.args;
  if (word === 'cmd') return { error: 'the shell cmd is there on Windows only; take bash, sh or pwsh' };
  if (args === undefined || !args.includes('{0}'))
    return { error: `"${name}" is no shell: it must be ${KNOWN}, or a command with {0} where the script's file comes` };
  const program = find(word);
  return program === undefined ? missing(word) : shellOf(program, args, word);
}

function missing(program: string): { readonly error: string } {
  return { error: `the shell ${program} is not installed here, or not on the PATH` };
}

function shellOf(program: string, args: string, word: string): Shell {
  const words = splitWords(args);
  return {
    shown: `${program} ${args}`,
    extension: BUILT_IN[word]?.extension ?? '',
    command: (file) => [program, ...words.map((one) => one.replaceAll('{0}', file))],
    script: (run) => (word === 'pwsh' || word === 'powershell' ? POWERSHELL.replace('{0}', () => run) : run),
  };
}

/** What fails is an end with status 1, and the status of the last program is the script's. */
const POWERSHELL = `$ErrorActionPreference = 'stop'
{0}
if ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }`;

/** Words between spaces; quotes keep them together. */
export function splitWords(text: string): string[] {
  const words = text.match(/(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? [];
  return words.map((word) => {
    return word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double?: string, single?: string) => {
      return single ?? double?.replace(/\\(["\\])/g, '$1') ?? '';
    });
  });
}

/** Looks a program up, as a shell does; undefined: it is not there. */
export function which(program: string, path: string): string | undefined {
  if (program.includes('/')) return isAbsolute(program) && isProgram(program) ? program : undefined;
  for (const folder of path.split(delimiter)) {
    if (isAbsolute(folder) && isProgram(join(folder, program))) return join(folder, program);
  }
  return undefined;
}

/** Most folders do not have it: that is no exception, which would cost ten times the question. */
function isProgram(file: string): boolean {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
