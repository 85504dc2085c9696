"""compare_real_recipes.py KIT TREE JOBS COMMAND...: all cases of the kit against what COMMAND answers.

The kit's own compare.py says what is compared; here it only gets its answers from few long-lived processes of COMMAND
(one JSON request per line, one JSON answer per line) instead of one process per case. Prints what differs, and
how many cases agree as the last line. Exit status 0 only if all do.
"""
import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import threading

kit, tree, jobs, *command = sys.argv[1:]
spec = importlib.util.spec_from_file_location("compare", os.path.join(kit, "compare.py"))
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)

tree = os.path.realpath(tree)
cases = compare.load_cases()
goldens = compare.load_goldens()
cases = [case for case in cases if case["id"] in goldens]


def request(case, scratch):
    argv, cwd = compare.argv(["build"], case, tree, os.path.join(scratch, "out"))
    env = compare.environment(case, scratch)
    return {"id": case["id"], "argv": argv, "cwd": cwd, "env": env}


def result(answer):
    if answer["kind"] != "ok":
        error = answer["stderr"].strip().splitlines() or [""]
        return {"kind": answer["kind"], "code": 1, "error": error[0], "text": answer["stderr"]}
    outputs = [compare.facts(output) for output in json.loads(answer["stdout"])]
    skipped = sorted(re.findall(compare.SKIPPED, answer["stderr"]))
    return {"kind": "ok", "outputs": outputs, "skipped": skipped}


def work(share, scratch, answers):
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )

    def feed():
        with process.stdin as pipe:
            for case in share:
                pipe.write(json.dumps(request(case, scratch)) + "\n")

    feeder = threading.Thread(target=feed)
    feeder.start()
    for line in process.stdout:
        answer = json.loads(line)
        answers[answer["id"]] = result(answer)
    feeder.join()
    process.wait()


options = argparse.Namespace(deep=True, skips=True, loose=False)
answers = {}
with tempfile.TemporaryDirectory(prefix="real-recipes-") as scratch:
    count = int(jobs)
    workers = [
        threading.Thread(target=work, args=(cases[index::count], scratch, answers))
        for index in range(count)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

agreed = 0
for case in cases:
    answer = answers.get(case["id"], {"kind": "crash", "error": "no answer"})
    differences = compare.compare(goldens[case["id"]], answer, options)
    agreed += not differences
    for kind, text in differences[:10]:
        print("%s %s: %s: %s" % (case["id"], case["repo"], kind, text))
print("%d of %d cases agree" % (agreed, len(cases)))
sys.exit(0 if agreed == len(cases) and cases else 1)
