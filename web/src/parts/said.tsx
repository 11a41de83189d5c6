import { Lamp } from './lamp.tsx';

/** What came of a wish, in words. */
export interface Outcome {
  readonly words: string;
  readonly isRefused: boolean;
}

/** Something that goes on, or was done. */
export function told(words: string): Outcome {
  return { words, isRefused: false };
}

/** Something that was not done, and why. */
export function refused(words: string): Outcome {
  return { words, isRefused: true };
}

/** What came of a wish, in its place; a refusal is told at once to whoever hears the page. */
export function Said({ outcome }: { readonly outcome: Outcome | null }) {
  if (outcome === null) return null;
  const { words, isRefused } = outcome;
  return (
    <p
      key={isRefused ? 'refused' : 'told'}
      class={isRefused ? 'small no' : 'meta'}
      role={isRefused ? 'alert' : 'status'}
    >
      {isRefused && [<Lamp key="mark" state="failure" />, ' ']}
      {words}{' '}
    </p>
  );
}
