import './check-node.mjs';
import { spawn } from 'node:child_process';
import { withLock } from './lock.mjs';
import { isInstalled, markInstalled, root } from './up-to-date.mjs';

/** Variables of an outer npm that would make an inner one install elsewhere, or leave half of it out. */
const OUTER_NPM = /^(NODE_ENV|npm_config_(global|prefix|omit|include|production|only|dry_run|location))$/i;

/** The environment for a npm of our own inside another one. */
export function innerNpmEnv() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTER_NPM.test(name)));
}

/**
 * Runs a command with its output on stderr (stdout is for data), passes signals on, and ends this process as the
 * command ended if it failed.
 */
export function runOrExit(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
    const pass = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, pass);
    child.on('error', (error) => {
      console.error(`signalbox: ${command} could not be started (${error.message})`);
      process.exit(3);
    });
    child.on('exit', (status, signal) => {
      for (const one of signals) process.off(one, pass);
      if (status === 0) resolve();
      else process.exit(status ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** Installs what is missing; two that start at once install once. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  await withLock(root, async () => {
    if (isInstalled()) return;
    console.error('signalbox: installing what is missing (once; within a minute) …');
    const args = ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await runOrExit('npm', args, { env: innerNpmEnv() });
    markInstalled();
  });
}
