import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Room for a busy machine: a limit is there to end a test that hangs, not to time it. */
const timeouts = { testTimeout: 30_000, hookTimeout: 60_000 };

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

export default defineConfig({
  test: {
    // vitest leaves a core to itself by default, which on two cores is half of the machine
    maxWorkers: '100%',
    projects: [
      { plugins, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], server, ...timeouts } },
      { plugins, test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], server, ...timeouts } },
      {
        plugins,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          server,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins,
        test: {
          name: 'full',
          include: ['tests/full/**/*.test.ts'],
          server,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
