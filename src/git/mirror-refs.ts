import { createHash } from 'node:crypto';
import { runGit } from './git.ts';

/** Where a mirror keeps the branches and tags of one source: `<this>/heads/main`. */
export function mirrorRefSpace(source: string): string {
  return `refs/signalbox/${createHash('sha256').update(source).digest('hex').slice(0, 12)}`;
}

/** Branches and tags of a source as of the last fetch, as commits, under their names at the source. */
export async function mirrorRefs(gitDir: string, source: string): Promise<Map<string, string>> {
  const space = mirrorRefSpace(source);
  const format = '%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)';
  const output = await runGit(['for-each-ref', `--format=${format}`, `${space}/`], { gitDir });
  const refs = new Map<string, string>();
  for (const line of output.toString('utf8').split('\n').filter(Boolean)) {
    const [type, sha = '', peeledType, peeled = '', ...name] = line.split(' ');
    const ref = `refs${name.join(' ').slice(space.length)}`;
    if (type === 'commit') refs.set(ref, sha);
    else if (peeledType === 'commit') refs.set(ref, peeled);
  }
  return refs;
}
