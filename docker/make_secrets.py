"""Make the secrets of docker-compose.yml: python3 docker/make_secrets.py. Never overwrites one that is there."""

import secrets
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "secrets"


def make_all(folder: Path) -> list[str]:
    """Write what is missing into a folder that only this account can enter; return the names of what was made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    made: list[str] = []

    def value(name: str, new: str) -> str:
        path = folder / name
        if not path.exists():
            path.write_text(new)
            # The containers read the file under accounts of their own; on this machine the folder is the door.
            path.chmod(0o644)
            made.append(name)
        return path.read_text()

    for name in ("secret_key", "audit_signing_key"):
        value(name, secrets.token_hex(32))
    value("document_master_keys", f"k1:{secrets.token_hex(32)}")
    value("postgres_password", secrets.token_hex(24))
    owner, app, redis, key = (
        value(name, secrets.token_hex(24))
        for name in ("owner_password", "app_password", "redis_password", "storage_password")
    )
    user = value("storage_user", "portal")
    value("database_owner_url", f"postgres://lers_owner:{owner}@postgres:5432/lers")
    value("database_url", f"postgres://lers_app:{app}@postgres:5432/lers")
    value("redis_url", f"redis://:{redis}@redis:6379/0")
    value("storage_url", f"s3://{user}:{key}@documents?endpoint=http://storage:9000&region=us-east-1")
    return made


if __name__ == "__main__":
    print("Made:", ", ".join(make_all(FOLDER)) or "nothing, all are there")
