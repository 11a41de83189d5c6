import { defineConfig } from 'vitest/config';

/** Room for a busy machine: a limit is there to end a test that hangs, not to time it. */
const timeouts = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // vitest leaves a core to itself by default, which on two cores is half of the machine
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], ...timeouts } },
      { test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...timeouts } },
      {
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'full',
          include: ['tests/full/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
