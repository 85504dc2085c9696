"""Reads JSON questions about versions and match specs from standard input; answers by rattler, one list."""
import json
import sys

from rattler import MatchSpec, Version, VersionSpec


def attempt(make):
    try:
        return str(make())
    except Exception:  # every refusal counts alike
        return None


def order(left, right):
    return -1 if left < right else 1 if left > right else 0


def answer(question):
    kind = question["kind"]
    if kind == "version":
        return attempt(lambda: Version(question["text"]))
    if kind == "pair":
        left, right = Version(question["left"]), Version(question["right"])
        return [order(left, right), left.starts_with(right), left.compatible_with(right)]
    if kind == "bump":
        version = Version(question["text"])
        count = question["count"]
        upper = version.bump_segment(count - 1).with_segments(0, count).with_alpha().remove_local()
        return str(upper)
    if kind == "constraint":
        strict = question["strict"]
        text = attempt(lambda: VersionSpec(question["text"], strict))
        if text is None:
            return None
        spec = VersionSpec(question["text"], strict)
        return [text, [spec.matches(Version(version)) for version in question["versions"]]]
    return attempt(lambda: MatchSpec(question["text"], question["strict"]))


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
