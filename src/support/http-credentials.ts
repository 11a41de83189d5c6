import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** How long the page's cookie is good, in seconds: 30 days. */
const COOKIE_SECONDS = 30 * 24 * 3_600;
/** How long a login code waits for its one use, in milliseconds: a day. */
const CODE_MS = 24 * 3_600_000;
/** Most login codes that wait at once; the oldest gives way. */
const MAX_CODES = 100;

/**
 * Who may change something: whoever has the home's token, or a browser that was let in with a one-time code. The
 * cookie is made from the token, so it outlives a restart and ends when the token is changed; the token itself never
 * gets into a browser: cookies are sent to every port of a host, so others on this machine may see them.
 */
export class Credentials {
  readonly #token: string;
  readonly #now: () => Date;
  readonly #codes = new Map<string, number>();

  /** `token`: the contents of `<home>/token`, at least 16 characters. `now`: wall time. */
  constructor(token: string, now: () => Date = () => new Date()) {
    if (token.length < 16) throw new TypeError('the token is too short to keep anybody out');
    this.#token = token;
    this.#now = now;
  }

  /** Name of the cookie; of each home its own, since one host shares its cookies between ports. */
  get cookieName(): string {
    return `signalbox_${this.#mac('cookie name').slice(0, 12)}`;
  }

  /** Is this `Authorization` header the token? */
  isBearer(authorization: string | undefined): boolean {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return given !== undefined && isSame(given, this.#token);
  }

  /** Is the token the password of this `Authorization: Basic` header, whoever the user is? */
  isPassword(authorization: string | undefined): boolean {
    const given = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1];
    const text = given === undefined ? '' : Buffer.from(given, 'base64').toString('utf8');
    return text.includes(':') && isSame(text.slice(text.indexOf(':') + 1), this.#token);
  }

  /** Has this `Cookie` header the page's cookie, made with this token, not too old? */
  isCookie(cookies: string | undefined): boolean {
    const name = this.cookieName;
    return (cookies ?? '').split(';').some((pair) => {
      const [key, value] = pair.trim().split('=', 2);
      return key === name && value !== undefined && this.#isValue(value);
    });
  }

  /** A code for one login, good for a day. Only this process knows it. */
  createCode(): string {
    const code = randomBytes(24).toString('base64url');
    this.#codes.set(code, this.#now().getTime() + CODE_MS);
    const [oldest] = this.#codes.keys();
    if (this.#codes.size > MAX_CODES && oldest !== undefined) this.#codes.delete(oldest);
    return code;
  }

  /** Uses a code up. False: it was used, is too old, or never was one. */
  redeem(code: string): boolean {
    const goodUntil = this.#codes.get(code);
    this.#codes.delete(code);
    return goodUntil !== undefined && this.#now().getTime() < goodUntil;
  }

  /** The `Set-Cookie` header that lets a browser in. `isSecure`: the page is served over https. */
  setCookie(isSecure: boolean): string {
    const issued = Math.floor(this.#now().getTime() / 1_000);
    const value = `${issued}.${this.#mac(`cookie ${issued}`)}`;
    const flags = `Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
    return `${this.cookieName}=${value}; ${flags}`;
  }

  #isValue(value: string): boolean {
    const [issued, mac] = value.split('.', 2);
    if (issued === undefined || mac === undefined || !/^\d{1,12}$/.test(issued)) return false;
    const ageSeconds = this.#now().getTime() / 1_000 - Number(issued);
    return isSame(mac, this.#mac(`cookie ${issued}`)) && ageSeconds < COOKIE_SECONDS;
  }

  #mac(purpose: string): string {
    return createHmac('sha256', this.#token).update(`signalbox ${purpose}`).digest('hex');
  }
}

/** Compares in a time that tells nothing; digests, because `timingSafeEqual` throws on unequal lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
