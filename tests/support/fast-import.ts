import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestRepository } from './repository.ts';

/** Makes `count` commits on top of each other, in one process, and moves `ref` to the last one; their ids, oldest first. */
export async function importCommits(
  repository: TestRepository,
  ref: string,
  count: number,
  from?: string,
): Promise<string[]> {
  const lines: string[] = [];
  for (let n = 0; n < count; n++) {
    lines.push(`commit ${ref}`, `committer Ada <ada@example.org> ${1_700_000_000 + n} +0000`);
    lines.push(`data ${String(n).length}`, String(n));
    if (n === 0 && from !== undefined) lines.push(`from ${from}^0`);
    if (n === 0) lines.push('deleteall');
  }
  const run = promisify(execFile)('git', ['fast-import', '--quiet', '--force'], { cwd: repository.path });
  run.child.stdin?.end(`${lines.join('\n')}\n`);
  await run;
  return (await repository.git('rev-list', '--reverse', `--max-count=${count}`, ref)).split('\n');
}
