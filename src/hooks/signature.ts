import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Is `hex` the HMAC-SHA256 of `text`? Takes as long for a wrong one, and for none. */
export function isHexHmac(secret: string, text: string, hex: unknown): boolean {
  const right = createHmac('sha256', secret).update(text).digest();
  const isHex = typeof hex === 'string' && /^[0-9a-f]{64}$/i.test(hex);
  return timingSafeEqual(right, isHex ? Buffer.from(hex, 'hex') : Buffer.alloc(32)) && isHex;
}

/** Are both the same? It cannot be learned from the time it takes where they differ. */
export function isSameText(one: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** An id for a delivery that brings none: its body's, so that the same body twice is one delivery. */
export function idOfBody(text: string): string {
  return `body-${createHash('sha256').update(text).digest('hex').slice(0, 40)}`;
}
