import { useContext, useEffect } from 'preact/hooks';
import type { KeyBinding } from './keys.ts';
import { Services } from './services.ts';

/** Adds keys for as long as the component is there. `bindings` has to be the same array as long as nothing changes. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const { keys } = useContext(Services);
  useEffect(() => keys.add(bindings), [keys, bindings]);
}
