import type { Notice } from './notice.ts';
import { count, sentenceOf, subjectOf } from './words.ts';

/** Several notices as one message. */
export interface Digested {
  /** The last one of each branch and workflow, the broken ones first. */
  readonly notices: readonly Notice[];
  /** How many came before them and say nothing new. */
  readonly earlier: number;
}

/** What is shown first. */
const ORDER = ['broken', 'moved', 'still_failing', 'failure', 'error', 'fixed', 'cancelled', 'success'] as const;

/** Leaves out what was overtaken: of each workflow on each ref only the last verdict is told. Oldest first. */
export function digest(notices: readonly Notice[]): Digested {
  const last = new Map<string, Notice>();
  for (const notice of notices) {
    const lane = JSON.stringify([notice.repository, notice.workflow, notice.event, notice.ref]);
    last.delete(lane);
    last.set(lane, notice);
  }
  const kept = [...last.values()].sort((a, b) => ORDER.indexOf(a.occasion) - ORDER.indexOf(b.occasion));
  return { notices: kept, earlier: notices.length - kept.length };
}

/** The first line of a message: of one notice its sentence, of several how many of what. */
export function headOf(notices: readonly Notice[]): string {
  const [first] = notices;
  if (first === undefined) return 'Nothing happened';
  return notices.length === 1 ? sentenceOf(first) : countWords(notices);
}

/** The subject of a mail. */
export function digestSubject(notices: readonly Notice[]): string {
  const [first] = notices;
  if (notices.length === 1 && first !== undefined) return subjectOf(first);
  const repositories = new Set(notices.map(({ repository }) => repository));
  const where =
    repositories.size === 1 ? [...repositories].join() : count(repositories.size, 'repository', 'repositories');
  return `[${where.replace(/\s+/g, ' ')}] ${countWords(notices)}`;
}

/** `2 broken, 1 green again`. */
function countWords(notices: readonly Notice[]): string {
  const words: readonly (readonly [word: string, occasions: readonly string[]])[] = [
    ['broken', ['broken', 'moved']],
    ['still broken', ['still_failing']],
    ['failed', ['failure']],
    ['could not be tested', ['error']],
    ['green again', ['fixed']],
    ['cancelled', ['cancelled']],
    ['passed', ['success']],
  ];
  return words
    .map(([word, occasions]) => [notices.filter(({ occasion }) => occasions.includes(occasion)).length, word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(', ');
}
