import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const entry = z.object({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  /** Whose jobs it gets. */
  repository: z.number().int().positive(),
});
/** Where a classic runner listens. */
export type ClassicEntry = z.infer<typeof entry>;

/**
 * The classic runners that are registered, in `<home>/classic_runners.json`. The chapter's runner registers once in its
 * life: a dispatcher that is started again has to look for it.
 */
export class ClassicRoster {
  readonly #path: string;

  constructor(home: string) {
    this.#path = join(home, 'classic_runners.json');
  }

  /** Empty if nobody registered, or the file cannot be read: then they are found when they register. */
  read(): readonly ClassicEntry[] {
    try {
      return z.array(entry).parse(JSON.parse(readFileSync(this.#path, 'utf8')));
    } catch {
      return [];
    }
  }

  write(entries: readonly ClassicEntry[]): void {
    mkdirSync(join(this.#path, '..'), { recursive: true });
    writeFileSync(`${this.#path}.part`, `${JSON.stringify(entries)}\n`, { mode: 0o600 });
    renameSync(`${this.#path}.part`, this.#path);
  }
}
