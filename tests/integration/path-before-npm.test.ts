import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp.ts';

const script = join(import.meta.dirname, '..', '..', 'scripts', 'path-before-npm.mjs');

test('what npm puts in front of the PATH for a script is taken off again, and nothing else', async () => {
  await using dir = await tempDir();
  const project = join(dir.path, 'outer', 'project');
  await mkdir(project, { recursive: true });
  const before = [join(project, 'node_modules', '.bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  const tell = `import { pathBeforeNpm } from ${JSON.stringify(script)};
    import { dirname } from 'node:path';
    const { PATH, npm_package_json } = process.env;
    console.log(JSON.stringify([PATH, pathBeforeNpm(PATH, dirname(npm_package_json))]));`;
  await writeFile(join(project, 'tell.mjs'), tell);
  await writeFile(join(project, 'package.json'), JSON.stringify({ scripts: { tell: 'node tell.mjs' } }));
  const env = { PATH: before, HOME: dir.path };
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'tell'], { cwd: project, env });
  const [inScript, cleaned] = JSON.parse(stdout);
  expect(inScript).toMatch(/node-gyp-bin/);
  expect(cleaned).toBe(before);
});
