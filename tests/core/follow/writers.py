"""Trainers of somebody else, as processes that write: what they write is known exactly."""

LOSSES = "def loss(step): return round(1.0 / (1 + step), 6) if step % 17 else float('nan')\n"
"""Of each step, known to the writer and to the test."""

LINES = (
    LOSSES
    + """
import json, sys, time
kind, path, first, last, end = sys.argv[1:]
first, last = int(first), int(last)
with open(path, "w" if "anew" in end else "a", buffering=1) as file:
    def record(step):
        if kind == "json":
            return json.dumps({"step": step, "train_loss": loss(step), "val": {"acc": step / 100}})
        return f"{step},{loss(step)},{step / 100}"
    if kind == "table" and file.tell() == 0:
        file.write("step,train_loss,val/acc\\n")
    for step in range(first, last):
        file.write(record(step) + "\\n")
        time.sleep(0.004)
    if "half" in end:
        text = record(last)
        file.write(text[: len(text) * 2 // 3])
        file.flush()
    print("done", flush=True)
    if "wait" in end:
        sys.stdin.readline()
"""
)

EVENTS = (
    LOSSES
    + """
import struct, sys, time
from core.importers.tensorboard_records import frame
path, first, last, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
def text(number, content): return bytes([number << 3 | 2, len(content)]) + content
def event(step):
    values = {"Loss/train": loss(step), "val/acc": step / 100}
    told = b"".join(text(1, text(1, tag.encode()) + b"\\x15" + struct.pack("<f", value))
                    for tag, value in values.items())
    head = b"\\x09" + struct.pack("<d", time.time())
    count = bytes([0x10, step]) if step < 128 else bytes([0x10, step & 127 | 128, step >> 7])
    return frame(head + count + text(5, told))
with open(path, "ab", buffering=0) as file:
    if file.tell() == 0:
        file.write(frame(b"\\x09" + bytes(8) + b"\\x1a\\x0dbrain.Event:2"))
    for step in range(first, last):
        file.write(event(step))
        time.sleep(0.004)
    if "half" in end:
        file.write(event(last)[:40])
    print("done", flush=True)
    if "wait" in end:
        sys.stdin.readline()
"""
)
"""Event files framed by our own encoder; that TensorBoard's own writer frames them so is a test."""


def loss(step: int) -> float:
    """The loss that writers tell at a step."""
    return round(1.0 / (1 + step), 6) if step % 17 else float("nan")
