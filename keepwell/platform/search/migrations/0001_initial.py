from django.db import migrations, models

import keepwell.platform.search.models

# What is kept with an entry on SQLite: an index of its words, and the triggers that keep it in line.
SQLITE = [
    "CREATE VIRTUAL TABLE search_words USING fts5(tokens, content='search_entry', content_rowid='id',"
    " detail=none, columnsize=0, tokenize='ascii', prefix='2 3 4')",
    "CREATE TRIGGER search_entry_made AFTER INSERT ON search_entry BEGIN"
    " INSERT INTO search_words(rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN"
    " INSERT INTO search_words(search_words, rowid, tokens) VALUES ('delete', old.id, old.tokens); END",
]
POSTGRESQL = ["CREATE INDEX search_entry_words ON search_entry USING gin (tokens) WITH (fastupdate = off)"]


def make(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def unmake(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        for statement in (
            "DROP TRIGGER search_entry_gone",
            "DROP TRIGGER search_entry_made",
            "DROP TABLE search_words",
        ):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(help_text="app.model, as people.person.", max_length=60)),
                ("record_id", models.UUIDField()),
                ("unit_id", models.UUIDField(help_text="Where the record lies.", null=True)),
                ("retired", models.BooleanField()),
                ("tokens", keepwell.platform.search.models.Tokens()),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "retired", "id"], name="search_entry_latest")],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "record_id"), name="search_entry_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Unindexed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=60)),
                ("record_id", models.UUIDField()),
            ],
            options={"indexes": [models.Index(fields=["kind", "record_id"], name="search_unindexed_of")]},
        ),
        migrations.RunPython(make, unmake),
    ]
