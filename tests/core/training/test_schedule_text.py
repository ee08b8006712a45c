"""YAML, JSON and Python text of a schedule: exact round trips, errors with their place."""

import ast
import json
import tracemalloc

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.training.curriculum import Schedule, Stage
from core.training.schedule_text import (
    from_json,
    from_plain,
    from_yaml,
    to_json,
    to_plain,
    to_python,
    to_yaml,
)
from core.training.yaml_lines import refuse_doubles

names = st.text(min_size=1, max_size=12).filter(lambda t: t.isprintable() and t.strip() != "")
lines = st.text(max_size=30).filter(str.isprintable)


# Plain values only: beartype samples what it checks at random, which hypothesis refuses to see
# inside a strategy.
stages = st.fixed_dictionaries(
    {
        "name": names,
        "steps": st.integers(1, 10**9),
        "weights": st.lists(st.floats(0, 1e300), min_size=4, max_size=4),
        "clean_share": st.floats(0, 1),
        "expected": lines,
        "sigma_da": st.none() | st.floats(1e-6, 1e3),
    }
)


def build(terms: list[str], plain: list[dict]) -> Schedule:
    built, step = [], 0
    for values in plain:
        fields = dict(values)
        end = step + fields.pop("steps")
        fields["weights"] = dict(zip(terms, fields["weights"], strict=False))
        built.append(Stage(start_step=step, end_step=end, **fields))
        step = end
    return Schedule(tuple(terms), tuple(built))


@given(
    st.lists(names, min_size=1, max_size=4, unique=True),
    st.lists(stages, min_size=1, max_size=4, unique_by=lambda stage: stage["name"]),
)
@settings(deadline=None)
def test_every_text_reads_back_equal(terms: list[str], plain: list[dict]) -> None:
    schedule = build(terms, plain)
    assert from_yaml(to_yaml(schedule)) == schedule
    assert from_json(to_json(schedule)) == schedule
    assert from_plain(ast.literal_eval(to_python(schedule))) == schedule
    assert from_plain(to_plain(schedule)) == schedule


SMALL = """\
terms: [ce, precursor]
stages:
- name: 1
  start_step: 0
  end_step: 1e3
  weights: {ce: 1, precursor: 1e-3}
- name: "2"
  start_step: 1000
  end_step: 2_000
  weights:
    ce: 1.0
    precursor: 0.5
  clean_share: 0.9
"""


def test_yaml_written_by_hand() -> None:
    schedule = from_yaml(SMALL)
    assert schedule.names == ("1", "2")
    assert schedule.stages[0].weights == {"ce": 1.0, "precursor": 0.001}
    assert [s.end_step for s in schedule.stages] == [1000, 2000]
    assert schedule.stages[0].clean_share == 1.0
    assert schedule.stages[0].sigma_da is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "precursor: 0.5",
            "precursor: -0.03",
            r"s.yaml, line 7, stages\[1\], stage 2, weight of precursor: .* came −0.03",
        ),
        ("precursor: 0.5", "precursor: .nan", "weight of precursor: expected 0 or more, came nan"),
        (
            "precursor: 0.5",
            "precursor: much",
            r"line 12, stages\[1\]\.weights\.precursor: expected a number, came 'much'",
        ),
        ("precursor: 0.5", "precursor: yes", r"line 12, .*: expected a number, came True"),
        ("precursor: 0.5", "precursor: [1, 2]", "expected a number, came a list"),
        ("precursor: 0.5", "precursor:", "expected a number, came nothing"),
        ("precursor: 0.5", "precursor: 1" + "0" * 400, "expected a number, came one beyond 1e308"),
        ("    precursor: 0.5\n", "", r"line 3, stages, stage 2, weights: .* came ce"),
        ("precursor: 0.5", "ce: 0.5", r"line 11, stages\[1\].weights.ce: expected each key once"),
        ("start_step: 1000", "start_step: 1500", "stage 2, start_step: expected 1,000, .* a gap"),
        ("start_step: 1000", "start_step: 900", "an overlap"),
        ("start_step: 1000", "start_step: 1000.5", r"line 8, .*: expected a whole number of steps"),
        ("  start_step: 1000\n", "", r"line 7, stages\[1\]: .* came no start_step"),
        ("clean_share: 0.9", "clean_share: 9", "stage 2, clean_share: .* came 9"),
        ("clean_share: 0.9", "cleanshare: 9", r"line 13, stages\[1\]\.cleanshare: expected one of"),
        ('name: "2"', "name: 1", "stages: expected each name once, came twice 1"),
        ('name: "2"', "name: {}", "expected text, came a mapping"),
        ("terms: [ce, precursor]", "terms: ce", "line 1, terms: expected a list, came 'ce'"),
        ("terms: [ce, precursor]", "terms: []", "terms: expected at least one"),
        ("terms: [ce, precursor]", "", r"line 2: expected terms, stages, came no terms"),
        ("stages:", "stages: {", "line 3: expected YAML"),
        (
            "stages:",
            "stages: !!python/object/apply:os.getcwd []\nx:",
            "expected YAML, came could not determine",
        ),
    ],
)
def test_a_fault_in_yaml_is_named_with_its_line(old: str, new: str, message: str) -> None:
    assert old in SMALL
    with pytest.raises(InputError, match=message):
        from_yaml(SMALL.replace(old, new, 1), name="s.yaml")


@pytest.mark.parametrize(
    ("value", "came"),
    [
        ('!!int ""', "'', which is no int"),
        ('!!float ""', "'', which is no float"),
        ('!!bool "x"', "'x', which is no bool"),
        ('!!timestamp "x"', "'x', which is no timestamp"),
        ("2001-99-99", "'2001-99-99', which is no timestamp"),
        ("1" + ":00" * 200 + ".5", "which is no float"),
        ("1" + ":00" * 250_000 + ".5", "a number of 750,003 characters"),
        ("{<<: {a: 1}}", "a merge key"),
        ("{!!merge x: {a: 1}}", "a merge key"),
    ],
)
def test_a_value_that_yaml_cannot_make_is_named_with_its_line(value: str, came: str) -> None:
    text = SMALL.replace("precursor: 0.5", f"precursor: {value}")
    with pytest.raises(InputError, match=rf"s\.yaml, line 12: expected YAML, came .*{came}"):
        from_yaml(text, name="s.yaml")


def test_aliases_are_refused_before_anything_is_made() -> None:
    layers = "".join(
        f"l{i}: &l{i} {{<<: [{', '.join([f'*l{i - 1}'] * 9)}]}}\n" for i in range(1, 9)
    )
    text = "l0: &l0 {a: 1}\n" + layers
    tracemalloc.start()
    try:
        with pytest.raises(
            InputError, match=r"s\.yaml, line 2: expected YAML, came an alias, \*l0"
        ):
            from_yaml(text, name="s.yaml")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    with pytest.raises(InputError, match="line 1: expected YAML, came an alias"):
        from_yaml("&a [*a]")


def test_text_that_looks_like_a_merge_key_is_a_name() -> None:
    schedule = from_yaml(SMALL.replace("precursor", '"<<"'))
    assert schedule.terms == ("ce", "<<")
    assert from_yaml(to_yaml(schedule)) == schedule


def test_time_to_find_doubled_keys_grows_with_the_text_alone() -> None:
    class Counted(str):
        compared = 0
        __hash__ = str.__hash__

        def __str__(self) -> str:
            return self

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)  # type: ignore[arg-type]

    def key(text: str) -> yaml.ScalarNode:
        return yaml.ScalarNode("tag:yaml.org,2002:str", Counted(text))

    node = yaml.MappingNode("tag:yaml.org,2002:map", [(key(f"k{i}"), key("")) for i in range(500)])
    refuse_doubles(node, ("weights",), str)
    assert Counted.compared < 5_000


@pytest.mark.parametrize("text", ["", "3", "[1, 2]", "null"])
def test_yaml_that_is_no_schedule(text: str) -> None:
    with pytest.raises(InputError, match=r"s\.yaml, line 1: expected a mapping with terms, stages"):
        from_yaml(text, name="s.yaml")


def test_yaml_that_grows_without_end_or_is_too_long_ends_in_a_short_message() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    with pytest.raises(InputError) as caught:
        from_yaml(bomb + "terms: *u\nstages: *u\n")
    assert len(str(caught.value)) < 400
    with pytest.raises(InputError, match="at most 1,000,000 characters"):
        from_yaml("#" * 1_000_001)
    with pytest.raises(InputError):
        from_yaml("[" * 5000)


def test_a_fault_in_json_is_named() -> None:
    plain = yaml.safe_load(SMALL)
    text = json.dumps(plain, indent=1)
    assert from_json(text) == from_yaml(SMALL)
    with pytest.raises(InputError, match=r"s\.json, line 3: expected JSON"):
        from_json("{\n\n nonsense", name="s.json")
    with pytest.raises(InputError, match="NaN, which is not JSON"):
        from_json(text.replace("0.5", "NaN"))
    with pytest.raises(InputError, match="the same key twice"):
        from_json(text.replace('"precursor": 0.5', '"ce": 0.5'))
    with pytest.raises(InputError, match=r"s\.json, stages\[1\], stage 2, weight of precursor"):
        from_json(text.replace('"precursor": 0.5', '"precursor": -1'), name="s.json")
    with pytest.raises(InputError, match=r"weight of precursor: .* came inf"):
        from_json(text.replace('"precursor": 0.5', '"precursor": 1e999'))


def test_python_text_is_a_plain_expression_in_the_order_of_the_schedule() -> None:
    plain = ast.literal_eval(to_python(from_yaml(SMALL)))
    assert list(plain) == ["terms", "stages"]
    assert list(plain["stages"][0]["weights"]) == ["ce", "precursor"]
