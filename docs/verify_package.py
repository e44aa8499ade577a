"""Check a package of records from its files alone.

python3 verify_package.py FOLDER KEY [TRUSTED.pem ...]

FOLDER has the unpacked files of one package, the certificates about it and proof.json. KEY is the portal's public key
as hex, from /verify/keys.json or from paper. TRUSTED.pem are the authorities whose signatures and time stamps you
believe. Ends with 0 where everything is as it was issued, else with 1. Needs: pip install pyhanko
"""

import json
import logging
import sys
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def hashed(path):
    with path.open("rb") as file:
        found = sha256()
        while piece := file.read(1 << 20):
            found.update(piece)
    return found.hexdigest()


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


def proven(proof, key):
    """Return what an entry of the trail says, after its way to a signed checkpoint."""
    entry, statement = proof["entry"].encode(), proof["checkpoint"]["statement"].encode()
    try:
        key.verify(bytes.fromhex(proof["checkpoint"]["signature"]), statement)
    except InvalidSignature:
        raise ValueError("KEY did not sign this checkpoint: it is another key, or proof.json was changed") from None
    said, head = json.loads(entry), json.loads(statement)
    place, size = proof["position"], head["tree_size"]
    leads = 0 <= place < size and root_above(entry, place, size, proof["path"]) == head["root_hash"]
    must(leads, f"Entry {said['action']} of {said['occurred_at']} is in the trail, signed {head['signed_at']}")
    return said


def check_signature(path, roots):
    with path.open("rb") as file:
        signatures = PdfFileReader(file).embedded_regular_signatures
        if not signatures:
            print("note   ", path.name, "has no electronic signature: it was signed by hand, look at its pages")
            return
        status = validate_pdf_signature(signatures[0], ValidationContext(trust_roots=roots))
        stamp = status.timestamp_validity
        if stamp:  # valid then is valid: by now the signer's certificate may have ended
            at_that_time = ValidationContext(trust_roots=roots, moment=stamp.timestamp)
            status = validate_pdf_signature(signatures[0], at_that_time)
        when = f"time stamp {stamp.timestamp:%Y-%m-%d %H:%M:%S %Z}" if stamp else "no time stamp"
        must(status.bottom_line, f"{path.name} is signed by {status.signing_cert.subject.human_friendly}; {when}")


def read_key(typed):
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(typed))
    except ValueError:
        raise ValueError("KEY is not a public key: 64 hex digits, from /verify/keys.json or from paper") from None


def check(folder, key, roots):
    if not (folder / "proof.json").is_file():
        raise ValueError(f"There is no proof.json in {folder}")
    first, *later = (proven(each, key) for each in json.loads((folder / "proof.json").read_text("utf-8"))["entries"])
    for said in (first, *later):
        right = said["action"] == ("package.issued" if said is first else "certificate.issued")
        same = [said["data"][name] == first["data"][name] for name in ("request", "package")]
        must(right and all(same), "{request}, package {package}, issued on {issued_on}".format(**said["data"]))
    issued, certificates = first["data"], {each for said in (first, *later) for each in said["data"]["certificates"]}
    lines = (folder / "manifest.txt").read_text("utf-8").splitlines()
    listed = {line[66:]: line[:64] for line in lines if line and not line.startswith("#")}
    listed |= {"manifest.json": issued["manifest"], "manifest.txt": issued["manifest_text"]}
    listed |= {"letter.pdf": issued["letter"]}
    if folders := [path.name for path in folder.iterdir() if path.is_dir()]:
        raise ValueError(f"Put the files into one folder, without folders in it: {', '.join(folders)}")
    files = {path.name: hashed(path) for path in sorted(folder.iterdir()) if path.name != "proof.json"}
    for name in sorted(files.keys() | listed.keys()):
        if files.get(name) in certificates:
            must(True, f"{name} is a certificate that was issued")
            check_signature(folder / name, roots)
        elif name in listed:
            must(files.get(name) == listed[name], f"{name} is the file that was issued")
        else:  # such as the letter taken once more, under the name it has outside of the archive
            must(files[name] in listed.values(), f"{name} is one of the files that were issued")
    for missing in certificates - set(files.values()):
        print("note   ", f"a certificate is not here: SHA-256 {missing}")


failed = []
logging.disable()  # what pyHanko finds is said here in a line
if len(sys.argv) < 3:
    sys.exit(__doc__)
try:
    roots = [cert for path in sys.argv[3:] for cert in load_certs_from_pemder([path])]
    check(Path(sys.argv[1]), read_key(sys.argv[2]), roots)
except Exception as error:
    words = str(error) if type(error) is ValueError else f"{type(error).__name__} {error}"
    must(False, f"This could not be checked, or is not what was issued: {words}")
print(f"Not as it was issued, or not checked: {len(failed)}" if failed else "Everything is as it was issued.")
sys.exit(bool(failed))
