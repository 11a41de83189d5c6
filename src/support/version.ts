declare const __SIGNALBOX_VERSION__: string | undefined;

/** Version of the program, from package.json; the build writes it in. */
export const VERSION: string = typeof __SIGNALBOX_VERSION__ === 'string' ? __SIGNALBOX_VERSION__ : '0.0.0-source';
