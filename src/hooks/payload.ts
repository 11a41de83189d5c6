import type { Json } from '../model/workflow.ts';

/** A payload is stored with each of its runs, and sent with each lease of their jobs. */
const MAX_BYTES = 256 * 1024;

/** What long texts and lists are cut to, one after the other, until it is short enough. */
const CUTS = [
  { text: 10_000, list: 250 },
  { text: 1_000, list: 50 },
  { text: 200, list: 10 },
  { text: 40, list: 1 },
] as const;

/** A payload of at most 256 KiB: as it is, or with its texts and lists cut; what no cut makes short enough is empty. */
export function shortened(payload: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
  if (isShort(payload)) return payload;
  for (const cut of CUTS) {
    const shorter = cutTo(payload, cut, 0);
    if (isShort(shorter)) return shorter as { readonly [key: string]: Json };
  }
  return {};
}

function isShort(payload: Json): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(payload)) <= MAX_BYTES;
  } catch {
    return false; // nested more deeply than the stack is
  }
}

/** Nothing in a payload that means something stands deeper than some levels. */
const MAX_DEPTH = 12;

function cutTo(value: Json, cut: (typeof CUTS)[number], depth: number): Json {
  if (typeof value === 'string') return value.slice(0, cut.text);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.slice(0, cut.list).map((item: Json) => cutTo(item, cut, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.slice(0, 200), cutTo(item, cut, depth + 1)]),
  );
}
