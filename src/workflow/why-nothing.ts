import { makefileOf } from './find-other-tests.ts';
import type { Folder } from './finding.ts';
import { readMakefile } from './makefile.ts';

/** Why no tests were found in a folder: what is missing, and what is there and does not do. */
export async function whyNothing(folder: Folder): Promise<string> {
  const where = folder.dir === '' ? 'the root' : folder.dir;
  if (folder.entries.size === 0) {
    const why = folder.dir === '' ? 'there are no files' : `there is no folder ${where}`;
    return `no tests were found: ${why} in this commit`;
  }
  return (
    `no tests were found in ${where}: ${aboutScript(folder)}, no package.json with a test script, no tests/ with Python ` +
    `tests, no Makefile with a target "test"${await aboutIncludes(folder)}, nothing of Cargo, Go, Maven, Gradle or the ` +
    'others that are known'
  );
}

function aboutScript({ dir, entries }: Folder): string {
  const script = entries.get('ci.sh');
  if (script?.kind === 'directory') return 'ci.sh is a folder, not an executable file';
  if (script?.kind === 'symlink') return 'ci.sh is a link that leads to no file of the commit';
  if (script?.kind !== 'file') return 'no executable ci.sh';
  const file = script.target ?? (dir === '' ? 'ci.sh' : `${dir}/ci.sh`);
  return `ci.sh is there but not executable (git update-index --chmod=+x ${file})`;
}

async function aboutIncludes(folder: Folder): Promise<string> {
  const file = makefileOf(folder);
  const { unread = [] } = file === undefined ? {} : await readMakefile(folder, file);
  return unread.length === 0 ? '' : ` (${file} includes ${unread.slice(0, 3).join(', ')}, not read here)`;
}
