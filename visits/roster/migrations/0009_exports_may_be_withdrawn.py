
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kit', '0001_initial'),
        ('visits_roster', '0008_away_and_entrusted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='rosterexport',
            name='export_full_needs_a_second_person',
        ),
        migrations.AlterField(
            model_name='rosterexport',
            name='state',
            field=models.CharField(choices=[('waiting', '等人同意'), ('making', '正在做'), ('done', '做好了'), ('refused', '没有同意'), ('dropped', '自己撤回了')], max_length=8),
        ),
        migrations.AlterField(
            model_name='rosterexportevent',
            name='state',
            field=models.CharField(choices=[('waiting', '等人同意'), ('making', '正在做'), ('done', '做好了'), ('refused', '没有同意'), ('dropped', '自己撤回了')], max_length=8),
        ),
        migrations.AddConstraint(
            model_name='rosterexport',
            constraint=models.CheckConstraint(condition=models.Q(('full_ids', False), ('state__in', ['waiting', 'dropped']), ('decided_by__isnull', False), _connector='OR'), name='export_full_needs_a_second_person'),
        ),
    ]
