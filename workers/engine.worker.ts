// The engine's thread: exposes the engine to the page.
import { expose } from 'comlink';
import { EngineHost } from './engine-service';

expose(new EngineHost());
