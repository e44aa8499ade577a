"""Check a proof, a receipt or an export of the audit log from its file alone.

python3 verify_trail.py FILE KEY [RECEIVED ...]

FILE is a proof or a receipt (.json) or an export (.zip). KEY is the portal's public key as hex, from /verify/keys.json
or from paper. RECEIVED are files that a receipt names. Ends with 0 where everything is as it was written, else with 1.
Needs: pip install cryptography
"""

import json
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

EXPORT = b"trail export v1\n"  # stands before what is signed, so that nothing else that is signed can pose as an export


def must(true, words):
    print("ok     " if true else "NOT OK ", words)
    if not true:
        failed.append(words)


def root_above(leaf, place, size, path):
    """RFC 9162, 2.1.3.2: the root of the tree of the trail, from one leaf and the hashes beside its way up."""
    node, last = sha256(b"\0" + leaf).digest(), size - 1
    for beside in map(bytes.fromhex, path):
        left = place & 1 or place == last
        node = sha256(b"\1" + (beside + node if left else node + beside)).digest()
        while left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    return node.hex() if last == 0 else None


def signed(signature, words):
    try:
        key.verify(bytes.fromhex(signature), words)
    except InvalidSignature:
        raise ValueError("KEY did not sign this: it is another key, or the file was changed") from None


def head_of(checkpoint):
    """Return the size and the root of a checkpoint that KEY signed."""
    signed(checkpoint["signature"], checkpoint["statement"].encode())
    said = json.loads(checkpoint["statement"])
    return said["tree_size"], said["root_hash"], said["signed_at"]


def stands(found, head):
    """Say whether an entry's bytes lead to the root of a checkpoint."""
    size, root, _signed_at = head
    place = found["position"]
    return 0 <= place < size and root_above(found["entry"].encode(), place, size, found["path"]) == root


def check_proof(proof, received):
    said = []
    for found in proof["entries"]:
        head, entry = head_of(found["checkpoint"]), json.loads(found["entry"])
        must(
            stands(found, head), f"Entry {entry['action']} of {entry['occurred_at']} is in the trail, signed {head[2]}"
        )
        said.append(entry)
    if not said:
        raise ValueError("There is no entry in this file")
    if "received" not in proof:
        if received:
            must(False, "This is no receipt: only a receipt names files")
        return
    words = sha256(proof["received"].encode()).hexdigest()
    told = said[0]["data"]
    must(len(said) == 1 and told["words_sha256"] == words, "The words of the receipt are those of the entry")
    receipt = json.loads(proof["received"])
    must(all(receipt[name] == told[name] for name in ("receipt", "reference")), "They are about the same")
    must(receipt["at"] == said[0]["occurred_at"], f"Receipt of {receipt['reference']}, {receipt['at']}")
    named = {each["sha256"] for each in receipt.get("files", [])} | {receipt.get("sha256"), receipt.get("copy_sha256")}
    for path in map(Path, received):
        must(sha256(path.read_bytes()).hexdigest() in named, f"{path.name} is a file of this receipt")


def check_export(archive):
    manifest, signature = archive.read("manifest.json"), json.loads(archive.read("signature.json"))
    signed(signature["signature"], EXPORT + manifest)
    said = json.loads(manifest)
    must(True, f"KEY signed this export: {said['words']}, taken {said['exported_at']} by {said['exported_by']}")
    must(sorted(archive.namelist()) == ["entries.jsonl", "manifest.json", "signature.json"], "Nothing is added")
    head = head_of(said["checkpoint"]) if said["checkpoint"] else (0, "", "")
    whole, count, proven, wrong = sha256(), 0, 0, []
    with archive.open("entries.jsonl") as lines:
        for line in lines:
            whole.update(line)
            found = json.loads(line)
            count += 1
            if "path" in found:
                proven += 1
                if not stands(found, head):
                    wrong.append(found["id"])
    must(whole.hexdigest() == said["entries_sha256"], f"The {said['entries']} entries are those that were exported")
    must(count == said["entries"], f"There are {count} of them")
    must(
        proven == said["with_path"] and not wrong, f"{proven} of them are in the trail, signed {head[2]} {wrong or ''}"
    )
    if rest := said["entries"] - proven:
        print("note   ", f"{rest} entries have no way to the checkpoint: {said['withheld']} are withheld from who took")
        print(
            "       ", f"the export, {said['not_sealed']} were not sealed yet, the others are beyond the number proven"
        )


failed = []
if len(sys.argv) < 3:
    sys.exit(__doc__)
try:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[2]))
    except ValueError:
        raise ValueError("KEY is not a public key: 64 hex digits, from /verify/keys.json or from paper") from None
    if zipfile.is_zipfile(sys.argv[1]):
        with zipfile.ZipFile(sys.argv[1]) as opened:
            check_export(opened)
    else:
        check_proof(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[3:])
except Exception as error:
    words = str(error) if type(error) is ValueError else f"{type(error).__name__} {error}"
    must(False, f"This could not be checked, or is not what was written: {words}")
print(f"Not as it was written, or not checked: {len(failed)}" if failed else "Everything is as it was written.")
sys.exit(bool(failed))
