"""Renders recipes with rattler-build in one process: a JSON request per line on standard input, a JSON answer per line.

A request names files on disk. By default it goes through the whole command (variant files, order, JSON of
`--render-only`); `"experimental": true` goes through the rendering interface instead, since the command of this
package has no such switch; its answer has the order of rendering and no sibling list.
"""
import json
import os
import sys
import tempfile
import warnings

import rattler_build
from rattler_build import cli_api

warnings.simplefilter("ignore")


def captured(action):
    """What native code prints to standard output while `action` runs."""
    sys.stdout.flush()
    saved = os.dup(1)
    with tempfile.TemporaryFile() as sink:
        os.dup2(sink.fileno(), 1)
        try:
            action()
        finally:
            os.dup2(saved, 1)
            os.close(saved)
        sink.seek(0)
        return sink.read().decode()


def by_command(request):
    def build():
        cli_api.build_recipes(
            request["recipes"],
            render_only=True,
            target_platform=request["target"],
            host_platform=request.get("host"),
            build_platform=request["build"],
            variant_config=request.get("variantFiles", []),
            variant_overrides=request.get("overrides", {}),
            ignore_recipe_variants=request.get("ignoreRecipeVariants", False),
            build_num=request.get("buildNumber"),
            build_string_prefix=request.get("buildStringPrefix"),
            up_to=request.get("upTo"),
            output_dir=request["outputDir"],
        )

    text = captured(build)
    return json.loads(text) if text.strip() else []


def by_interface(request):
    platform = rattler_build.PlatformConfig(
        target_platform=request["target"],
        host_platform=request.get("host") or request["target"],
        build_platform=request["build"],
        experimental=True,
    )
    [path] = request["recipes"]
    config = rattler_build.VariantConfig()
    files = request.get("variantFiles", [])
    if files:
        jinja = rattler_build.JinjaConfig(platform=platform)
        config = rattler_build.VariantConfig.from_files_with_context(files, jinja)
    stage0 = rattler_build.Stage0Recipe.from_file(path)
    rendered = stage0.render(config, rattler_build.RenderConfig(platform=platform))
    return [
        {
            "recipe": output.recipe.to_dict(),
            "build_configuration": {
                "variant": output.variant,
                "hash": {"hash": output.hash_info.hash, "prefix": output.hash_info.prefix},
            },
        }
        for output in rendered
    ]


def detail(request):
    """Why the recipe is refused: the command names only the step that failed."""
    try:
        [path] = request["recipes"]
        beside = os.path.join(os.path.dirname(path), "variants.yaml")
        files = [*request.get("variantFiles", []), *([beside] if os.path.exists(beside) else [])]
        by_interface({**request, "variantFiles": files})
    except BaseException as error:
        return str(error)
    return ""


def answer(request):
    try:
        render = by_interface if request.get("experimental") else by_command
        return {"ok": True, "outputs": render(request)}
    except BaseException as error:  # refusals and panics of native code alike
        if isinstance(error, KeyboardInterrupt):
            raise
        return {"ok": False, "message": f"{error}: {detail(request)}"}


for line in sys.stdin:
    reply = answer(json.loads(line))
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()
