// The page without a screen: lets `npm run ask` use the same engine, in the same browser, as the page with one.
import { parseSettings } from '../../src/settings/schema';
import { LiveEngine } from '../engine/live-engine';
import type { EventSink, HeadlessRequest } from './protocol';

const engine = new LiveEngine();
let stopper = new AbortController();

async function ask(request: HeadlessRequest): Promise<void> {
  stopper = new AbortController();
  const { signal } = stopper;
  const tell: EventSink = window.noemaEvent ?? (() => Promise.resolve());
  const { method, question, settings, picture, source, dtype, device, token } = request;
  for await (const event of engine.load({ source, dtype, device, ...(token === undefined ? {} : { token }) }, signal)) {
    await tell('load', JSON.stringify(event));
    if (event.type === 'failed' || event.type === 'cancelled') return;
  }
  const bytes = Uint8Array.from(atob(picture.base64), (character) => character.charCodeAt(0)).buffer;
  const job = { method, question, settings: parseSettings(settings), picture: { bytes, name: picture.name } };
  for await (const event of engine.run(job, signal)) await tell('run', JSON.stringify(event));
}

window.noema = { ask, stop: () => stopper.abort() };
