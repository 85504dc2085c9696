"""kit_requests.py KIT TREE SCRATCH: the cases of the real recipes as JSON lines.

Each line has `id`, our request (`argv`, `cwd`, `env`, as test/support/render-server.ts takes it) and the same as a
request of test/differential/render_peer.py (`peer`).
"""
import importlib.util
import json
import os
import sys

kit, tree, scratch = sys.argv[1:]
spec = importlib.util.spec_from_file_location("compare", os.path.join(kit, "compare.py"))
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)
tree = os.path.realpath(tree)

VALUES = {
    "--build-num": ("buildNumber", int),
    "--build-string-prefix": ("buildStringPrefix", str),
    "--up-to": ("upTo", str),
    "--host-platform": ("host", str),
}


def peer_request(case):
    place = lambda path: os.path.join(tree, path)
    recipe = place(case["recipe"])
    request = {
        "recipes": [os.path.join(recipe, "recipe.yaml") if os.path.isdir(recipe) else recipe],
        "variantFiles": [place(path) for path in case["m"]],
        "target": case["target"],
        "build": case["build"],
        "outputDir": os.path.join(scratch, "peer"),
    }
    flags = case.get("flags", [])
    for flag, value in zip(flags, flags[1:]):
        if flag in VALUES:
            name, kind = VALUES[flag]
            request[name] = kind(value)
        if flag == "--variant":
            key, _, values = value.partition("=")
            request.setdefault("overrides", {})[key] = values.split(",")
    if "--ignore-recipe-variants" in flags:
        request["ignoreRecipeVariants"] = True
    return request


for case in compare.load_cases():
    argv, cwd = compare.argv(["build"], case, tree, os.path.join(scratch, "out"))
    env = compare.environment(case, scratch)
    line = {"id": case["id"], "argv": argv, "cwd": cwd, "env": env, "peer": peer_request(case)}
    print(json.dumps(line))
