// The model on WASM.
import { describeModel } from './model-suite';
import { embeddedModel } from './helpers';

describeModel('the embedded model on WASM, 4-bit', embeddedModel('wasm', 'q4'));
describeModel('the embedded model on WASM, float32', embeddedModel('wasm', 'fp32'));
