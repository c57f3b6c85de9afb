from django.db import migrations

NEW = (
    "incidents.exposureanswer",
    "incidents.incidenttask",
    "incidents.playbooktask",
    "incidents.responsemeeting",
)


def mark(apps, schema_editor):
    """Let the worker index records that are searched from now on; the tables of an older house may not be there yet."""
    quote = schema_editor.connection.ops.quote_name
    there = set(schema_editor.connection.introspection.table_names())
    for kind in NEW:
        table = kind.replace(".", "_")
        if table in there:
            schema_editor.execute(
                f"INSERT INTO search_unindexed (kind, record_id, spreads) "  # noqa: S608  # names of ours
                f"SELECT %s, {quote('id')}, %s FROM {quote(table)}",
                [kind, False],
            )


class Migration(migrations.Migration):
    dependencies = [("search", "0003_unindexed_spreads")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
