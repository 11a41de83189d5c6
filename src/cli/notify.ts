import { execFile } from 'node:child_process';
import type { Conclusion } from '../model/conclusion.ts';
import type { ApiRun } from '../protocol/api-schema.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';
import { refName, runName, word } from './views.ts';

/** How long a notification service may take, in milliseconds. */
const PATIENCE_MS = 5_000;

/** AppleScript takes both texts as arguments: nothing of them becomes a part of the script. */
const SCRIPT = ['on run argv', 'display notification (item 2 of argv) with title (item 1 of argv)', 'end run'];

/** Programs that show a notification on the desktop, with their arguments. */
function programs(title: string, body: string, isBad: boolean): readonly (readonly [string, readonly string[]])[] {
  return [
    ['notify-send', ['--app-name=Signalbox', `--urgency=${isBad ? 'critical' : 'normal'}`, '--', title, body]],
    ['osascript', [...SCRIPT.flatMap((line) => ['-e', line]), title, body]],
  ];
}

/** Tells of a verdict on the desktop, where it can be; else says in one line why not. */
export async function notifyDesktop(
  runs: readonly ApiRun[],
  conclusion: Conclusion,
  { terminal, path }: { readonly terminal: Terminal; readonly path: string | undefined },
): Promise<void> {
  const [first] = runs;
  if (first === undefined) return;
  const title = `${runs.length === 1 ? runName(first) : oneLine(first.repository)}: ${word({ status: 'completed', conclusion })}`;
  const body = `${refName(first.ref)}: ${oneLine(first.title)}`;
  const isBad = conclusion !== 'success' && conclusion !== 'skipped';
  for (const [program, args] of programs(title, body, isBad)) {
    const failed = await start(program, args, path);
    if (failed === undefined) return;
    if (failed.code === 'ENOENT') continue;
    terminal.say(`no desktop notification: ${program} failed: ${oneLine(failed.message).slice(0, 200)}`);
    return;
  }
  terminal.say('no desktop notification: neither notify-send nor osascript is installed here');
}

interface Failure {
  readonly code: string | number | null | undefined;
  readonly message: string;
}

/** Without a shell. Undefined if it went well. */
function start(program: string, args: readonly string[], path: string | undefined): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...(path === undefined ? {} : { PATH: path }) };
    execFile(program, args, { timeout: PATIENCE_MS, env }, (error, _stdout, stderr) => {
      if (error === null) resolve(undefined);
      else resolve({ code: error.code, message: stderr.trim() || error.message });
    });
  });
}
