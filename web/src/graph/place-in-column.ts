/** Something of a height in pixels. */
interface Tall {
  readonly id: string;
  readonly height: number;
}

/** Places that had to move together. */
interface Block {
  sum: number;
  count: number;
  readonly members: { readonly id: string; readonly offset: number }[];
}

/**
 * Puts the places of a column as near to their wishes as their order and the gap between them allow (least squares, by
 * pooling neighbours that would overlap). Without a wish a place follows the one before it. Writes the middles.
 */
export function placeInColumn<Place extends Tall>(
  column: readonly Place[],
  gap: number,
  wish: (place: Place) => number | undefined,
  centres: Map<string, number>,
): void {
  const blocks: Block[] = [];
  let offset = 0;
  let lastHeight = 0;
  for (const [at, place] of column.entries()) {
    if (at > 0) offset += lastHeight / 2 + gap + place.height / 2;
    lastHeight = place.height;
    const wanted = (wish(place) ?? offset + (column[0]?.height ?? 0) / 2) - offset;
    let block: Block = { sum: wanted, count: 1, members: [{ id: place.id, offset }] };
    for (let last = blocks.at(-1); last !== undefined && meanOf(last) > meanOf(block); last = blocks.at(-1)) {
      blocks.pop();
      block = {
        sum: last.sum + block.sum,
        count: last.count + block.count,
        members: [...last.members, ...block.members],
      };
    }
    blocks.push(block);
  }
  for (const block of blocks) for (const { id, offset: of } of block.members) centres.set(id, meanOf(block) + of);
}

function meanOf({ sum, count }: Block): number {
  return sum / count;
}
