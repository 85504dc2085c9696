"""Reads JSON cases [{text, variants, zip_keys, target, build}] and prints what rattler-build renders: one list a case, or {"error"}."""
import json
import sys

from rattler_build import PlatformConfig, RenderConfig, Stage0Recipe, VariantConfig


def outputs(case):
    platform = PlatformConfig(
        target_platform=case["target"], build_platform=case["build"], host_platform=case["target"]
    )
    variants = VariantConfig(case["variants"], case["zip_keys"] or None)
    rendered = Stage0Recipe.from_yaml(case["text"]).render(variants, RenderConfig(platform=platform))
    result = []
    seen = set()
    for variant in rendered:
        recipe = variant.recipe.to_dict()
        key = (recipe["package"]["name"], recipe["package"]["version"], recipe["build"]["string"])
        if key in seen or variant.recipe.build.to_dict().get("skip") is True:
            continue
        seen.add(key)
        result.append(
            {
                "name": recipe["package"]["name"].lower(),
                "version": recipe["package"]["version"],
                "string": recipe["build"]["string"],
                "hash": variant.hash_info.hash,
                "prefix": variant.hash_info.prefix,
                "variant": variant.variant,
                "requirements": recipe.get("requirements", {}),
            }
        )
    return result


def answer(case):
    try:
        return outputs(case)
    except BaseException as error:
        return {"error": str(error)}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
