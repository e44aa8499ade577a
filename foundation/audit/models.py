"""The entries of the trail, their places in the Merkle tree, its signed heads, and what outsiders hold of them."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone

from foundation.audit.fields import CurrentTransaction, Xid8Field


class AuditEvent(models.Model):
    """One entry: who did what to which object, from where and when, with the exact bytes that are hashed.

    The columns repeat the payload so that they can be searched. No foreign keys: the trail neither blocks nor
    follows a deletion. The database refuses UPDATE, DELETE and TRUNCATE to everybody.
    """

    # Before the id on purpose: PostgreSQL fills columns in this order, so a transaction has its number before
    # the entry has its id. The verifier rests on it when it tells a late commit from a row put in between.
    xid = Xid8Field(db_default=CurrentTransaction(), editable=False)
    id = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField(default=timezone.now)
    action = models.TextField()
    actor_kind = models.TextField()
    actor_id = models.TextField(blank=True)
    actor_label = models.TextField(blank=True)
    ip = models.TextField(blank=True)
    session = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    object_type = models.TextField(blank=True)
    object_id = models.TextField(blank=True)
    object_label = models.TextField(blank=True)
    outcome = models.TextField()
    reason = models.TextField(blank=True)
    payload = models.BinaryField()
    digest = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["xid"], name="audit_event_xid"),
            models.Index(fields=["object_type", "object_id"], name="audit_event_object"),
            models.Index(fields=["object_label"], name="audit_event_label"),
            # What readers ask for, each in the order in which it is shown.
            models.Index(fields=["occurred_at", "id"], name="audit_event_moment"),
            models.Index(fields=["actor_id", "occurred_at", "id"], name="audit_event_by"),
            models.Index(
                fields=["action", "occurred_at", "id"],
                opclasses=["text_pattern_ops", "timestamptz_ops", "int8_ops"],
                name="audit_event_action",
            ),
            models.Index(fields=["occurred_at", "id"], condition=~models.Q(outcome="ok"), name="audit_event_not_done"),
            # Of one session or request the entries lie side by side: a summary of pages finds them, and costs an
            # insert next to nothing.
            *(
                BrinIndex(
                    fields=[column],
                    opclasses=["text_bloom_ops"],
                    pages_per_range=32,
                    autosummarize=True,
                    name=f"audit_event_{name}",
                )
                for column, name in (("session", "session"), ("request_id", "request"), ("ip", "ip"))
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(action=""), name="audit_event_has_action"),
        ]

    def __str__(self) -> str:
        return f"entry {self.pk}, {self.action}"


class AuditLeaf(models.Model):
    """The place of an entry in the Merkle tree, given once by the sealer."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    leaf_hash = models.BinaryField()

    def __str__(self) -> str:
        return f"leaf {self.position} of entry {self.event_id}"


class AuditNode(models.Model):
    """The root of a perfect subtree of 256 leaves or more, as the sealer completed it: proofs are made from these.

    Nothing rests on them: they follow from the leaves, and verify_audit compares. `end` counts the leaves up to its
    right edge, it has 2 to the power of `level`.
    """

    end = models.BigIntegerField()
    level = models.SmallIntegerField()
    node_hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["end", "level"], name="audit_node_once")]

    def __str__(self) -> str:
        return f"the {1 << self.level} leaves before {self.end}"


class Checkpoint(models.Model):
    """A signed head of the tree: so many leaves, this root, following that root.

    `peaks` are the roots of the perfect subtrees, largest first: the next sealing goes on from them and reads
    no old leaf. Every entry whose transaction number is below `horizon` is sealed; `ceiling` is the sealer's own
    transaction number. Both count in one `cluster` only, because a restored database starts a new count.
    """

    id = models.BigAutoField(primary_key=True)
    tree_size = models.BigIntegerField(unique=True)
    root_hash = models.BinaryField()
    previous_root = models.BinaryField(blank=True)
    peaks = models.BinaryField()
    horizon = models.BigIntegerField()
    ceiling = models.BigIntegerField()
    cluster = models.TextField()
    signed_at = models.DateTimeField(default=timezone.now)
    key_id = models.TextField()
    signature = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(tree_size__gt=0), name="audit_checkpoint_not_empty"),
        ]

    def __str__(self) -> str:
        return f"checkpoint at {self.tree_size}"


class AuditAnchor(models.Model):
    """A checkpoint as it was handed out of the portal: stamped by an authority outside, or only written to a file.

    Anchors follow each other like the links of a chain: each holds the hash of the one before, and what is stamped
    holds that hash too (anchoring.sworn).
    """

    number = models.BigIntegerField(primary_key=True)
    tree_size = models.BigIntegerField()
    previous = models.BinaryField(blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    # The answer of the authority (RFC 3161, DER), and what it says; empty where none was asked or none answered.
    stamp = models.BinaryField(blank=True)
    stamped_at = models.DateTimeField(null=True, blank=True)
    authority = models.TextField(blank=True)

    class Meta:
        # The page of an entry asks for the first anchor over it.
        indexes = [models.Index(fields=["tree_size"], name="audit_anchor_size")]
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gt=0), name="audit_anchor_counts_from_one"),
            models.CheckConstraint(
                condition=models.Q(stamp=b"", stamped_at=None)
                | ~models.Q(stamp=b"") & models.Q(stamped_at__isnull=False),
                name="audit_anchor_time_with_stamp",
            ),
        ]

    def __str__(self) -> str:
        return f"anchor {self.number}"
