/** `340 ms`, `1.2 s`, `3 min 12 s`, `2 h 5 min`. */
export function describeDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return withRest(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  return withRest(Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min');
}

/** A limit, in the largest unit that it is whole in: `60 minutes`, `90 seconds`. */
export function describeLimit(ms: number): string {
  const [count, unit] = ms % 60_000 === 0 ? [ms / 60_000, 'minute'] : [ms / 1000, 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** A command as one would type it into a shell. */
export function describeCommand(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${restUnit}`;
}
