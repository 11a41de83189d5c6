import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A migration, as far as its schema follows from it: its name and its text. */
interface Step {
  readonly name: string;
  readonly up: { toString(): string };
}

/** Scripts by the migrations that they stand for. They follow from those alone, so that they can be shared by all. */
const scripts = new Map<string, string>();
/** Lists of migrations are few; those of tests are not kept for ever. */
const MAX_SCRIPTS = 8;

/**
 * What migrations make of an empty database, as one script: to carry out the script takes 2 ms, to carry out the
 * migrations 40. Remembered for the process, and in a folder for the next ones.
 */
export class KnownSchema {
  readonly #key: string;
  readonly #file: string | undefined;

  constructor(migrations: readonly Step[], folder?: string) {
    const hash = createHash('sha256');
    for (const { name, up } of migrations) hash.update(`${name}\n${up}\n`);
    this.#key = hash.digest('hex').slice(0, 16);
    this.#file = folder === undefined ? undefined : join(folder, `schema-${this.#key}.sql`);
  }

  /** Undefined: it has to be made. */
  get script(): string | undefined {
    const known = scripts.get(this.#key) ?? this.#read();
    if (known !== undefined) this.#remember(known);
    return known;
  }

  /** Keeps it, if it can be written. */
  keep(script: string): void {
    this.#remember(script);
    if (this.#file === undefined) return;
    const aside = `${this.#file}.${process.pid}`;
    try {
      writeFileSync(aside, script, { mode: 0o600 });
      renameSync(aside, this.#file);
    } catch {
      tryToRemove(aside);
    }
  }

  #read(): string | undefined {
    if (this.#file === undefined) return undefined;
    try {
      return readFileSync(this.#file, 'utf8');
    } catch {
      return undefined;
    }
  }

  #remember(script: string): void {
    const [oldest] = scripts.size >= MAX_SCRIPTS ? scripts.keys() : [];
    if (oldest !== undefined && !scripts.has(this.#key)) scripts.delete(oldest);
    scripts.set(this.#key, script);
  }
}

/** There may be no such folder at all. */
function tryToRemove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {}
}
