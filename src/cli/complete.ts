import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';
import type { Declaration } from './commands/declaration.ts';
import { COMMANDS } from './commands.ts';
import { oneLine } from './harmless.ts';
import { lookOf, type Verdict } from './looks.ts';
import type { QuickApi } from './quick-api.ts';

/** What could stand where the cursor is, and what it is. */
export interface Candidate {
  readonly text: string;
  readonly about: string;
}

/** A candidate that begins with the full name of a repository may be called by the end of it. */
interface Named extends Candidate {
  readonly repository?: string;
}

type Values = Completion & { readonly candidates: readonly Named[] };

/** What a shell is told: words, or that files or folders are meant, which it knows better. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly also?: 'files' | 'dirs';
}

const AT_THE_TOP = COMMANDS.flatMap(([, declarations]) => declarations);

const COMMON: Declaration['options'] = [
  ['--home <dir>', 'the home folder'],
  ['--config <file>', 'the configuration'],
  ['--log-level <level>', 'how much is logged'],
  ['--json', 'print JSON, for programs'],
  ['--help', 'what the command takes'],
];

/** Completes the last of the words after the name of the program. */
export async function complete(words: readonly string[], api: QuickApi): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const { command, path, expects } = placeOf(words.slice(0, -1));
  const found = await candidatesAt(current, { command, path, expects }, api);
  const all = [...found.candidates, ...(current === '' ? [] : shortNames(found.candidates))];
  const candidates = all.flatMap(({ text, about }) => (text.startsWith(current) ? [{ text, about }] : []));
  return { ...found, candidates };
}

/** `app#3` for `local/app#3`, as long as there is no other `app`. */
function shortNames(candidates: readonly Named[]): readonly Named[] {
  const ends = new Map<string, Set<string>>();
  for (const { repository } of candidates)
    if (repository !== undefined) {
      const end = endOf(repository);
      ends.set(end, (ends.get(end) ?? new Set()).add(repository));
    }
  return candidates.flatMap(({ text, about, repository }) =>
    repository !== undefined && ends.get(endOf(repository))?.size === 1 ? [{ text: endOf(text), about }] : [],
  );
}

function endOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

interface Place {
  readonly command: Declaration | undefined;
  /** `runners drain`, `runners resume`. */
  readonly path: string;
  /** The value that the flag before takes: `dir`. */
  readonly expects: string | undefined;
}

/** Which command the words before the cursor lead to, and whether a flag waits for its value. */
function placeOf(words: readonly string[]): Place {
  let command: Declaration | undefined;
  let path = '';
  let expects: string | undefined;
  for (const word of words) {
    if (expects !== undefined) expects = undefined;
    else if (word.startsWith('-')) expects = valueTaken(command, word);
    else {
      const next: Declaration | undefined = (command?.subcommands ?? (command === undefined ? AT_THE_TOP : [])).find(
        (one) => nameOf(one) === word,
      );
      if (next === undefined) continue;
      command = next;
      path = `${path} ${word}`.trim();
    }
  }
  return { command, path, expects };
}

function nameOf({ usage }: Declaration): string {
  return usage.split(' ')[0] ?? '';
}

function optionsOf(command: Declaration | undefined): NonNullable<Declaration['options']> {
  return [...(command?.options ?? []), ...(COMMON ?? [])];
}

/** `dir`, for `--home`; undefined of a flag that takes no value. */
function valueTaken(command: Declaration | undefined, flag: string): string | undefined {
  const [flags = ''] = optionsOf(command).find(([one]) => one.split(/[ ,]+/).includes(flag)) ?? [];
  return /<([^>]+)>/.exec(flags)?.[1];
}

async function candidatesAt(current: string, { command, path, expects }: Place, api: QuickApi): Promise<Values> {
  if (expects !== undefined) return valuesOf(expects, api);
  if (current.startsWith('-')) return { candidates: optionsOf(command).map(flagOf) };
  const below = command === undefined ? AT_THE_TOP : (command.subcommands ?? []);
  const names = below.map((one) => ({ text: nameOf(one), about: one.summary }));
  const argument = command === undefined ? undefined : argumentOf(command, path);
  if (argument === undefined) return { candidates: names };
  const values = await valuesOf(argument, api);
  return { ...values, candidates: [...names, ...values.candidates] };
}

function flagOf([flags, about]: readonly [string, string, ...unknown[]]): Candidate {
  return { text: flags.split(/[ ,]+/).find((one) => one.startsWith('--')) ?? flags, about };
}

/** What a command takes behind its flags: `run`, `repository`, `path`; `name` says of what. */
function argumentOf({ usage }: Declaration, path: string): string | undefined {
  const [, name] = /[<[]([^>\].]+)/.exec(usage) ?? [];
  if (path === 'runners drain' || path === 'runners resume') return 'runner';
  if (path === 'deliveries redeliver') return 'delivery';
  const [vault] = /^(?:secret|variable)s(?= )/.exec(path) ?? [];
  return vault !== undefined && name === 'name' ? vault : name;
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const SHELLS = ['bash', 'zsh', 'fish'];

async function valuesOf(kind: string, api: QuickApi): Promise<Values> {
  const words = (texts: readonly string[]) => ({ candidates: texts.map((text) => ({ text, about: '' })) });
  if (kind === 'status') return words(STATUSES);
  if (kind === 'conclusion') return words(CONCLUSIONS);
  if (kind === 'level') return words(LEVELS);
  if (kind === 'shell') return words(SHELLS);
  if (kind === 'dir' || kind === 'path' || kind === 'path|url') return { candidates: [], also: 'dirs' };
  if (kind === 'file' || kind === 'json') return { candidates: [], also: 'files' };
  if (kind === 'rev') return words(['HEAD']);
  const list = LISTS[kind];
  return { candidates: list === undefined ? [] : await list(api) };
}

/** Names that the server knows. `name` is what `--repository` takes. */
const LISTS: Readonly<Record<string, (api: QuickApi) => Promise<readonly Named[]>>> = {
  repository: repositories,
  name: repositories,
  run: async (api) =>
    rowsOf(await api.get('/api/runs?limit=20'), 'runs').map((run) => ({
      repository: String(run.repository),
      text: `${run.repository}#${run.number}`,
      about: `${lookOf(run as unknown as Verdict).word}: ${oneLine(String(run.title))}`,
    })),
  runner: async (api) =>
    rowsOf(await api.get('/api/runners'), 'runners').map(({ name, state }) => ({
      text: String(name),
      about: String(state),
    })),
  delivery: async (api) =>
    rowsOf(await api.get('/api/deliveries?limit=20'), 'deliveries').map(({ id, event, repository }) => ({
      text: String(id),
      about: `${event} of ${repository}`,
    })),
  secrets: (api) => vault(api, 'secrets'),
  variables: (api) => vault(api, 'variables'),
};

async function repositories(api: QuickApi): Promise<readonly Named[]> {
  return rowsOf(await api.get('/api/repositories'), 'repositories').map(({ name }) => ({
    repository: String(name),
    text: String(name),
    about: '',
  }));
}

async function vault(api: QuickApi, kind: string): Promise<readonly Candidate[]> {
  return rowsOf(await api.get(`/api/${kind}`), kind).map(({ name, repository }) => ({
    text: String(name),
    about: repository === null ? '' : `of ${repository}`,
  }));
}

function rowsOf(answer: Record<string, unknown> | undefined, key: string): readonly Record<string, unknown>[] {
  const rows = answer?.[key];
  return Array.isArray(rows) ? rows : [];
}

/** One line each, `word<TAB>what it is`, for the scripts of `completion`; a line with a colon says what else is meant. */
export function completionLines({ candidates, also }: Completion): readonly string[] {
  const lines = candidates
    .map(({ text, about }) => [oneLine(text), oneLine(about)] as const)
    // what a shell would take for more than one word, or for something to do, is not offered
    .filter(([text]) => /^[\w./#@+=-]+$/.test(text))
    .map(([text, about]) => (about === '' ? text : `${text}\t${about}`));
  return also === undefined ? lines : [...lines, `:${also}`];
}
