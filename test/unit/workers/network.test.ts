// The worker's network: its own origin, hosts of models that were named, and no other way out.
import { expect, test, vi } from 'vitest';
import { confineNetwork, type NetworkScope } from '../../../workers/network';

const OWN = { href: 'https://lab.example/assets/engine.worker.js', origin: 'https://lab.example' };

function scope() {
  const reached = vi.fn(async () => new Response('there'));
  const ways = { XMLHttpRequest: vi.fn(), WebSocket: vi.fn(), EventSource: vi.fn() };
  const confined: NetworkScope & typeof ways = { fetch: reached, location: OWN, ...ways };
  return { reached, confined, permit: confineNetwork(confined) };
}

test('reaches its own origin, and what is in the browser already', async () => {
  const { confined, reached } = scope();
  for (const address of ['../models/a.onnx', 'https://lab.example/b', 'blob:https://lab.example/1', 'data:,c'])
    await confined.fetch(address);
  await confined.fetch(new Request('https://lab.example/d'));
  expect(reached).toHaveBeenCalledTimes(5);
});

test('reaches a host only when a model there was named, and no other because of it', async () => {
  const { confined, reached, permit } = scope();
  const addresses = ['https://hub.example/api', '//hub.example/api', 'https://hub.example:8443/api', 'http://hub.example/api'];
  for (const address of addresses) await expect(confined.fetch(address)).rejects.toThrow(TypeError);
  await expect(confined.fetch(new Request('https://hub.example/x'))).rejects.toThrow('https://hub.example');
  expect(reached).not.toHaveBeenCalled();

  permit({ kind: 'hub', host: 'https://hub.example', id: 'a/b', revision: 'main' });
  for (const address of addresses.slice(0, 2)) await confined.fetch(address);
  for (const address of addresses.slice(2)) await expect(confined.fetch(address)).rejects.toThrow(TypeError);
  expect(reached).toHaveBeenCalledTimes(2);

  permit({ kind: 'url', url: 'http://localhost:8000/model/' });
  await confined.fetch('http://localhost:8000/model/config.json');
  permit({ kind: 'folder', name: 'mine', files: [] });
  await expect(confined.fetch('https://elsewhere.example/')).rejects.toThrow(TypeError);
});

test('has no other way to the network', () => {
  const { confined } = scope();
  expect([confined.XMLHttpRequest, confined.WebSocket, confined.EventSource]).toEqual([undefined, undefined, undefined]);
  expect(() => {
    confined.WebSocket = vi.fn();
  }).toThrow(TypeError);
});
