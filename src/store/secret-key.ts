import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CiError, messageOf } from '../support/ci-error.ts';
import { syncFolder } from './folder-sync.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 8;
/** Of what is in front of the encrypted bytes: a version, the key's id, the nonce, the tag. */
const VERSION = 1;
const HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES + TAG_BYTES;

/** The key of the secrets is gone, cannot be read, or is another one. */
export class SecretsKeyError extends CiError {
  override readonly name = 'SecretsKeyError';
  readonly code = 'E_SECRETS_KEY';
}

/** A key in memory: encrypts and decrypts single values. */
export class SecretKey {
  readonly #key: Buffer;
  /** Tells this key from others, and tells nothing else of it. */
  readonly id: Buffer;

  /** `key`: 32 bytes. */
  constructor(key: Buffer) {
    this.#key = key;
    this.id = createHash('sha256').update('signalbox secrets key').update(key).digest().subarray(0, ID_BYTES);
  }

  /** AES-256-GCM under a nonce of its own. `place` is what it has to be opened with: rows cannot be swapped. */
  seal(place: string, value: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES }).setAAD(
      Buffer.from(place),
    );
    const bytes = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from([VERSION]), this.id, nonce, cipher.getAuthTag(), bytes]);
  }

  /** The value; undefined if it was sealed with another key or for another place, or was changed since. */
  open(place: string, sealed: Uint8Array): string | undefined {
    const bytes = Buffer.from(sealed);
    if (bytes.length < HEAD_BYTES || !this.madeThis(bytes)) return undefined;
    const nonce = bytes.subarray(1 + ID_BYTES, 1 + ID_BYTES + NONCE_BYTES);
    const tag = bytes.subarray(HEAD_BYTES - TAG_BYTES, HEAD_BYTES);
    const cipher = createDecipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(place)).setAuthTag(tag);
    try {
      return Buffer.concat([cipher.update(bytes.subarray(HEAD_BYTES)), cipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  /** Was it this key that sealed these bytes? */
  madeThis(sealed: Uint8Array): boolean {
    return sealed[0] === VERSION && this.id.equals(sealed.subarray(1, 1 + ID_BYTES));
  }
}

/** The file with the key: 64 hexadecimal digits, for its owner alone. Read anew at each use, so that it can be put back. */
export class SecretKeyFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The key; undefined if there is none. @throws {SecretsKeyError} the file cannot be read, or holds no key. */
  async read(): Promise<SecretKey | undefined> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SecretsKeyError(`the key of the secrets, ${this.path}, cannot be read (${messageOf(cause)})`, {
        cause,
      });
    }
    if (/^[0-9a-f]{64}\s*$/i.test(text)) return new SecretKey(Buffer.from(text.trim(), 'hex'));
    throw new SecretsKeyError(
      `${this.path} holds no key of ${KEY_BYTES} bytes (64 hexadecimal digits); put the right file back from a backup`,
    );
  }

  /** The key, made if there is none; two that make it at once get the same one. @throws {SecretsKeyError} */
  async readOrMake(): Promise<SecretKey> {
    const there = await this.read();
    if (there !== undefined) return there;
    const aside = `${this.path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    try {
      await writePrivate(aside, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
      // a link is refused if the name is taken, where a rename would replace a key that is in use already
      await link(aside, this.path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
      await syncFolder(dirname(this.path));
    } catch (cause) {
      throw new SecretsKeyError(`the key of the secrets, ${this.path}, cannot be written (${messageOf(cause)})`, {
        cause,
      });
    } finally {
      await rm(aside, { force: true });
    }
    const made = await this.read();
    if (made !== undefined) return made;
    throw new SecretsKeyError(`the key of the secrets, ${this.path}, was removed while it was made; try again`);
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
