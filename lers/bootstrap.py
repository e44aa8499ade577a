"""What the Makefile calls: makes the environment ready with nothing but Python, then runs the command in it.

    python3 lers/bootstrap.py run | test [pytest arguments] | check | manage ARGUMENTS | drill | bench [NAME] | setup

Standard library only, and no import of the project: this runs before anything is installed.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the place that says so
    for _name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        if shutil.which(_name):
            os.execvp(_name, [_name, *sys.argv])
    sys.exit("This project needs Python 3.11 or newer; python3 here is %d.%d." % sys.version_info[:2])  # noqa: UP031

from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
VENV = BASE_DIR / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK_FILES = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}

# What wheels cannot bring: the library by the name under which it is opened, and Debian's package.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libmagic.so.1": "libmagic1",
}
MAC_LIBRARIES = {"libpango-1.0.0.dylib": "pango", "libmagic.dylib": "libmagic"}
# What only tests need: any of the programs, and Debian's packages.
PROGRAMS = {
    ("chromium", "google-chrome"): "chromium",
    ("7z", "7zz"): "p7zip-full",
    # The validator of PDF/A is Java, and the few lines that call it are compiled when they run.
    ("javac",): "default-jdk-headless",
    ("clamd",): "clamav-daemon",
    ("nginx",): "nginx-light",
    ("soffice", "libreoffice"): "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
}
# Servers lie where only root looks for programs.
PROGRAM_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))


def main() -> None:
    """Make ready what the command needs, then become the command."""
    command, arguments = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    os.chdir(BASE_DIR)
    if command not in {"run", "test", "check", "manage", "drill", "bench", "setup"}:
        sys.exit(f"There is no command {command}. See make help.")
    try:
        prepare(for_tests=command in {"test", "check"})
    except KeyboardInterrupt:
        sys.exit("Interrupted; the next run goes on from here.")
    if command == "run":
        become(str(PYTHON), "-m", "lers.runner")
    elif command == "manage":
        become(str(PYTHON), "manage.py", *arguments)
    elif command == "test":
        become(str(PYTHON), "-m", "pytest", *(arguments or ["-n", "3", "--dist", "loadgroup"]))
    elif command == "drill":
        become(str(PYTHON), "-m", "lers.drill", *arguments)
    elif command == "bench":
        become(str(PYTHON), "-m", "benchmarks", *arguments)
    elif command == "check":
        become(str(PYTHON), "-m", "lers.checks")


def become(*words: str) -> None:
    """Replace this process, so that signals go where they belong."""
    sys.stdout.flush()
    os.execv(words[0], list(words))


def prepare(*, for_tests: bool) -> None:
    """Install system libraries, environment and locked dependencies, whatever of them is missing."""
    require_system_packages(missing_libraries(), "libraries that Python packages cannot bring", optional=False)
    # The lock goes with the process, however it ends; the file itself is never written to.
    with (BASE_DIR / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_environment()
        install([BASE_DIR / name for name in LOCK_FILES["test" if for_tests else "run"]])
    if for_tests:
        optional = os.environ.get("ALLOW_MISSING") == "1"
        require_system_packages(missing_programs(), "programs that the tests use", optional=optional)


def make_environment() -> None:
    """Make .venv, or make it anew when it is half-finished or its Python is gone."""
    if PYTHON.exists() and run_quietly([str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    print(f"Making {VENV.name} with Python {sys.version.split()[0]}…", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if run_quietly(command):
        return
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    require_system_packages([name], "Python's own module venv", optional=False)
    subprocess.run(command, check=True)


def install(lock_files: "list[Path]") -> None:
    """Install the lock files that are not the ones installed last; a stamp is written only after success."""
    stamps = {VENV / f".{path.name}.installed": fingerprint(path) for path in lock_files}
    if all(stamp.exists() and stamp.read_text() == wanted for stamp, wanted in stamps.items()):
        return
    print("Installing the locked dependencies…", flush=True)
    for stamp in stamps:
        stamp.unlink(missing_ok=True)
    words = [word for path in lock_files for word in ("-r", str(path))]
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    environment = os.environ | {"PIP_ROOT_USER_ACTION": "ignore"}
    result = subprocess.run([str(PYTHON), "-m", "pip", "install", *options, *words], check=False, env=environment)
    if result.returncode != 0:
        sys.exit("The dependencies could not be installed (see above). The next run tries again.")
    for stamp, wanted in stamps.items():
        stamp.write_text(wanted)


def fingerprint(path: "Path") -> str:
    """Return the lock file's hash."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def missing_libraries() -> "list[str]":
    """Return the packages of the libraries that cannot be opened."""
    wanted = MAC_LIBRARIES if sys.platform == "darwin" else LIBRARIES
    return [package for library, package in wanted.items() if not opens(library)]


def opens(library: str) -> bool:
    """Tell whether the system's loader finds the library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_programs() -> "list[str]":
    """Return the packages of the programs that are not there."""
    return [
        package
        for names, packages in PROGRAMS.items()
        if not any(shutil.which(name, path=PROGRAM_PATH) for name in names)
        for package in packages.split()
    ]


def require_system_packages(packages: "list[str]", what: str, *, optional: bool) -> None:
    """Install them when we may (root on Debian); otherwise name them and the command, and stop."""
    if not packages:
        return
    if optional:
        print(f"ALLOW_MISSING=1: tests that need {', '.join(packages)} are skipped.", flush=True)
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {what}: {', '.join(packages)}…", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        if subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL).returncode == 0:
            return
    installer = "brew install" if sys.platform == "darwin" else "sudo apt-get install"
    print(f"Missing {what}: {', '.join(packages)}.\nInstall them: {installer} {' '.join(packages)}", file=sys.stderr)
    if what.startswith("programs"):
        print("Or skip the tests that need them: ALLOW_MISSING=1", file=sys.stderr)
    sys.exit(2)


def run_quietly(command: "list[str]") -> bool:
    """Run a command whose output nobody needs; tell whether it succeeded."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    main()
