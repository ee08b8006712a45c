"""Events are encoded by Google's own protobuf runtime, from descriptors written down here."""

import math
import struct

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given, settings
from hypothesis import strategies as st

from core.importers.crc32c import checksum, masked_checksum, masked_checksums
from core.importers.tensorboard_records import Scalar, frame, records, scalars

KIND = descriptor_pb2.FieldDescriptorProto
MESSAGES = {
    "Plugin": [("plugin_name", 1, KIND.TYPE_STRING, False)],
    "Metadata": [("plugin_data", 1, "Plugin", False)],
    "Shape": [("dim", 2, "Plugin", True)],
    "Tensor": [
        ("dtype", 1, KIND.TYPE_INT32, False),
        ("tensor_shape", 2, "Shape", False),
        ("tensor_content", 4, KIND.TYPE_BYTES, False),
        ("float_val", 5, KIND.TYPE_FLOAT, True),
        ("double_val", 6, KIND.TYPE_DOUBLE, True),
        ("int_val", 7, KIND.TYPE_INT32, True),
        ("string_val", 8, KIND.TYPE_BYTES, True),
    ],
    "Value": [
        ("tag", 1, KIND.TYPE_STRING, False),
        ("simple_value", 2, KIND.TYPE_FLOAT, False),
        ("tensor", 8, "Tensor", False),
        ("metadata", 9, "Metadata", False),
    ],
    "Summary": [("value", 1, "Value", True)],
    "Event": [
        ("wall_time", 1, KIND.TYPE_DOUBLE, False),
        ("step", 2, KIND.TYPE_INT64, False),
        ("file_version", 3, KIND.TYPE_STRING, False),
        ("summary", 5, "Summary", False),
    ],
}


def _event_class():
    file = descriptor_pb2.FileDescriptorProto(name="twin.proto", package="twin", syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, repeated in fields:
            label = KIND.LABEL_REPEATED if repeated else KIND.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = KIND.TYPE_MESSAGE, f".twin.{kind}"
            else:
                added.type = kind
                # As TensorFlow's proto3 files have it: numbers of a list stand together.
                added.options.packed = repeated and kind not in (KIND.TYPE_BYTES, KIND.TYPE_STRING)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("twin.Event"))


Event = _event_class()


def event(step: int, time_s: float, **values) -> bytes:
    """Encode an event: a float is a simple value, a dict the fields of a tensor."""
    made = Event(wall_time=time_s, step=step)
    for tag, value in values.items():
        added = made.summary.value.add(tag=tag)
        if isinstance(value, dict):
            plugin = value.pop("plugin", None)
            added.tensor.CopyFrom(type(added.tensor)(**value))
            if plugin is not None:
                added.metadata.plugin_data.plugin_name = plugin
        else:
            added.simple_value = value
    return made.SerializeToString()


def test_checksums_are_those_of_the_standard():
    # RFC 3720, B.4: 32 zeros, 32 ones, 0 to 31, and 31 to 0
    assert checksum(bytes(32)) == 0x8A9136AA
    assert checksum(b"\xff" * 32) == 0x62A8AB43
    assert checksum(bytes(range(32))) == 0x46DD794E
    assert checksum(bytes(range(31, -1, -1))) == 0x113FDB5C


@given(st.lists(st.binary(max_size=9), max_size=60))
@settings(max_examples=30, deadline=None)
def test_many_checksums_at_once_are_those_one_by_one(contents):
    assert masked_checksums(contents).tolist() == [masked_checksum(one) for one in contents]


@given(st.lists(st.binary(max_size=40), max_size=30), st.data())
@settings(max_examples=40, deadline=None)
def test_records_come_out_as_they_went_in_wherever_the_file_is_cut(payloads, data):
    file = b"".join(map(frame, payloads))
    cut = data.draw(st.integers(0, len(file)))
    first = records(file[:cut])
    rest = records(file, first.consumed)
    assert first.fault == rest.fault == ""
    assert first.consumed <= cut
    assert (*first.payloads, *rest.payloads) == tuple(payloads)
    assert rest.consumed == len(file)


def test_a_wrong_checksum_is_told_and_what_comes_behind_it_can_be_read():
    one, two, three = (bytearray(frame(text)) for text in (b"one", b"two", b"three"))
    two[13] ^= 1
    file = bytes(one + two + three)
    found = records(file)
    assert found.payloads == (b"one",)
    assert (found.consumed, found.next_at) == (len(one), len(one) + len(two))
    assert found.fault == "its checksum is wrong"
    assert records(file, found.next_at).payloads == (b"three",)


def test_behind_a_wrong_length_nothing_can_be_found():
    broken = bytearray(frame(b"two"))
    broken[0] ^= 1
    found = records(frame(b"one") + bytes(broken) + frame(b"three"))
    assert found.payloads == (b"one",)
    assert "length" in found.fault
    assert found.next_at is None


def test_scalars_of_both_forms_are_decoded():
    tensor = {"dtype": 1, "tensor_shape": {}, "float_val": [0.25], "plugin": "scalars"}
    content = {"dtype": 2, "tensor_content": struct.pack("<d", 0.1), "plugin": ""}
    told = event(7, 1.5, loss=0.5, new=tensor, double=content, whole={"dtype": 3, "int_val": [3]})
    assert scalars(told) == [
        Scalar(7, 1.5, "loss", 0.5),
        Scalar(7, 1.5, "new", 0.25),
        Scalar(7, 1.5, "double", 0.1),
        Scalar(7, 1.5, "whole", 3.0),
    ]


@given(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.floats(width=32),
    st.text(max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_every_step_time_value_and_tag_comes_out_as_it_went_in(step, time_s, value, tag):
    (found,) = scalars(event(step, time_s, **{tag: value}))
    assert (found.step, found.time_s, found.tag) == (step, time_s, tag)
    np.testing.assert_equal(found.value, value)


def test_what_is_no_scalar_is_left_out():
    assert scalars(Event(wall_time=1.0, file_version="brain.Event:2").SerializeToString()) == []
    text = {"dtype": 7, "string_val": [b"words"], "plugin": "text"}
    curve = {"dtype": 1, "float_val": [1.0], "plugin": "pr_curves"}
    table = {"dtype": 1, "float_val": [1.0, 2.0], "tensor_shape": {"dim": [{}]}}
    assert scalars(event(1, 1.0, text=text, curve=curve, table=table)) == []
    assert math.isnan(scalars(event(1, 1.0, loss=math.nan))[0].value)


@pytest.mark.parametrize("payload", [b"\xff", b"\x0b", b"\x2a\x7fshort", b"\x09\x00"])
def test_what_is_no_event_is_refused(payload):
    with pytest.raises(ValueError, match="no event of TensorBoard"):
        scalars(payload)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_random_bytes_are_refused_or_read_but_nothing_else_happens(payload):
    try:
        scalars(payload)
    except ValueError as error:
        assert str(error) == "no event of TensorBoard"  # noqa: PT017 - either is right
