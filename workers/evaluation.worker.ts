// The thread of the page's evaluation: confines its network, then exposes the bookkeeping to the page.
import { expose } from 'comlink';
import { EvaluationService } from './evaluation/service';
import { confineNetwork } from './network';

expose(new EvaluationService(confineNetwork(self)));
