// The text of `npm run evaluate -- --help`.
import { ADAPTER_HELP } from '../adapter';

export const EVALUATE_HELP = `Evaluate ways of answering on a dataset of questions about pictures, on the same items, and compare them.

  npm run evaluate -- --dataset FILE --out FOLDER [options]           evaluate; the same command goes on after a stop
  npm run evaluate -- --verify-only --out FOLDER [--judge NAME]       judge a finished log again, without a model
  npm run evaluate -- merge --out FOLDER SHARD-FOLDER …               join the logs of all shards

What is asked
  --dataset FILE        JSON: a list of {"prompt", "solution", "image_path", "idx"}, and "family", "split", "options" or other short
                        fields where there are any; or a zip file that holds it and the pictures
  --images PLACE        folder or zip file that image_path is looked up in; default: beside the dataset
  --allow-host HOST     pictures whose image_path is an https address may be fetched from this host; may be given many times
  --start-data-idx N    the first item, counted from 0; --end-data-idx N: the one after the last
  --shard I/N           only the Ith of N equal parts, each with a folder of its own, for many machines at once

Arms: what answers
  --method NAME         the main arm's method (default: dmlr); --set name=value changes its settings
  --against A,B         further arms: methods with their defaults; settings that every method has are taken from --set
  --arm NAME:METHOD:a=1,b=2
                        a further arm with settings of its own; may be given many times
  --baseline NAME       the arm that all are compared with; default: the first of --against, else the second arm, else the
                        method's own untouched baseline (NAME:untouched), which is made in the same runs
  --seed N              the seed of every arm; --max-new-tokens N: the longest answer of every arm
  --read-anew           every arm reads picture and prompt for itself, so that its passes, rows and time are those of a run alone
  --device NAME         auto (default), webgpu or wasm
${ADAPTER_HELP.trimEnd()}
  --model NAME          as for npm run ask; default: the embedded one
  --dtype NAME          auto (default), q4, q4f16, fp16 or fp32

How answers are judged
  --judge NAME          strict (default: equal, or equal when case is ignored), lenient (also when the solution occurs in the
                        answer, as in the released code), or llm (--use-llm-verify): a language model behind OPENAI_API_BASE_URL
                        (default: OpenAI's) with OPENAI_API_KEY, called MODEL_TYPE, where the strict rules find no equality;
                        where it gives no verdict, the strict rules count; for multiple choice m3cot (the option that is meant),
                        m3cot-release (lenient: any letter after "the answer is" or "Answer:", in question and output) or
                        scienceqa (the digit or letter after "the answer is")
  --judge-rate N        at most N requests a minute; --judge-timeout N: seconds that one may take (default 30)

How results are broken down
  --by FIELD[,FIELD]    accuracy by these fields of the items; default: family, domain, topic and subject where there are any
  --group NAME=A,B      families that are counted together as well; may be given many times

What is written into FOLDER
  log.jsonl             every finished item is a line; report.txt and report.json; for each arm in arms/NAME: results.json as the
                        released code's, m3cot.jsonl and scienceqa.json as IVT-LR's, inspect.json for "inspect view",
                        samples.jsonl as lmms-eval's
  --save-reward-csv     also reward_logs/reward_steps_000000.csv for each item
  --keep-runs           also each run as runs/000000.jsonl, which the page opens
  --leave-out-times     no times, so that two evaluations of the same are the same to the byte
  --resume              refuse when there is nothing to go on with (going on is what the command does anyway)

Options may be written with _ for -, as the released code has them.
Exit status: 0 every item has a result, 1 some have none, or it was ended by a fault, 2 the request cannot be followed, 130 stopped.
`;
