from django.db import migrations

KIND, TABLE = "incidents.timelineentry", "incidents_timelineentry"


def mark(apps, schema_editor):
    """Let the worker index entries of timelines, which are searched from now on; their table may not be there yet."""
    if TABLE in schema_editor.connection.introspection.table_names():
        schema_editor.execute(
            f"INSERT INTO search_unindexed (kind, record_id, spreads) SELECT %s, id, %s FROM {TABLE}",  # noqa: S608
            [KIND, False],
        )


class Migration(migrations.Migration):
    dependencies = [("search", "0004_mark_more")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
