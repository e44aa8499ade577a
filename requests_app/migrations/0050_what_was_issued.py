"""Keep the hash of the manifest for people, and write down what left before the check page knew of it."""

from django.db import migrations, models

# Of packages sealed before, the hash of manifest.txt was not kept: it is only inside the archive.
_ISSUED = """
WITH left_before AS (
    SELECT p.id, p.released_at, p.archive_id, p.manifest_id, p.letter_id,
           CASE WHEN p.status = 'revoked' THEN coalesce(
               (SELECT min(r.called_at) FROM requests_app_recall r WHERE r.package_id = p.id), p.released_at
           ) END AS withdrawn_at
    FROM requests_app_disclosurepackage p WHERE p.released_at IS NOT NULL
), files AS (
    SELECT id, 'archive' AS kind, archive_id AS document_id FROM left_before
    UNION ALL SELECT id, 'manifest', manifest_id FROM left_before
    UNION ALL SELECT id, 'letter', letter_id FROM left_before
    UNION ALL SELECT i.package_id, 'record', i.document_id FROM requests_app_packageitem i
)
INSERT INTO requests_app_issuedfile (package_id, kind, sha256, check_code, issued_at, withdrawn_at)
SELECT left_before.id, files.kind, d.sha256, '', left_before.released_at, left_before.withdrawn_at
FROM files JOIN left_before ON left_before.id = files.id JOIN documents_document d ON d.id = files.document_id
WHERE d.sha256 <> ''
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("requests_app", "0044_what_leaves")]

    operations = [
        migrations.AddField(
            model_name="disclosurepackage",
            name="manifest_text_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.RunSQL(_ISSUED, migrations.RunSQL.noop),
    ]
