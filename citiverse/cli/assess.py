"""`citiverse assess`: what edits do to a scene."""

import argparse
from pathlib import Path
from time import perf_counter

from citiverse.cli.arguments import Commands, add_command, add_data, add_json, names
from citiverse.cli.city import edited_city
from citiverse.cli.telling import Progress, print_json, warn


def add(commands: Commands) -> None:
    """Add the command to measure edits."""
    assess = add_command(commands, "assess", run, "measure what edits do to a scene")
    assess.add_argument("scene", metavar="SCENE", help="name of the scene")
    assess.add_argument("--edits", type=Path, metavar="FILE", help="edits as JSON; without, the scene as it is")
    assess.add_argument("--models", type=names, metavar="A,B", help="models to run, and those they need (all)")
    add_data(assess)
    add_json(assess)


def run(options: argparse.Namespace) -> int:
    """Compare the scene with edits to the scene without."""
    from citiverse.impact.compare import compare
    from citiverse.impact.model import Impact
    from citiverse.impact.models import MODELS, REFUSED
    from citiverse.impact.schedule import assess, in_order
    from citiverse.impact.who import who

    for reason in REFUSED.values():
        warn(reason)
    models = in_order(MODELS, options.models)
    begin = perf_counter()
    seconds: dict[str, float] = {}

    def found(impact: Impact) -> None:
        so_far = perf_counter() - begin - sum(seconds.values())
        seconds[impact.model] = seconds.get(impact.model, 0.0) + so_far

    with Progress() as progress:
        city, proposal, scenario = edited_city(options, progress)
        progress("Measuring the city as it is", 0.4)
        before = assess(city, models)
        progress("Measuring the proposal", 0.8)
        begin = perf_counter()
        after = assess(proposal, models, previous=before, found=found)
    for name, reason in after.refused.items():
        warn(f"{name}: {reason}")
    if not after.impacts:
        raise ValueError(f"No model can run on {options.scene}.")
    indicators = compare(before.impacts, after.impacts)
    if options.json:
        models_run = [
            {"name": each.model, "version": each.version, "seconds": seconds[each.model], "quality": each.quality}
            for each in after.impacts.values()
        ]
        refused = [{"model": name, "detail": reason} for name, reason in after.refused.items()]
        print_json(
            {
                "scene": options.scene,
                "edits": len(scenario.edits),
                "indicators": indicators,
                "models": models_run,
                "refused": refused,
                "residents": {
                    "basis": "counted" if city.facts.population else "estimated",
                    "shifts": who(city, before.impacts, after.impacts, proposal),
                },
            }
        )
        return 0
    for each in indicators:
        print(f"{each.label}: {each.baseline:.5g} {each.unit} now, {each.proposal:.5g} with the edits")
        print(f"    {each.difference:+.3g} ({each.low:+.3g} to {each.high:+.3g}): {each.verdict}")
    return 0
