import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Json } from '../../model/workflow.ts';
import { messageOf } from '../../support/ci-error.ts';
import { UsageError } from '../usage-error.ts';

/** Reads `K=V` flags. @throws {UsageError} where there is no name before a `=`. */
export function pairsOf(flag: string, values: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(values.map((value) => pairOf(flag, value)));
}

function pairOf(flag: string, value: string): [string, string] {
  const at = value.indexOf('=');
  if (at < 1) throw new UsageError(`${flag} is "${value}"; it must be NAME=VALUE`);
  return [value.slice(0, at), value.slice(at + 1)];
}

/**
 * Values of secrets and variables: `NAME=VALUE`, or `NAME` alone for what the environment says, so that it need not
 * stand in the shell's history. @throws {UsageError} if the environment does not say it.
 */
export function valuesOf(flag: string, values: readonly string[] = [], env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    values.map((value): [string, string] => {
      if (value.includes('=')) return pairOf(flag, value);
      const found = env[value];
      if (found !== undefined) return [value, found];
      throw new UsageError(`${flag} is "${value}", and the environment has no ${value}; say ${flag} ${value}=VALUE`);
    }),
  );
}

/** The payload of an event from a file. @throws {UsageError} if it cannot be read, or is no JSON object. */
export async function readEventFile(path: string, cwd: string): Promise<{ readonly [key: string]: Json }> {
  const text = await readFile(resolve(cwd, path), 'utf8').catch((error: unknown) => {
    throw new UsageError(`--event-file ${path} cannot be read (${messageOf(error)})`);
  });
  const value = parse(text, path);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as { [key: string]: Json };
  throw new UsageError(`--event-file ${path} must hold a JSON object, as a forge sends it`);
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--event-file ${path} is not JSON: ${messageOf(error)}`);
  }
}
