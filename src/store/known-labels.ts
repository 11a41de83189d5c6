import type { Kysely } from 'kysely';
import { labelText } from './lanes.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const all = statement((db: Kysely<Tables>, _: object) => db.selectFrom('known_labels').select('labels'));
const insert = statement((db: Kysely<Tables>, p: { labels: string; at: number }) =>
  db
    .insertInto('known_labels')
    .values({ labels: p.labels, at: p.at })
    .onConflict((conflict) => conflict.doNothing()),
);

/** The sets of labels that runners have offered since this store exists; there are few. */
export class KnownLabels {
  #sets: readonly (readonly string[])[] | undefined;

  /** A runner with these labels is here. */
  async seen(session: Session<Tables>, labels: readonly string[], at: Date): Promise<void> {
    const text = labelText(labels);
    const known = await this.#load(session);
    if (known.some((set) => JSON.stringify(set) === text)) return;
    await session.run(insert, { labels: text, at: +at });
    session.afterCommit(() => {
      this.#sets = [...known, JSON.parse(text)];
    });
  }

  /** Why no runner can ever have taken a job with these labels, in words; undefined: one could, or none was ever here. */
  async whyNone(session: Session<Tables>, labels: readonly string[]): Promise<string | undefined> {
    if (labels.length === 0) return undefined;
    const known = await this.#load(session);
    if (known.length === 0 || known.some((set) => labels.every((label) => set.includes(label)))) return undefined;
    const missing = labels.filter((label) => !known.some((set) => set.includes(label)));
    const names = missing.length === 0 ? labels : missing;
    return (
      `no runner has ever offered the label${names.length > 1 ? 's' : ''} ${names.join(', ')}${missing.length === 0 ? ' together' : ''}; ` +
      `start one with \`signalbox runner --labels ${labels.join(',')}\`, or say what it means with the setting \`labels:\``
    );
  }

  async #load(session: Session<Tables>): Promise<readonly (readonly string[])[]> {
    if (this.#sets !== undefined) return this.#sets;
    const sets = (await session.all(all, {})).map((row): string[] => JSON.parse(row.labels));
    session.afterCommit(() => {
      this.#sets ??= sets;
    });
    return sets;
  }
}
