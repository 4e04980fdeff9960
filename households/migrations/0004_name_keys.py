from django.db import migrations

from pcgd.names import fold_name


def fill_name_keys(apps, schema_editor):
    """The key by which people with the same name are found, of everybody already there."""
    Resident = apps.get_model("households", "Resident")
    batch = []
    for person in Resident.objects.only("pk", "full_name", "name_key").iterator(chunk_size=2000):
        person.name_key = fold_name(person.full_name)
        batch.append(person)
        if len(batch) == 2000:
            Resident.objects.bulk_update(batch, ["name_key"])
            batch.clear()
    Resident.objects.bulk_update(batch, ["name_key"])


class Migration(migrations.Migration):
    dependencies = [("households", "0003_moves")]

    operations = [migrations.RunPython(fill_name_keys, migrations.RunPython.noop)]
