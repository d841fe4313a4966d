// The tests' side of a running hub stand-in: tells it how to behave and reads its log. Works in a page, a worker and Node.
import type { Entry, Rule } from './rule';

export class HubControl {
  /** Origin of the hub, or of the plain folder. */
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async misbehave(rule: Rule): Promise<void> {
    await fetch(`${this.origin}/__faults`, { method: 'POST', body: JSON.stringify(rule) });
  }

  /** Forgets rules and log. */
  async reset(): Promise<void> {
    await fetch(`${this.origin}/__reset`, { method: 'POST' });
  }

  /** What was asked so far; entries go on changing on the server while their bodies are sent. */
  async log(): Promise<readonly Entry[]> {
    return (await (await fetch(`${this.origin}/__log`)).json()) as readonly Entry[];
  }

  /** Bytes of bodies sent for a file, redirects and refusals not counted. */
  async sent(file: string): Promise<number> {
    const bodies = (await this.log()).filter(
      (entry) => entry.file?.endsWith(file) === true && (entry.status === 200 || entry.status === 206),
    );
    return bodies.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
