

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_kept_forms'),
        ('visits_roster', '0011_dwelling_facts'),
        ('visits_schedule', '0004_rules_end_and_area_members'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WrittenPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('start', models.DateField(verbose_name='哪天起的一期')),
                ('mark', models.TextField(verbose_name='按什么写的')),
            ],
        ),
        migrations.RemoveIndex(
            model_name='dueitem',
            name='due_township',
        ),
        migrations.RemoveIndex(
            model_name='dueitem',
            name='due_assignee',
        ),
        migrations.AddIndex(
            model_name='dueitem',
            index=models.Index(condition=models.Q(('done_on', None), ('stored', '')), fields=['person'], name='due_open'),
        ),
        migrations.AddIndex(
            model_name='dueitem',
            index=models.Index(condition=models.Q(('done_on', None), ('stored', '')), fields=['due_on', 'id'], name='due_day'),
        ),
        migrations.AddConstraint(
            model_name='writtenperiod',
            constraint=models.UniqueConstraint(fields=('kind', 'start'), name='written_once_a_period'),
        ),
    ]
