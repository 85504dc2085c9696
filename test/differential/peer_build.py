"""Builds recipes with rattler-build's Python module: peer_build.py OUTPUT_DIR RECIPE_DIR... (packages go to OUTPUT_DIR)."""

import sys
from pathlib import Path

from rattler_build import Stage0Recipe, ToolConfiguration, VariantConfig

output, recipes = sys.argv[1], sys.argv[2:]
noarch = Path(output) / "noarch"
noarch.mkdir(parents=True, exist_ok=True)
(noarch / "repodata.json").write_text('{"packages":{},"packages.conda":{}}')
for directory in recipes:
    recipe = Stage0Recipe.from_file(Path(directory) / "recipe.yaml")
    configuration = ToolConfiguration(test_strategy="skip")
    recipe.run_build(
        tool_config=configuration,
        output_dir=output,
        channels=[output],
        variant_config=VariantConfig({}),
    )
