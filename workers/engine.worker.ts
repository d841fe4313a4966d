// The engine's thread: confines its network, then exposes the engine to the page.
import { expose } from 'comlink';
import { METHODS } from '../src/methods/registry';
import { EngineHost } from './engine-service';
import { confineNetwork } from './network';

expose(new EngineHost(METHODS, confineNetwork(self)));
