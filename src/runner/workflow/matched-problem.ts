import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Annotation } from '../../model/findings.ts';
import { numberOf } from './annotations.ts';
import type { Match } from './matchers.ts';

/** The annotation that a match makes; undefined: GitHub makes none of it either. */
export function annotationOfMatch(match: Match, workspace: string): Annotation | undefined {
  const { message = '', severity = '' } = match;
  const level = LEVELS[severity.toLowerCase()];
  if (message.trim() === '' || level === undefined) return undefined;
  const [line, column, file] = [numberOf(match.line), numberOf(match.column), fileOf(match, workspace)];
  return {
    level,
    message,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(line === undefined || column === undefined ? {} : { column }),
  };
}

const LEVELS: Readonly<Record<string, Annotation['level']>> = {
  '': 'error',
  error: 'error',
  warning: 'warning',
  notice: 'notice',
};

/** Relative to the workspace; a file that is not in it, or not there, is left out. */
function fileOf({ file = '', fromPath = '' }: Match, workspace: string): string | undefined {
  if (file.trim() === '') return undefined;
  const from = fromPath.trim() === '' || isAbsolute(file) ? file : join(dirname(fromPath), file);
  const path = resolve(workspace, from);
  return path.startsWith(`${workspace}/`) && existsSync(path) ? relative(workspace, path) : undefined;
}
