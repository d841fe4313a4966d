// A worker that misbehaves on request, to test how the page's client takes it. The question says what to do.
import { expose } from 'comlink';
import type { LoadRequest } from '../../src/engine/model-host';
import type { RunRequest } from '../../src/engine/run-source';
import type { EngineError } from '../../src/errors';
import type { DeviceReport } from '../../src/engine/model-report';
import { holdLife } from '../../workers/life';
import type { EngineService } from '../../workers/wire';

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Holds the thread for so many milliseconds, as one long pass of WebAssembly does: no message is answered meanwhile. */
function toil(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

class Unruly implements EngineService {
  hold(lock: string): Promise<boolean> {
    return holdLife(lock);
  }

  probe(): Promise<DeviceReport> {
    return new Promise(() => undefined);
  }

  inspect(): Promise<never> {
    return new Promise(() => undefined);
  }

  stored(): Promise<never> {
    return new Promise(() => undefined);
  }

  forget(): Promise<never> {
    return new Promise(() => undefined);
  }

  explore(): Promise<never> {
    return new Promise(() => undefined);
  }

  async load({ source }: LoadRequest, port: MessagePort): Promise<void> {
    port.postMessage({ type: 'phase', phase: 'download' });
    const wish = source.kind === 'site' ? source.url : '';
    if (wish.endsWith('endless')) {
      port.postMessage({ type: 'phase', phase: 'compile' });
      // As the runtime does over a graph without an end: nothing is heard and nothing is said any more.
      for (;;);
    }
    if (wish.endsWith('short-lived')) port.postMessage({ type: 'ready' });
    else if (wish.endsWith('too-large')) port.postMessage({ type: 'failed', error: { code: 'OUT_OF_MEMORY' } });
    else port.postMessage({ type: 'cancelled' });
  }

  async deviceLost(): Promise<EngineError> {
    await pause(50);
    return { code: 'DEVICE_LOST', message: 'The GPU was lost.', action: 'Load the model again.', retry: true };
  }

  async run({ question }: RunRequest, port: MessagePort): Promise<void> {
    port.postMessage({ type: 'phase', phase: 'read' });
    switch (question) {
      case 'obey':
        port.addEventListener('message', () => port.postMessage({ type: 'cancelled', step: 7 }));
        port.start();
        return pause(10_000);
      case 'labour':
        for (let pass = 0; pass < 12; pass += 1) {
          await pause(300);
          port.postMessage({ type: 'alive' });
        }
        return port.postMessage({ type: 'cancelled', step: 3 });
      case 'ignore':
        return pause(10_000);
      case 'die':
        setTimeout(() => {
          throw new Error('out of luck');
        });
        return pause(10_000);
      case 'close':
        globalThis.close();
        return pause(10_000);
      case 'close later':
        setTimeout(() => globalThis.close(), 200);
        return port.postMessage({ type: 'cancelled', step: null });
      case 'toil and close':
        globalThis.close();
        return toil(1500);
      case 'toil':
        toil(1500);
        return port.postMessage({ type: 'cancelled', step: 5 });
      case 'forget':
        return;
      case 'throw':
        throw new Error('thrown inside');
      default:
        port.postMessage({ type: 'cancelled', step: null });
    }
  }

  async unload(): Promise<void> {}
}

expose(new Unruly());
