/** How long something may take before a test says what was missing. */
const DEADLINE_MS = 20_000;

/** Waits until `isThere`; looks again after each `change`, and now and then. @throws if it takes longer than `deadlineMs`. */
export async function waitFor(
  what: string,
  isThere: () => boolean | Promise<boolean>,
  change: () => Promise<unknown> = () => new Promise(() => {}),
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await isThere())) {
    if (performance.now() > endMs) throw new Error(`it did not happen within ${deadlineMs} ms: ${what}`);
    let timer: NodeJS.Timeout | undefined;
    const tick = new Promise((resolve) => {
      timer = setTimeout(resolve, 10);
    });
    await Promise.race([change(), tick]);
    clearTimeout(timer);
  }
}
