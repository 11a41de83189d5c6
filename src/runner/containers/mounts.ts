import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { WorkflowPlaces } from '../workflow/workflow-job-options.ts';

/** Folders of a job that are in its containers too, under the same names: paths mean the same inside and outside. */
export function jobMounts(places: WorkflowPlaces, home: string): readonly string[] {
  const { workspace, temp, files, caches, actions } = places;
  mkdirSync(actions, { recursive: true, mode: 0o700 });
  const writable = [...new Set([workspace, temp, files, caches, home])].filter(
    (folder) => isAbsolute(folder) && existsSync(folder),
  );
  const readable = [actions, ...gitFolders(workspace)];
  return [
    ...writable.flatMap((folder) => ['-v', `${folder}:${folder}`]),
    ...readable.flatMap((folder) => ['-v', `${folder}:${folder}:ro`]),
  ];
}

/** Where git reads the objects of the commit, and theirs. */
function gitFolders(workspace: string): readonly string[] {
  const found = new Set<string>();
  const look = (objects: string) => {
    const file = join(objects, 'info', 'alternates');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    for (const line of lines) {
      if (line === '' || line.startsWith('#') || line.startsWith('"')) continue;
      const folder = resolve(objects, line);
      if (found.has(folder) || !existsSync(folder)) continue;
      found.add(folder);
      look(folder);
    }
  };
  look(join(workspace, '.git', 'objects'));
  // its refs too, so that `git fetch origin` works
  return [...found].map((folder) => (existsSync(join(dirname(folder), 'HEAD')) ? dirname(folder) : folder));
}
