import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { innerNpmEnv, runOrExit } from './ensure.mjs';
import { root } from './up-to-date.mjs';

/** The newest even line of Node; 20 is the floor and past its end of life, so the suite runs on both. */
const LINE = 26;

/** Path of a Node of the newest even line, from the npm registry, installed beside the builds. */
export async function newestNode() {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(root, '.build', `node-${LINE}`);
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
  await runOrExit('npm', ['install', ...options, `${name}@${LINE}`], { env: innerNpmEnv() });
  return program;
}
