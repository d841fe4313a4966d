// Yields to the event loop between two passes, so that messages are handled: awaiting the runtime alone need not leave the current task.

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.addEventListener('message', () => waiting.shift()?.());
port1.start();

let listening: (() => void) | null = null;

/** Calls `listener` between passes, in place of the listener before; null: nobody. A pass before it has ended by then. */
export function onYield(listener: (() => void) | null): void {
  listening = listener;
}

/** Resolves in a later task, after the messages that have already arrived. Much sooner than a timer's least delay. */
export function yieldToMessages(): Promise<void> {
  listening?.();
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}
