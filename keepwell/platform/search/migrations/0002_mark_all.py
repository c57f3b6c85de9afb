from django.db import migrations


def mark(apps, schema_editor):
    """Let the worker index what was written before there was an index."""
    from keepwell.platform.search.subjects import SUBJECTS

    quote = schema_editor.connection.ops.quote_name
    there = set(schema_editor.connection.introspection.table_names())
    for kind, subject in SUBJECTS.items():
        table = subject.model._meta.db_table
        if table in there:
            statement = (
                f"INSERT INTO search_unindexed (kind, record_id) SELECT %s, {quote('id')} FROM {quote(table)}"  # noqa: S608
            )
            schema_editor.execute(statement, [kind])


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
