import { readdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Fills a folder with links to all programs of this PATH but some, so that it stands for a machine without those. */
export function linkPathWithout(programs: readonly string[], folder: string, path = process.env.PATH ?? ''): void {
  const linked = new Set(programs);
  for (const from of path.split(delimiter))
    for (const name of programsIn(from)) {
      if (linked.has(name)) continue;
      linked.add(name);
      symlinkSync(join(from, name), join(folder, name));
    }
}

function programsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // people have folders in their PATH that are not there
  }
}
