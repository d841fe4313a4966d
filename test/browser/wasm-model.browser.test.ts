// The model on WASM.
import { describeCosts } from './cost-suite';
import { embeddedModel } from './helpers';
import { describeModel } from './model-suite';

const float32 = embeddedModel('wasm', 'fp32');

describeModel('the embedded model on WASM, 4-bit', embeddedModel('wasm', 'q4'));
describeModel('the embedded model on WASM, float32', float32);
describeCosts('WASM', float32, null);
