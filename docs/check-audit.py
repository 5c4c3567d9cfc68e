"""Checks an export of the audit without MagTrace: python3 check-audit.py [SIZE:ROOT] < audit.proofs.jsonl

Each entry's inclusion in the tree (RFC 9162, 2.1.3.2), the chain where nothing is left out, and, of an export with
?since_size=SIZE, that the tree whose ROOT was noted then is the beginning of this one (2.1.4.2)."""
import hashlib, json, sys

def sha256(data): return hashlib.sha256(data).digest()
def node(left, right): return sha256(b"\x01" + left + right)

def climb(fn, sn, hashes, path):
    """Up the tree from the side of leaf fn; hashes: those that grow on both sides, and those on the left alone."""
    both, left = hashes
    for part in path:
        if sn == 0: sys.exit("a proof is too long")
        if fn % 2 == 1 or fn == sn:
            both, left = node(part, both), node(part, left)
            while fn % 2 == 0 and fn != 0: fn, sn = fn // 2, sn // 2
        else: both = node(both, part)
        fn, sn = fn // 2, sn // 2
    if sn != 0: sys.exit("a proof is too short")
    return both, left

tree = json.loads(sys.stdin.readline())["tree"]
size, root, since = tree["size"], bytes.fromhex(tree["root"]), tree["since"]
if since:
    noted = f"{since['size']}:{since['root']}"
    if sys.argv[1:] and sys.argv[1] != noted: sys.exit("the earlier root is not the one that was noted")
    old, path = bytes.fromhex(since["root"]), [bytes.fromhex(part) for part in since["consistency"]]
    fn, sn = since["size"] - 1, size - 1
    if since["size"] & (since["size"] - 1) == 0: path = [old] + path
    while fn % 2 == 1: fn, sn = fn // 2, sn // 2
    if since["size"] == size: path = [root]
    if climb(fn, sn if since["size"] < size else 0, (path[0], path[0]), path[1:]) != (root, old):
        sys.exit("the earlier tree is not the beginning of this one")
count, previous, hash = 0, 0, sha256(b"")
for line in sys.stdin:
    entry = json.loads(line)
    position, sealed = entry["position"], entry["sealed"].encode()
    leaf, path = sha256(b"\x00" + sealed), [bytes.fromhex(part) for part in entry["inclusion"]]
    if climb(position - 1, size - 1, (leaf, leaf), path)[0] != root: sys.exit(f"entry {position} is not in the tree")
    if position == previous + 1 and sha256(hash + sealed).hex() != entry["hash"]:
        sys.exit(f"entry {position} does not follow from the one before it")
    count, previous, hash = count + 1, position, bytes.fromhex(entry["hash"])
print(f"{count} entries are in the tree {size}:{root.hex()}")
