import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/**
 * In CI a failure has to come twice: on a machine that is busy with something else one wait among thousands may be too
 * short. Everywhere else it counts at once.
 */
const retry = process.env.SIGNALBOX_TEST_RETRY === undefined ? 0 : Number(process.env.SIGNALBOX_TEST_RETRY);

/** Room for a busy machine: a limit is there to end a test that hangs, not to time it. */
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000, retry };

/** GitHub's parser imports JSON as a bundler does, which Node itself refuses; esbuild does it for the program. */
const server = { deps: { inline: [/@actions\/workflow-parser/] } };

/** Its maps name sources that are not in the package; vite would say so for each file. */
const withoutMaps = {
  name: 'without-maps',
  enforce: 'pre' as const,
  load: (id: string) =>
    /@actions\/workflow-parser\/.*\.js$/.test(id)
      ? readFileSync(id, 'utf8').replace(/\/\/# sourceMappingURL=.*/, '')
      : undefined,
};
const plugins = [withoutMaps];

/** The pages are rendered by Preact. */
const oxc = { jsx: { runtime: 'automatic' as const, importSource: 'preact' } };
/**
 * Files share a process, so that modules are loaded once and not for each: that was a quarter of the time. What changes a
 * module for others (nock does so with Node's own) is called `*.alone.test.ts`, and has a process of its own.
 */
const alone = ['tests/{unit,integration}/**/*.alone.test.ts'];
const fast = { server, isolate: false, exclude: alone, ...timeouts };

export default defineConfig({
  test: {
    // vitest leaves a core to itself by default, which on two cores is half of the machine; servers are waited for, too
    maxWorkers: '150%',
    projects: [
      { plugins, oxc, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], ...fast } },
      { plugins, oxc, test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...fast } },
      { plugins, oxc, test: { name: 'alone', include: alone, server, ...timeouts } },
      {
        plugins,
        oxc,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          server,
          testTimeout: 60_000,
          retry,
          hookTimeout: 120_000,
        },
      },
      {
        plugins,
        oxc,
        test: {
          name: 'full',
          include: ['tests/full/**/*.test.ts'],
          server,
          testTimeout: 300_000,
          retry,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
