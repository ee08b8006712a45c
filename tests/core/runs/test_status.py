"""The state of a run as it follows from its folder and from who is alive."""

import json
import time
from dataclasses import replace

import pytest

from core.runs.files import NEEDED
from core.runs.processes import ProcessMark, is_alive, this_process
from core.runs.status import STATUS_BYTES, Status, encode_status, read_status, write_status

OTHER_HOST = {"pid": 1, "host": "elsewhere", "process_start_s": 1.0}


def mine(state="running", **changes) -> Status:
    mark = this_process()
    known = {"pid": mark.pid, "host": mark.host, "process_start_s": mark.start_s,
             "heartbeat_s": time.time()}  # fmt: skip
    return Status(state, **(known | changes))


def test_a_process_is_alive_until_it_ends_and_its_number_may_come_again(start):
    process = start("input()")
    mark = replace(this_process(), pid=process.pid)
    assert is_alive(this_process()) is True
    assert is_alive(replace(this_process(), start_s=this_process().start_s - 60)) is False
    assert is_alive(replace(mark, host="elsewhere")) is None
    assert is_alive(ProcessMark(0, 0.0, mark.host)) is False


def test_a_zombie_is_not_alive(start):
    process = start("pass")
    mark = ProcessMark(process.pid, time.time(), this_process().host)
    process.stdout.read()  # it has ended; nobody has waited for it
    end = time.monotonic() + 10
    while is_alive(mark) and time.monotonic() < end:
        time.sleep(0.01)
    assert is_alive(mark) is False


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_living_process_has_the_state_that_it_wrote(run, state):
    write_status(run, mine(state, step=7))
    assert (read_status(run).state, read_status(run).step) == (state, 7)
    (run / "stop").touch()
    assert read_status(run).state == "stopping"


@pytest.mark.parametrize("state", ["finished", "stopped", "diverged", "failed"])
def test_an_end_needs_no_process(run, state):
    (run / "stop").touch()
    write_status(run, Status(state, pid=1, host="elsewhere"))
    assert read_status(run).state == state


def test_a_run_without_its_process_was_killed_and_keeps_its_heartbeat(run):
    write_status(run, mine(process_start_s=1.0, heartbeat_s=123.0, step=9))
    status = read_status(run)
    assert (status.state, status.heartbeat_s, status.step) == ("killed", 123.0, 9)
    assert str(status.pid) in status.message


def test_on_another_host_only_the_heartbeat_tells(run):
    write_status(run, Status("running", heartbeat_s=time.time() - 5, **OTHER_HOST))
    assert read_status(run).state == "running"
    write_status(run, Status("running", heartbeat_s=time.time() - 31, **OTHER_HOST))
    assert read_status(run).state == "silent"
    assert "elsewhere for 31 s" in read_status(run).message


def test_a_run_that_no_process_took_up_is_not_queued_for_ever(run):
    write_status(run, Status("queued", heartbeat_s=time.time() - 61))
    assert read_status(run).state == "killed"
    assert "No process took it up" in read_status(run).message


@pytest.mark.parametrize("name", NEEDED)
def test_a_folder_without_a_file_is_broken_and_says_which(run, name):
    (run / name).unlink()
    status = read_status(run)
    assert status.state == "broken"
    assert name in status.message


@pytest.mark.parametrize("content", [b"", b"{", b'{"state": "odd"}', b'{"step": 3}', b"\xff\xfe",
    b'{"state": "running", "heartbeat_s": null}', b'{"state": "queued", "step": "many"}',
])  # fmt: skip
def test_a_status_that_cannot_be_read_is_broken(run, content):
    (run / "status.json").write_bytes(content)
    assert read_status(run).state == "broken"
    assert "status.json" in read_status(run).message


def test_a_configuration_that_breaks_off_is_broken(run):
    (run / "config.json").write_text('{"experiment": "to')
    status = read_status(run)
    assert status.state == "broken"
    assert "config.json" in status.message


def test_a_run_whose_measurements_are_gone_is_broken_and_not_finished(run):
    write_status(run, Status("finished", step=60))
    assert read_status(run).state == "broken"
    assert "measured up to step 60 is gone" in read_status(run).message
    (run / "measurements" / "000.arrows").write_bytes(b"")
    assert read_status(run).state == "finished"


def test_no_folder_is_broken(tmp_path):
    assert read_status(tmp_path / "none").state == "broken"
    assert "is not there" in read_status(tmp_path / "none").message


def test_a_status_has_one_length_whatever_it_says(run):
    for message in ("", "σ" * 5000):
        content = encode_status(Status("failed", message=message))
        assert len(content) == STATUS_BYTES
        assert json.loads(content)["state"] == "failed"


def test_a_disk_without_room_for_a_second_file_still_takes_a_status(run, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.runs.status.replace_file", full)
    inode = (run / "status.json").stat().st_ino
    write_status(run, Status("failed", message="No space"))
    assert read_status(run) == Status("failed", message="No space")
    assert (run / "status.json").stat().st_ino == inode


def test_a_field_of_a_later_program_is_passed_over(run):
    told = json.loads((run / "status.json").read_text()) | {"colour": "red", "state": "finished"}
    (run / "status.json").write_text(json.dumps(told))
    assert read_status(run).state == "finished"
