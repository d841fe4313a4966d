"""Reads the logs of evaluations with Inspect itself: python -m recipes.evaluation.check_inspect FOLDER/arms/*/inspect.json."""

import argparse
import json
import tempfile
from pathlib import Path

from inspect_ai.log import EvalLog, bundle_log_dir, read_eval_log, write_eval_log


def check(path):
    """Holds one log to Inspect's schema and to the log's own samples; returns a line about it."""
    raw = json.loads(path.read_text())
    known = set(EvalLog.model_fields)
    assert set(raw) <= known, f"{path}: Inspect knows no {sorted(set(raw) - known)}"
    log = read_eval_log(str(path))
    assert log.status == "success" and log.samples is not None
    assert len(log.samples) == log.results.completed_samples == len(raw["samples"])
    for score in log.results.scores:
        right = sum(sample.scores[score.name].value == "C" for sample in log.samples)
        assert abs(score.metrics["accuracy"].value - right / len(log.samples)) < 1e-12, f"{path}: {score.name}"
    for sample, written in zip(log.samples, raw["samples"]):
        assert sample.output.completion == written["output"]["completion"]
        assert sample.metadata == written["metadata"]
    header = read_eval_log(str(path), header_only=True)
    assert header.samples is None and header.results.scores[0].name == "judge"
    return log, f"{path}: {log.eval.task}, {len(log.samples)} samples, accuracy {log.results.scores[0].metrics['accuracy'].value:.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("logs", nargs="+", type=Path)
    paths = parser.parse_args().logs
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder) / "logs"
        logs.mkdir()
        for number, path in enumerate(paths):
            log, line = check(path)
            print(line)
            # What Inspect has read it writes in its own format, and its viewer takes it.
            write_eval_log(log, str(logs / f"{number}.eval"))
        bundle_log_dir(str(logs), str(Path(folder) / "viewer"))
        assert (Path(folder) / "viewer" / "index.html").exists()
        print(f"viewer with {len(list((Path(folder) / 'viewer' / 'logs').glob('*.eval')))} logs")


if __name__ == "__main__":
    main()
