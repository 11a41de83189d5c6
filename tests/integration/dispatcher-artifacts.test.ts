import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { DEFAULT_ARTIFACTS } from '../../src/config/config.ts';
import { HttpArtifacts } from '../../src/runner/actions/http-artifacts.ts';
import { CI_SH, Ci, DEFAULTS } from '../support/ci.ts';

/** A job that a runner holds, and the client that its built-in actions get. */
async function startJob(artifacts = DEFAULT_ARTIFACTS) {
  const config = { defaults: DEFAULTS, repositories: new Map(), classicRepository: null, artifacts };
  const ci = await Ci.start({ config, serverUrl: () => 'http://ci.example.org' });
  const repository = await ci.repository(CI_SH);
  const runner = await ci.runner();
  await ci.push(repository);
  const lease = await runner.lease();
  const client = (ticket = lease.git.ticket, tries = 1) =>
    new HttpArtifacts({ url: () => `http://${ci.address}/artifacts`, ticket, tries });
  const file = join(ci.home, 'upload.zip');
  const zip = (content: Buffer, name = 'site') => {
    writeFileSync(file, content);
    const digest = createHash('sha256').update(content).digest('hex');
    return { name, file, bytes: content.length, digest, overwrite: false };
  };
  return {
    ...{ ci, runner, lease, client, zip },
    async [Symbol.asyncDispose]() {
      await ci[Symbol.asyncDispose]();
      await repository[Symbol.asyncDispose]();
    },
  };
}

test('what a job uploads can be had by the jobs of its run, as long as they hold their lease', async () => {
  await using job = await startJob();
  const content = randomBytes(3_000_000);
  const kept = await job.client().upload(job.zip(content));
  expect(kept).toMatchObject({ name: 'site', bytes: 3_000_000, url: `http://ci.example.org/api/artifacts/${kept.id}` });
  const [listed] = await job.client().list();
  expect(listed).toEqual(kept);
  expect((await buffer(await job.client().open(kept))).equals(content)).toBe(true);
  await expect(job.client().open({ ...kept, id: 99 })).rejects.toThrow('this run has no artifact 99');
  await expect(job.client(`${job.lease.git.ticket.slice(0, -1)}x`).list()).rejects.toThrow(/ticket is not good/);
  await job.runner.finished(job.lease);
  await expect(job.client().list()).rejects.toThrow(/ticket is not good/);
});

test('a name is taken once; sent again, an artifact is the same one', async () => {
  await using job = await startJob();
  const upload = job.zip(Buffer.from('one'));
  await job.client().upload(upload);
  await expect(job.client().upload(upload)).rejects.toThrow(/an artifact named site exists already in this run/);
  const other = await job.client().upload({ ...job.zip(Buffer.from('two')), overwrite: true });
  expect(await job.client().list()).toEqual([other]);
  const query = `name=site&bytes=3&overwrite=false&again=true&digest=${other.digest}`;
  const authorization = `Basic ${Buffer.from(`lease:${job.lease.git.ticket}`).toString('base64')}`;
  const init = { method: 'PUT', headers: { authorization }, body: 'two' };
  const answer = await fetch(`http://${job.ci.address}/artifacts?${query}`, init);
  expect(await answer.json()).toEqual(other);
});

test('one that is too large is not taken, and one that is damaged on the way is not kept', async () => {
  await using job = await startJob({ ...DEFAULT_ARTIFACTS, maxBytes: 1000 });
  await expect(job.client().upload(job.zip(randomBytes(1001)))).rejects.toThrow(
    /the artifact site is 1 MB large, and this server takes 1 MB at most \(artifacts\.max_mb in signalbox\.yml\)/,
  );
  const wrong = { ...job.zip(Buffer.from('abc')), digest: '0'.repeat(64) };
  await expect(job.client().upload(wrong)).rejects.toThrow(/did not arrive as it was sent/);
  expect(await job.client().list()).toEqual([]);
  expect(readdirSync(join(job.ci.home, 'artifacts'))).toEqual([]);
});

test('what has expired goes, then the oldest beyond the limit, and files that belong to nothing', async () => {
  await using job = await startJob();
  const { artifacts } = job.ci.store;
  await job.client().upload({ ...job.zip(randomBytes(10), 'short'), retentionDays: 1 });
  await job.client().upload(job.zip(randomBytes(600), 'old'));
  await job.client().upload(job.zip(randomBytes(600), 'new'));
  const names = async () => (await job.client().list()).map(({ name }) => name);
  const stray = join(job.ci.home, 'artifacts', 'stray.zip.partial');
  writeFileSync(stray, '');
  utimesSync(stray, 1, 1);
  const now = job.ci.clock.now().getTime();
  expect(await artifacts.tidy(new Date(now + 2 * 86_400_000), 1e9)).toBe(1);
  expect(await names()).toEqual(['new', 'old']);
  expect(await artifacts.tidy(new Date(now), 1000)).toBe(1);
  expect(await names()).toEqual(['new']);
  expect(readdirSync(join(job.ci.home, 'artifacts'))).toHaveLength(1);
});

test('a runner waits for a dispatcher that is away', async () => {
  await using job = await startJob();
  const upload = job.zip(Buffer.from('one'));
  const address = job.ci.address;
  const client = new HttpArtifacts({
    url: () => `http://${address}/artifacts`,
    ticket: job.lease.git.ticket,
    tries: 2,
  });
  await job.ci.dispatcher.stop();
  await expect(client.upload(upload)).rejects.toThrow(/the dispatcher does not answer \(.*ECONNREFUSED/);
});
