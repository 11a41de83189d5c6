/** GitHub's limit on the name of a job. */
const MAX_NAME = 100;
/** Names with those of the callers, and keys. */
const MAX_KEY = 200;

/** `build (20, ubuntu-latest)`; cut as GitHub cuts it. */
export function legName(name: string, segments: readonly string[]): string {
  const full = segments.length === 0 ? name : `${name} (${segments.join(', ')})`;
  return full.length <= MAX_NAME ? full : `${full.slice(0, MAX_NAME - 3)}...`;
}

/** `deploy / build (20)`: as people see it. */
export function fullName(callers: readonly string[], name: string): string {
  return cut([...callers, name].join(' / '));
}

/** Keys of the legs of a job: its id with the values of the matrix, made different where those are the same. */
export function legKeys(id: string, legs: readonly (readonly string[])[]): readonly string[] {
  const used = new Set<string>();
  return legs.map((segments) => {
    const key = cut(segments.length === 0 ? id : `${id} (${segments.join(', ')})`);
    let unique = key;
    for (let count = 2; used.has(unique); count += 1) unique = `${key.slice(0, MAX_KEY - 8)} #${count}`;
    used.add(unique);
    return unique;
  });
}

function cut(text: string): string {
  return text.length <= MAX_KEY ? text : `${text.slice(0, MAX_KEY - 3)}...`;
}
