
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0001_initial'),
        ('territory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='FormCounts',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveBigIntegerField()),
                ('total', models.PositiveIntegerField()),
                ('submitted', models.PositiveIntegerField()),
                ('approved', models.PositiveIntegerField()),
                ('ward', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='form_counts', to='territory.unit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ward', 'year'), name='form_counts_once')],
            },
        ),
    ]
