// The model on WASM.
import { describeCosts } from './cost-suite';
import { embeddedModel } from './helpers';
import { describeLeaks } from './leak-suite';
import { describeModel } from './model-suite';

const float32 = embeddedModel('wasm', 'fp32');
const fourBit = embeddedModel('wasm', 'q4');

describeModel('the embedded model on WASM, 4-bit', fourBit);
describeLeaks(fourBit, null, 10, 90);
describeModel('the embedded model on WASM, float32', float32);
describeCosts('WASM', float32, null);
