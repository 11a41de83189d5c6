import type { loadSettings } from '../../src/web/settings-page.ts';

/** Data of the settings. */
export type SettingsData = Awaited<ReturnType<typeof loadSettings>>;
