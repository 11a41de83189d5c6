import { type Lamp as LampState, wordOf } from '../words.ts';

/** Signs that are no lamps. */
export type SignName = 'brand' | 'search' | 'theme' | 'gear' | 'copy' | 'branch';

/** The lamp of a state. Beside its word it is hidden from readers; where it stands alone it has a `label`. */
export function Lamp(props: {
  readonly state: LampState | 'flaky';
  /** What a reader hears: `true` for the word of the state. Default: nothing. */
  readonly label?: string | true;
  readonly large?: boolean;
}) {
  const { state, label, large = false } = props;
  const drawn = state === 'draining' ? 'cancelled' : state;
  const className = `ic ${state}${large ? ' l' : ''}`;
  const use = <use href={`#i-${drawn}`} />;
  if (label === undefined)
    return (
      <svg class={className} aria-hidden="true">
        {use}
      </svg>
    );
  const words = label === true ? (state === 'flaky' ? 'flaky' : wordOf(state)) : label;
  return (
    <svg class={className} role="img" aria-label={words}>
      {use}
    </svg>
  );
}

/** A sign that is no lamp; always beside words, or in something that has a label. */
export function Sign({ name }: { readonly name: SignName }) {
  return (
    <svg
      class={`ic ${name === 'brand' ? 'l' : name}`}
      aria-hidden="true"
      {...(name === 'brand' ? { viewBox: '0 0 20 20' } : {})}
    >
      <use href={`#i-${name}`} />
    </svg>
  );
}
