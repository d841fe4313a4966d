// The command line of `npm run evaluate`.
import { describe, expect, it } from 'vitest';
import { EngineFault } from '../../../../../src/errors';
import { UsageError } from '../../../../../web/cli/command';
import { parseEvaluate, type RunOptions } from '../../../../../web/cli/evaluate/options';

const FILES = ['--dataset', 'd.json', '--out', 'o'];
function run(...args: readonly string[]): RunOptions {
  const options = parseEvaluate([...FILES, ...args]);
  if (options === 'help' || options.command !== 'run') throw new Error('no run');
  return options;
}

describe('what is evaluated', () => {
  it('is by default the first method against its own untouched baseline, strictly judged', () => {
    expect(run()).toMatchObject({
      dataset: 'd.json',
      out: 'o',
      arms: [{ name: 'dmlr', method: 'dmlr', settings: {} }],
      baseline: 'dmlr:untouched',
      judge: 'strict',
      from: 0,
      to: null,
      shard: { number: 1, of: 1 },
      times: true,
      keepRuns: false,
      device: 'auto',
      model: null,
    });
    expect(run('--method', 'direct').baseline).toBe('direct');
    expect(run('--set', 'baseline=none').baseline).toBe('dmlr');
  });

  it('has arms of one method each, the first of --against as the baseline', () => {
    const { arms, baseline } = run(
      '--method',
      'dmlr',
      '--against',
      'direct,cot',
      '--set',
      'steps=3',
      '--set',
      'dependence=off',
      '--seed',
      '7',
    );
    expect(arms).toEqual([
      { name: 'dmlr', method: 'dmlr', settings: { steps: 3, dependence: false, seed: 7 } },
      { name: 'direct', method: 'direct', settings: { dependence: false, seed: 7 } },
      { name: 'cot', method: 'cot', settings: { dependence: false, seed: 7 } },
    ]);
    expect(baseline).toBe('direct');
  });

  it('may be arms with settings of their own', () => {
    const { arms, baseline } = run('--arm', 'long:dmlr:steps=30', '--arm', 'plain:direct', '--max_new_tokens', '9');
    expect(arms).toEqual([
      { name: 'long', method: 'dmlr', settings: { steps: 30, maxNewTokens: 9 } },
      { name: 'plain', method: 'direct', settings: { maxNewTokens: 9 } },
    ]);
    expect(baseline).toBe('plain');
    expect(run('--arm', 'a:dmlr:steps=1', '--baseline', 'a:untouched').baseline).toBe('a:untouched');
    expect(run('--arm', 'a:dmlr:steps=1', '--against', 'direct', '--method', 'cot')).toMatchObject({ baseline: 'direct' });
  });

  it("understands the released code's names", () => {
    const options = run('--start_data_idx', '5', '--end_data_idx=9', '--save_reward_csv', '--use_llm_verify', '--resume', '--seed=3');
    expect(options).toMatchObject({ from: 5, to: 9, saveRewardCsv: true, judge: 'llm', resume: true });
    expect(options.arms[0].settings).toEqual({ seed: 3 });
    expect(parseEvaluate(['--verify_only', '--out', 'o_o'])).toMatchObject({ command: 'verify', out: 'o_o', judge: 'strict' });
  });

  it('is broken down by fields and named groups, also when a log is judged again or joined', () => {
    expect(run()).toMatchObject({ by: null, groups: [], readAnew: false });
    const args = ['--by', 'domain, topic', '--by', 'domain', '--group', 'two-step=two_hop,sum,sum', '--group', 'other=colour'];
    const groups = [
      { name: 'two-step', families: ['two_hop', 'sum'] },
      { name: 'other', families: ['colour'] },
    ];
    expect(run(...args, '--read_anew', '--judge', 'm3cot-release')).toMatchObject({
      by: ['domain', 'topic'],
      groups,
      readAnew: true,
      judge: 'm3cot-release',
    });
    for (const command of [['--verify-only'], ['merge', 'a']]) {
      expect(parseEvaluate([...command, '--out', 'o', ...args])).toMatchObject({ by: ['domain', 'topic'], groups });
    }
  });

  it('may be a part, a merge, or text', () => {
    expect(run('--shard', '2/8').shard).toEqual({ number: 2, of: 8 });
    expect(parseEvaluate(['merge', '--out', 'o', 'a', 'b'])).toMatchObject({ command: 'merge', shards: ['a', 'b'] });
    expect(parseEvaluate(['-h'])).toBe('help');
  });
});

describe('refused in one sentence', () => {
  it.each([
    [['--out', 'o'], '--dataset is missing'],
    [['--dataset', 'd.json'], '--out is missing'],
    [[...FILES, 'mrege'], '"mrege" is no part of this command'],
    [['merge', '--out', 'o'], 'merge needs the output folders'],
    [[...FILES, '--shard', '3/2'], '--shard cannot be "3/2"'],
    [[...FILES, '--shard', '0/2'], '--shard cannot be "0/2"'],
    [[...FILES, '--start-data-idx', '5', '--end-data-idx', '5'], 'must be above'],
    [[...FILES, '--judge', 'kind'], '--judge cannot be "kind": give one of strict, lenient, llm, m3cot, m3cot-release, scienceqa'],
    [[...FILES, '--by', 'two words'], '--by cannot be "two words"'],
    [[...FILES, '--by', ','], '--by cannot be ","'],
    [[...FILES, '--group', 'two-step'], '"two-step" is not of the form name=value'],
    [[...FILES, '--group', 'two-step=,'], '--group two-step has no family'],
    [[...FILES, '--group', 'a=x', '--group', 'a=y'], 'Two groups are called "a"'],
    [[...FILES, '--judge', 'lenient', '--use_llm_verify'], 'means --judge llm'],
    [[...FILES, '--judge-rate', '0'], '--judge-rate cannot be "0"'],
    [[...FILES, '--baseline', 'cot'], '--baseline cannot be "cot": give one of dmlr, dmlr:untouched'],
    [[...FILES, '--method', 'none'], 'There is no method "none"'],
    [[...FILES, '--against', 'direct,none'], 'There is no method "none"'],
    [[...FILES, '--against', 'dmlr'], 'Two arms are called "dmlr"'],
    [[...FILES, '--set', 'steps'], '"steps" is not of the form name=value'],
    [[...FILES, '--set', 'stpes=1'], 'no setting "stpes"'],
    [[...FILES, '--seed', 'x'], 'seed cannot be "x"'],
    [[...FILES, '--allow-host', 'https://example.org/x'], '--allow-host cannot be'],
    [[...FILES, '--device', 'wasm', '--adapter', 'software'], 'leave it out with --device wasm'],
    [[...FILES, '--nonsense'], '--nonsense'],
  ])('%j', (args, words) => {
    let thrown: unknown = null;
    try {
      parseEvaluate(args);
    } catch (error) {
      thrown = error;
    }
    if (thrown instanceof EngineFault) expect(thrown.value.code).toBe('BAD_INPUT');
    else expect(thrown).toBeInstanceOf(UsageError);
    expect((thrown as Error).message).toContain(words);
  });
});
