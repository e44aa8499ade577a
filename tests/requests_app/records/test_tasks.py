"""The sweep does everything that is due, and one step that fails stops no other."""

from requests_app import tasks
from requests_app.services import building, collecting, notices, packages, questions


def test_steps_do_not_wait_for_each_other(monkeypatch, caplog):
    done = []

    def broken():
        raise RuntimeError("broken")

    monkeypatch.setattr(questions, "sweep", broken)
    for module, name in ((notices, "send_due"), (building, "build_due"), (packages, "expire_due")):
        monkeypatch.setattr(module, name, lambda name=name: done.append(name))
    tasks.sweep()
    assert done == ["send_due", "build_due", "expire_due"]
    assert "broken failed" in caplog.text


def test_names_that_beat_and_services_use():
    assert tasks.sweep.name == "requests.sweep"
    assert tasks.build_package.name == collecting.BUILD_TASK
    assert tasks.collect.name == collecting.COLLECT_TASK
