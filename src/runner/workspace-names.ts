import { realpathSync } from 'node:fs';

/** The folder of a workspace, and its real name, by which a job may see it. */
export function namesOf(workspace: string): readonly string[] {
  return [...new Set([workspace, realpathSync(workspace)])];
}

/** A text without the folder of the workspace (`namesOf`), which is another one for each runner. */
export function withoutFolder(text: string, names: readonly string[]): string {
  return names.reduce((rest, name) => rest.replaceAll(`file://${name}/`, '').replaceAll(`${name}/`, ''), text);
}
