import { execFile } from 'node:child_process';

/** How long a program may think about its version, in milliseconds. */
const ASK_MS = 20_000;

/** What a short program says on stdout, or on stderr if that is all; undefined if it fails. */
export function ask(
  [file, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { env, cwd: '/', timeout: ASK_MS, killSignal: 'SIGKILL', encoding: 'utf8' },
      (error, out, err) => {
        resolve(error === null ? (out.trim() === '' ? err : out).trim() : undefined);
      },
    );
  });
}
