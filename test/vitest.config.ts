import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['support/tools-setup.ts'],
    // A bound on tests that wait for a condition which never comes; nothing is timed.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Real servers and browsers on few cores: files one after another keep what they measure their own.
    fileParallelism: false,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.tmp/results.json' }]] : ['default'],
  },
});
