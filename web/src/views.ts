import type { PageView } from './page.ts';

/** How each page looks, loaded when it is needed: a browser gets the code of the page that it shows, and no other. */
export const views: Readonly<Record<string, () => Promise<PageView<unknown>>>> = {
  home: async () => (await import('./pages/home.tsx')).home,
  runs: async () => (await import('./pages/runs.tsx')).runs,
  repository: async () => (await import('./pages/repository.tsx')).repository,
  run: async () => (await import('./pages/run.tsx')).run,
  log: async () => (await import('./pages/log.tsx')).log,
  queue: async () => (await import('./pages/queue.tsx')).queue,
  runners: async () => (await import('./pages/runners.tsx')).runners,
  deliveries: async () => (await import('./pages/deliveries.tsx')).deliveries,
  settings: async () => (await import('./pages/settings.tsx')).settings,
  api: async () => (await import('./pages/api.tsx')).api,
  problem: async () => (await import('./pages/problem.tsx')).problem,
};
