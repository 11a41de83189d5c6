import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a fake engine does otherwise. */
export interface FakeDockerWishes {
  /** Images that are there; others have to be pulled. */
  readonly images?: readonly string[];
  /** Images that cannot be pulled. */
  readonly missing?: readonly string[];
  /** The health of a container, look by look; the last one stays. Without any it has no check. */
  readonly health?: readonly string[];
  /** What `docker port` says. */
  readonly ports?: string;
  /** Its server does not answer. */
  readonly isDown?: boolean;
}

/** A program named `docker` that records what it is asked, and executes what is to run in containers on this machine. */
export class FakeDocker {
  readonly #folder: string;

  constructor(folder: string, wishes: FakeDockerWishes = {}) {
    this.#folder = folder;
    mkdirSync(this.bin, { recursive: true });
    const state = { images: wishes.images ?? [], looks: 0 };
    writeFileSync(join(folder, 'state.json'), JSON.stringify(state));
    writeFileSync(join(folder, 'wishes.json'), JSON.stringify(wishes));
    writeFileSync(join(this.bin, 'docker'), `#!${process.execPath}\n(${program})(${JSON.stringify(folder)});\n`, {
      mode: 0o755,
    });
    // one of this machine must not be taken instead
    writeFileSync(join(this.bin, 'podman'), '#!/bin/sh\necho "no podman"\nexit 1\n', { mode: 0o755 });
  }

  /** To be put on a PATH. */
  get bin(): string {
    return join(this.#folder, 'bin');
  }

  /** What it was asked so far, argument lists in their order. */
  calls(): DockerCalls {
    const path = join(this.#folder, 'calls');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
    const all: readonly (readonly string[])[] = lines.map((line) => JSON.parse(line));
    const find = (...beginning: string[]) => {
      const found = all.find((call) => beginning.every((word, index) => call[index] === word));
      if (found === undefined) throw new Error(`nobody asked docker ${beginning.join(' ')}`);
      return found;
    };
    return { all, find };
  }
}

/** What an engine was asked. */
export interface DockerCalls {
  readonly all: readonly (readonly string[])[];
  /** The first that begins like this. */
  find(...beginning: string[]): readonly string[];
}

/** The program; a text, since it runs by itself. */
const program = `function (folder) {
  const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
  const { spawnSync } = require('node:child_process');
  const args = process.argv.slice(2);
  appendFileSync(folder + '/calls', JSON.stringify(args) + '\\n');
  const wishes = JSON.parse(readFileSync(folder + '/wishes.json', 'utf8'));
  const state = JSON.parse(readFileSync(folder + '/state.json', 'utf8'));
  const end = (text, status = 0) => {
    writeFileSync(folder + '/state.json', JSON.stringify(state));
    if (text) process.stdout.write(text + '\\n');
    process.exit(status);
  };
  if (args[0] === '--config') args.splice(0, 2);
  const [verb, noun] = args;
  const valued = ['-e', '-v', '-p', '--workdir', '--label', '--network', '--network-alias', '--name', '--entrypoint', '--user', '--filter'];
  const env = { PATH: process.env.PATH };
  const flags = {};
  let at = 1;
  for (; at < args.length && args[at].startsWith('-'); at++) {
    if (!valued.includes(args[at])) continue;
    const value = args[++at];
    flags[args[at - 1]] = value;
    if (args[at - 1] !== '-e') continue;
    const equals = value.indexOf('=');
    if (equals < 0) env[value] = process.env[value];
    else if (!value.startsWith('PATH=')) env[value.slice(0, equals)] = value.slice(equals + 1);
  }
  const [image, ...rest] = args.slice(at);
  if (verb === 'version') end(wishes.isDown ? 'Cannot connect to the Docker daemon' : '28.0.0', wishes.isDown ? 1 : 0);
  if (verb === 'image') end('', state.images.includes(args[args.length - 1]) ? 0 : 1);
  if (verb === 'pull') {
    if ((wishes.missing || []).includes(noun)) end('manifest unknown', 1);
    state.images.push(noun);
    end('pulled ' + noun);
  }
  if (verb === 'build') {
    state.images.push(args[args.indexOf('--tag') + 1]);
    end('built');
  }
  if (verb === 'inspect' && args.includes('{{json .State}}')) {
    const health = wishes.health || [];
    const now = health[Math.min(state.looks++, health.length - 1)];
    end('WARNING: something\\n' + JSON.stringify({ Status: now === 'ended' ? 'exited' : 'running', Health: now ? { Status: now } : undefined }));
  }
  if (verb === 'inspect' && args.includes('{{json .Config.Env}}')) end(JSON.stringify(['PATH=/image/bin:' + process.env.PATH]));
  if (verb === 'inspect') end('c0ffee'.repeat(10) + 'abcd');
  if (verb === 'port') end(wishes.ports || '');
  if (verb === 'logs') end('it says why');
  if (verb === 'network' && noun === 'inspect') end('', 1);
  if (verb === 'exec' || (verb === 'run' && args.includes('--rm'))) {
    const command = verb === 'exec' ? rest : [flags['--entrypoint'] || 'sh', ...rest];
    if (verb === 'exec' && command[0] === 'chown') end('');
    const cwd = verb === 'exec' ? flags['--workdir'] : process.cwd();
    const done = spawnSync(command[0], command.slice(1), { env, cwd, stdio: 'inherit' });
    end('', done.status === null ? 127 : done.status);
  }
  end('');
}`;
