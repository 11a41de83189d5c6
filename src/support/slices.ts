/** How long work may go on before others get their turn, in milliseconds. */
const SLICE_MS = 8;

/** Does `work` for each in turn, and lets others in between when it takes long. */
export async function inSlices<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let beganMs = performance.now();
  for (const item of items) {
    if (performance.now() - beganMs > SLICE_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      beganMs = performance.now();
    }
    results.push(await work(item));
  }
  return results;
}
