import { useCallback, useState } from 'preact/hooks';

/** Paints the component again; for what changes outside of it. */
export function useRepaint(): () => void {
  const [, set] = useState(0);
  return useCallback(() => set((times) => times + 1), []);
}
