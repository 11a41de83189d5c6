import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testEngine } from '../support/test-engine.ts';
import { type CaseSteps, readSteps } from './read-steps.ts';

/** What has to come of a workflow file. */
export interface Expected {
  /** Conclusion of the run. */
  readonly expect: string;
  /** Title of the run. */
  readonly title?: string;
  /** Conclusion of each job, by name. */
  readonly jobs?: Readonly<Record<string, string>>;
  /** Text in the reason of the run, or of one of its jobs. */
  readonly reason?: string;
  /** Text that must (or must not) be in the log of a job. */
  readonly logs: readonly { readonly job: string; readonly text: string; readonly isThere: boolean }[];
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
  /** Text in the summary of a job. */
  readonly summary?: string;
}

/** One workflow file and what has to come of it; the comments at its head say so. */
export interface ConformanceCase extends Expected {
  /** Name of the file, without `.yml`. */
  readonly name: string;
  readonly text: string;
  /** What it shows, in words. */
  readonly what: string;
  readonly event: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  /** Full ref that it is on. */
  readonly ref: string;
  /** Message of the commit. */
  readonly message?: string;
  /** What is said under `actions` in the configuration, beside the server. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What else the configuration says. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Is executed with a PATH on which there is neither podman nor docker. */
  readonly onlyWithoutEngine: boolean;
  /** What happens one after the other; `expect` is the conclusion of its newest run in the end. */
  readonly steps?: CaseSteps;
  /** Holds only where this program is there; `engine`: a container engine that works, see `testEngine`. */
  readonly onlyWith?: string;
  /** Holds only where this program is not there. */
  readonly onlyWithout?: string;
}

/** Files of the repository in which the cases run. */
export const REPOSITORY = join(import.meta.dirname, 'repository');

const MAIN = 'refs/heads/main';
const CASES = join(import.meta.dirname, 'cases');
const KEYS = [
  ...['what', 'expect', 'title', 'jobs', 'reason', 'annotation', 'summary', 'event', 'inputs', 'payload', 'secrets'],
  ...['vars', 'ref', 'message', 'only-without-engine', 'only-with', 'only-without', 'config', 'settings'],
];

/** Those that are executed on this machine, and those that it has no program for, with the reason. */
export function casesOfThisMachine(): {
  readonly cases: readonly ConformanceCase[];
  /** Cases that want a machine of their own: one without an engine, or with another configuration. */
  readonly special: readonly ConformanceCase[];
  readonly skipped: readonly (readonly [name: string, why: string])[];
} {
  const all = readCases().filter(({ steps }) => steps === undefined);
  const missing = ({ onlyWith, onlyWithout }: ConformanceCase) => {
    if (onlyWithout !== undefined && isThere(onlyWithout)) return `${onlyWithout} is on this machine`;
    return onlyWith === undefined ? undefined : missingOf(onlyWith);
  };
  return {
    cases: all.filter((one) => !isSpecial(one) && missing(one) === undefined),
    special: all.filter(isSpecial),
    skipped: all.flatMap((one) => {
      const why = missing(one);
      return why === undefined ? [] : [[one.name, why] as const];
    }),
  };
}

function isSpecial({ onlyWithoutEngine, config, settings }: ConformanceCase): boolean {
  return onlyWithoutEngine || config !== undefined || settings !== undefined;
}

function missingOf(need: string): string | undefined {
  if (need === 'engine') return testEngine() === undefined ? 'no container engine works on this machine' : undefined;
  return isThere(need) ? undefined : `${need} is not on this machine`;
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** Is it one of those that one push of a branch makes? The others want an event, a ref or a commit of their own. */
export function isOfPush({ event, ref, message }: ConformanceCase): boolean {
  return event === 'push' && ref === MAIN && message === undefined;
}

/** Those that several things have to happen for, in an order; only a server can show them. */
export function casesWithSteps(): readonly (ConformanceCase & { readonly steps: CaseSteps })[] {
  return readCases().flatMap((one) => (one.steps === undefined ? [] : [{ ...one, steps: one.steps }]));
}

/** All cases, by name. */
export function readCases(): readonly ConformanceCase[] {
  return readdirSync(CASES)
    .filter((file) => file.endsWith('.yml'))
    .sort()
    .map((file) => readCase(file.replace(/\.yml$/, ''), readFileSync(join(CASES, file), 'utf8')));
}

function readCase(name: string, text: string): ConformanceCase {
  const lines = text.split('\n');
  const head = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith('# ')),
  );
  const said = head.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(2, at), line.slice(at + 1).trim()];
  });
  for (const [key] of said)
    if (!KEYS.includes(key) && !/^(?:not-)?log \S/.test(key)) throw new Error(`${name}.yml: what is "# ${key}:"?`);
  const one = (key: string) => said.find(([known]) => known === key)?.[1];
  const json = (key: string) => (one(key) === undefined ? undefined : JSON.parse(one(key) ?? ''));
  const [what, expect] = [one('what'), one('expect')];
  if (what === undefined || expect === undefined) throw new Error(`${name}.yml says not what it shows, or expects`);
  const [message, onlyWith, onlyWithout] = [one('message'), one('only-with'), one('only-without')];
  const steps = readSteps(join(CASES, `${name}.steps.yaml`));
  const [config, settings] = [json('config'), json('settings')];
  const [title, reason, summary, jobs, payload] = [
    one('title'),
    one('reason'),
    one('summary'),
    json('jobs'),
    json('payload'),
  ];
  return {
    ...{ name, text, what, expect },
    ...(title === undefined ? {} : { title }),
    ...(reason === undefined ? {} : { reason }),
    ...(summary === undefined ? {} : { summary }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(config === undefined ? {} : { config }),
    ...(settings === undefined ? {} : { settings }),
    ...(payload === undefined ? {} : { payload }),
    logs: said.flatMap(([key, value]) => {
      const [, not, job] = /^(not-)?log (.+)$/.exec(key) ?? [];
      return job === undefined ? [] : [{ job, text: value, isThere: not === undefined }];
    }),
    annotations: said.flatMap(([key, value]) => (key === 'annotation' ? [JSON.parse(value)] : [])),
    event: one('event') ?? 'push',
    inputs: json('inputs') ?? {},
    secrets: json('secrets') ?? {},
    vars: json('vars') ?? {},
    ref: one('ref') ?? MAIN,
    onlyWithoutEngine: one('only-without-engine') === 'true',
    ...(steps === undefined ? {} : { steps }),
    ...(message === undefined ? {} : { message }),
    ...(onlyWith === undefined ? {} : { onlyWith }),
    ...(onlyWithout === undefined ? {} : { onlyWithout }),
  };
}
