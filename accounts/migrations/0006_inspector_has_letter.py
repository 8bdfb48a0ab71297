from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_letters_of_old_inspections")]

    operations = [
        migrations.AddConstraint(
            model_name='post',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role', 'inspector'), _negated=True), models.Q(models.Q(('document_no', ''), _negated=True), ('ends_on__isnull', False)), _connector='OR'), name='post_inspector_has_letter', violation_error_message='外部检查人员要填文号和到哪天为止'),
        ),
    ]
