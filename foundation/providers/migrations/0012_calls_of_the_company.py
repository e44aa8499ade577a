from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("providers", "0008_what_is_collected")]

    operations = [
        migrations.CreateModel(
            name="SeenCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key_id", models.CharField(max_length=40)),
                ("call_id", models.CharField(max_length=64)),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["seen_at"], name="seencall_old")],
                "constraints": [models.UniqueConstraint(fields=("key_id", "call_id"), name="seencall_once")],
            },
        ),
    ]
