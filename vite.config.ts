// How Noema is built and how its Vitest projects run; every path is relative, so the result can be served from any folder.
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { wasmFiles } from './test/f16/wasm-files.ts';
import { CHROMIUM_FLAGS, findChromium } from './web/cli/chromium.ts';
import { licencePlugins } from './web/cli/licence-notices.ts';
import { securityPolicy } from './web/cli/security-policy.ts';

/** The runtime loads WASM by URL: pre-bundling moves it away from it. */
const NOT_PREBUNDLED = ['onnxruntime-web'];

/** Found only inside test files and workers, where finding them late would reload a running browser test. */
const PREBUNDLED = [
  '@huggingface/tokenizers',
  'comlink',
  'd3-array',
  'd3-shape',
  'hash-wasm',
  'idb-keyval',
  'lucide-react',
  'p-limit',
  'react',
  'react-dom/client',
  'react/jsx-dev-runtime',
  'valibot',
  'zustand',
  'zustand/vanilla',
];

/** Notes about the build that ask for nothing: how long plugins take is of no interest to who starts the page. */
const QUIET = { pluginTimings: false };

const executablePath = findChromium();

/** Our own modules, but for the workers' scripts. */
const OURS = /\/(?:src|models|workers)\/(?!\w+\.worker\.ts)/;

const licences = licencePlugins();

export default defineConfig({
  base: './',
  // A file that is not there is 404, not index.html: a missing model must not look like a broken one.
  appType: 'mpa',
  plugins: [react(), securityPolicy(), licences.collect(), licences.write()],
  worker: {
    format: 'es',
    plugins: () => [licences.collect()],
    // All of ours stands beside the worker's own script: WebKit runs that script a second time when another chunk imports it.
    rolldownOptions: { checks: QUIET, output: { codeSplitting: { groups: [{ name: 'engine', test: OURS }] } } },
  },
  optimizeDeps: { include: PREBUNDLED, exclude: NOT_PREBUNDLED },
  build: {
    target: 'esnext',
    manifest: true,
    // Compressing the runtimes' WASM only to print its size takes longer than the build.
    reportCompressedSize: false,
    // WASM and models are larger than any warning threshold worth having; `npm run size` guards what the first view loads.
    chunkSizeWarningLimit: 100_000,
    rolldownOptions: { checks: QUIET, input: { main: 'index.html', headless: 'web/headless/index.html' } },
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/{unit,property}/**/*.test.{ts,tsx}'],
          // Property tests try many cases, and a test may share its machine.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.browser.test.{ts,tsx}', 'test/parity/**/*.test.ts'],
          // A model hub of our own on this machine; tests get its address with inject('hub').
          globalSetup: ['test/hub/setup.ts'],
          // Nothing here is measured by the clock; a software adapter on a busy machine takes minutes to compile a model's shaders.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Two cores: files in turn, so that one measures nothing while another computes.
          fileParallelism: false,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { args: [...CHROMIUM_FLAGS], ...(executablePath === null ? {} : { executablePath }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        extends: true,
        plugins: [wasmFiles()],
        test: {
          // Started by `npm run test:f16`, which brings what it needs.
          name: 'f16',
          environment: 'node',
          include: ['test/f16/**/*.test.ts'],
          globalSetup: ['test/f16/serve.ts'],
          setupFiles: ['test/f16/webgpu.ts'],
          // Compiling for the processor takes most of the time, on a busy machine minutes.
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      // Started by `npm run test:firefox` and `npm run test:webkit`, which bring the browser.
      ...(['firefox', 'webkit'] as const).map((otherBrowser) => ({
        extends: true as const,
        test: {
          name: otherBrowser,
          environment: 'node' as const,
          include: ['test/other-browsers/**/*.test.ts'],
          globalSetup: ['test/other-browsers/serve.ts'],
          provide: { otherBrowser },
          // Nothing here is measured by the clock.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      })),
    ],
  },
});
