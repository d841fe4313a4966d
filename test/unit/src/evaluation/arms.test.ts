// Arms as the command line writes them.
import { describe, expect, it } from 'vitest';
import { checkArms, makeArm, parseArm } from '../../../../src/evaluation/arms';
import { METHODS } from '../../../../src/methods/registry';
import { faultOf } from '../../../faults';

const arm = (text: string, shared: readonly (readonly [string, string])[] = []) => parseArm(text, shared, METHODS);

describe('an arm', () => {
  it('has a name, a method, and the settings that differ', () => {
    expect(arm('frozen:dmlr:learningRate=0.000001,steps=15')).toEqual({
      name: 'frozen',
      method: 'dmlr',
      settings: { learningRate: 0.000001 },
    });
    expect(arm('plain:direct')).toEqual({ name: 'plain', method: 'direct', settings: {} });
    expect(arm('cot')).toEqual({ name: 'cot', method: 'cot', settings: {} });
    expect(arm('dmlr:steps=3')).toEqual({ name: 'dmlr', method: 'dmlr', settings: { steps: 3 } });
    expect(arm('x:ivtlr:latentSteps=2,PATCH_REUSE_POLICY=always')).toEqual({
      name: 'x',
      method: 'ivtlr',
      settings: { latentSteps: 2, reuse: 'always' },
    });
  });

  it('takes of the shared settings those that its method has; its own come after them', () => {
    const shared = [
      ['seed', '7'],
      ['steps', '2'],
      ['maxNewTokens', '9'],
    ] as const;
    expect(arm('direct', shared).settings).toEqual({ seed: 7, maxNewTokens: 9 });
    expect(arm('d:dmlr:steps=4', shared).settings).toEqual({ steps: 4, seed: 7, maxNewTokens: 9 });
  });

  it.each([
    ['x:nothing', 'There is no method "nothing"'],
    ['x:dmlr:stpes=3', 'no setting "stpes"'],
    ['x:dmlr:steps=-3', 'steps cannot be "-3"'],
    ['x:dmlr:minPixels=400000', 'minPixels (400000) is above maxPixels'],
    ['a:b:c:d', 'is not of the form'],
    ['', 'is not of the form'],
    ['x:dmlr:steps=3,4', '"4" is not of the form name=value'],
    ['a b:dmlr', 'cannot be the name'],
    ['../x:dmlr', 'cannot be the name'],
  ])('%s is refused', (text, words) => {
    const { code, message } = faultOf(() => arm(text));
    expect(code).toBe('BAD_INPUT');
    expect(message).toContain(words);
  });

  it('is named once', () => {
    checkArms([arm('direct'), arm('cot')]);
    expect(faultOf(() => checkArms([arm('direct'), makeArm('direct', 'cot', [], [], METHODS)])).message).toContain('"direct"');
  });
});

it('an arm takes a preset, changed further, and the released code’s names', () => {
  expect(arm('climb:dmlr:preset=population,samples=2').settings).toMatchObject({ samples: 2, antithetic: true, momentum: 0.7 });
  expect(arm('d:dmlr:lr=0.5').settings).toEqual({ learningRate: 0.5 });
  expect(() => arm('d:dmlr:preset=telepathy')).toThrow('has no preset');
});
