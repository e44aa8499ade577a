"""Who runs the embedded servers.

An ordinary user runs them as himself. PostgreSQL refuses to run as root, so root runs it in a user namespace in which
he is somebody else (nothing on disk changes hands), or, where the kernel forbids that, as an unprivileged account.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lers.embedded.errors import EmbeddedError


@dataclass(frozen=True)
class Identity:
    """The words before a command that make it run as somebody else, and who then owns its files."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that runs the arguments under this identity."""
        return [*self.prefix, *arguments]

    def server_command(self, *arguments: str) -> list[str]:
        """Like command, for a server that must not outlive its parent, even if that is killed hard."""
        setpriv = shutil.which("setpriv")
        dies_with_parent = [setpriv, "--pdeathsig", "INT", "--"] if setpriv else []
        return [*self.prefix, *dies_with_parent, *arguments]

    def give(self, path: os.PathLike[str]) -> None:
        """Hand a file of ours to the account, where there is one."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can(self, *arguments: str) -> bool:
        """Tell whether the command succeeds under this identity."""
        # Through a shell: setpriv still has root's rights in the moment in which it looks its own command up.
        command = self.command("sh", "-c", '"$@"', "sh", *arguments)
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def choose_identity(data: Path, *, namespaces: bool = True) -> Identity:
    """Return who shall run the server on that data folder; raise EmbeddedError when root has nobody to hand it to.

    A data folder that is there already belongs to whoever made it, and only he can run the server on it.
    """
    if os.geteuid() != 0:
        return Identity()
    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        return _dropped(owner.st_uid, owner.st_gid)
    account = _unprivileged_account()
    if namespaces and shutil.which("unshare"):
        mapped = ("unshare", "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}", "--")
        if Identity(mapped).can("true"):
            return Identity(mapped)
    return _dropped(account.pw_uid, account.pw_gid)


def _dropped(uid: int, gid: int) -> Identity:
    """Become that account for good, without any of root's rights."""
    if shutil.which("setpriv") is None:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and neither unshare nor setpriv (package util-linux) is here to run it "
            "as somebody else. Install util-linux, run this as an ordinary user, or set DATABASE_URL."
        )
    prefix = (
        *("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"),
        *("--bounding-set=-all", "--no-new-privs", "--"),
    )
    return Identity(prefix, uid, gid)


def _unprivileged_account() -> pwd.struct_passwd:
    """Prefer the account made for the purpose; nobody exists nearly everywhere."""
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        if account.pw_uid != 0:
            return account
    raise EmbeddedError(
        "PostgreSQL does not run as root, and this machine has neither an account postgres nor nobody to run it. "
        "Run this as an ordinary user, or set DATABASE_URL."
    )
