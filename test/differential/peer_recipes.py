"""Builds recipes as rattler-build's command would: peer_recipes.py OUTPUT_DIR KEY=V1,V2 RECIPE_DIR... (variant files beside recipes are read)."""

import sys
import warnings
from pathlib import Path

from rattler_build import build_recipes

warnings.simplefilter("ignore")
output, variant, *recipes = sys.argv[1:]
key, values = variant.split("=")
noarch = Path(output) / "noarch"
noarch.mkdir(parents=True, exist_ok=True)
(noarch / "repodata.json").write_text('{"packages":{},"packages.conda":{}}')
for directory in recipes:
    build_recipes(
        [str(Path(directory) / "recipe.yaml")],
        output_dir=output,
        channel=[output],
        test="native",
        variant_overrides={key: values.split(",")},
    )
