// Chooses a build of ONNX Runtime for this browser and loads it; the only place that names its files.
import type * as OrtModule from 'onnxruntime-common';
import asyncifyUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import jspiUrl from 'onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url';
import plainUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { notFetched } from './failures';

export type Ort = typeof OrtModule;

/** The builds: WebGPU by stack switching (small, needs WebAssembly.Suspending), WebGPU by asyncify (anywhere), processor only. */
export type OrtBuild = 'jspi' | 'asyncify' | 'plain';

export function chooseBuild(device: 'webgpu' | 'wasm'): OrtBuild {
  if (device === 'wasm') return 'plain';
  return 'Suspending' in WebAssembly ? 'jspi' : 'asyncify';
}

const loaded = new Map<OrtBuild, Promise<Ort>>();

/**
 * Loads a build once per thread. Its WebAssembly file is served by the page itself; nothing is fetched from elsewhere.
 * Throws DOWNLOAD when the files cannot be fetched.
 */
export function loadOrt(build: OrtBuild): Promise<Ort> {
  let ort = loaded.get(build);
  if (!ort) {
    ort = importBuild(build).catch((error: unknown) => {
      loaded.delete(build);
      throw notFetched(String(error));
    });
    loaded.set(build, ort);
  }
  return ort;
}

async function importBuild(build: OrtBuild): Promise<Ort> {
  switch (build) {
    case 'jspi':
      return prepare(await import('onnxruntime-web/jspi'), jspiUrl);
    case 'asyncify':
      return prepare(await import('onnxruntime-web/webgpu'), asyncifyUrl);
    case 'plain':
      return prepare(await import('onnxruntime-web/wasm'), plainUrl);
  }
}

function prepare(ort: Ort, wasmUrl: string): Ort {
  ort.env.wasm.wasmPaths = { wasm: new URL(wasmUrl, import.meta.url).href };
  ort.env.wasm.proxy = false;
  // Threads need a cross-origin isolated page; a static host rarely sends the headers for one.
  ort.env.wasm.numThreads = globalThis.crossOriginIsolated ? Math.max(1, Math.min(4, Math.ceil(navigator.hardwareConcurrency / 2))) : 1;
  ort.env.logLevel = 'error';
  return ort;
}
