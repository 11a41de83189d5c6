/**
 * The colours that a log is drawn in, each readable in both themes: 1 to 6 are red, green, yellow, blue, magenta and cyan,
 * 7 is that of text (as a background: text turned round), 8 is grey; 0 is as usual.
 */
export type Colour = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** By the six parts of the circle of hues, red first. */
const HUES: readonly Colour[] = [1, 3, 2, 6, 4, 5];
/** Less between the strongest and the weakest of red, green and blue is a grey. */
const LEAST_CHROMA = 48;

/** The nearest to red, green and blue, each 0 to 255. */
export function nearestColour(red: number, green: number, blue: number): Colour {
  const most = Math.max(red, green, blue);
  const chroma = most - Math.min(red, green, blue);
  if (chroma < LEAST_CHROMA) return most < 64 ? 0 : most < 192 ? 8 : 7;
  const sector =
    most === red ? (green - blue) / chroma : most === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
  return HUES[(Math.round(sector) + 6) % 6] ?? 0;
}

/** The nearest to one of the 256 colours of a terminal: 16 basic ones, a cube of 6 × 6 × 6, and 24 greys. */
export function indexedColour(index: number): Colour {
  if (index < 16) return basicColour(index);
  if (index >= 232) return nearestColour(...grey(8 + (index - 232) * 10));
  const part = (weight: number) => {
    const level = Math.floor((index - 16) / weight) % 6;
    return level === 0 ? 0 : 55 + level * 40;
  };
  return nearestColour(part(36), part(6), part(1));
}

/** One of the 16 basic colours; the bright ones are drawn like the others, but for black. */
export function basicColour(index: number): Colour {
  return index === 8 ? 8 : ((index % 8) as Colour);
}

function grey(level: number): [number, number, number] {
  return [level, level, level];
}
