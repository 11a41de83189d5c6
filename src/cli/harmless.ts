export { harmless, oneLine, TextCleaner } from '../support/harmless.ts';
